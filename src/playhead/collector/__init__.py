"""The public door: decode, check, keep, then acknowledge."""
