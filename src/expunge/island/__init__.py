"""A small invented island with its people: what the demo tours, and what evaluations run on without any data."""
