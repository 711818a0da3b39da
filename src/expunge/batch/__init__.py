"""Scrubbing what was written already."""
