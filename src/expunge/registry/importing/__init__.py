"""Targets and facts from files."""
