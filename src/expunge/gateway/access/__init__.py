"""Who calls, what they may do and use, and whose targets apply."""
