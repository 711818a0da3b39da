"""Erasure certificates: what a live system tells of one target before and after, for a lawyer to read."""
