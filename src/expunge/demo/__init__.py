"""A small invented world, and a tour through it that shows what is forgotten and what is not."""
