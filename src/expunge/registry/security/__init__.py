"""Keys and what they are for: encryption, the change of a key, signatures, and the keys of callers."""
