"""Scrubbing what was written already: files and folders of texts, in parts that can be resumed and spread."""
