"""Whoever answers: an OpenAI-compatible endpoint, or a model in this process."""
