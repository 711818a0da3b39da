"""The audit log: changes and decisions, as a chain of records in which every break shows."""
