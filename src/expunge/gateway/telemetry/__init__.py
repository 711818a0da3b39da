"""Telemetry of requests: decisions, metrics, logs and traces; ids, counts and times, and nobody's text."""
