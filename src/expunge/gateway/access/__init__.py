"""Callers: their identity, rights and limits, and the targets that apply to them."""
