"""Forms that a conversation demands of its answers, and plain words put into them. `finding` is where to begin."""
