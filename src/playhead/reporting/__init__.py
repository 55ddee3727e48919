"""Facts to reporting rows and session records (metrics.md 2, 3 and 6.1). Pure."""
