"""Webhooks: whoever asked for it is told when targets come into force or leave it. Ids only, signed, at least once."""
