"""Events to what was learned from them: the fold of metrics.md 1 and the session life of its section 4. Pure."""
