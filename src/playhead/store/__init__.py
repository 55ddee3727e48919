"""Rows, records, events and the journal position, in one transaction."""
