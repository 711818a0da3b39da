"""The admin API: targets, checks, decisions, the audit log. JSON, described at `/api/openapi.json`."""
