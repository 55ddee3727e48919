"""The one place that builds the real clock, disk and store, and starts the roles."""
