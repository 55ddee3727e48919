"""Made-up viewers: what they watch, what their players say of it, and what that should be counted as (decision 0095)."""
