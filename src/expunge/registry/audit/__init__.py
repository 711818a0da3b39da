"""What was changed and decided, as a chain of records that shows every break."""
