"""One family of encodings a file: each function reads a `Look` and yields the views it uncovers."""
