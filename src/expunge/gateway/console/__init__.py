"""The pages at `/console`, for people who look after targets in a browser."""
