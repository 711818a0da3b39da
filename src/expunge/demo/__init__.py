"""A tour through the invented island that shows what is forgotten and what is not."""
