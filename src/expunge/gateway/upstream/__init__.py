"""Whoever answers: an endpoint of either API, or a model in this process."""
