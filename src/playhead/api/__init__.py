"""The team's door: the report API under /api/v1."""
