"""
A second opinion: metrics.md for one session, written from its text alone and as plainly as it can be.

Law: nothing here imports `playhead.sessions` or `playhead.reporting`, nothing is incremental, nothing is fast. `life`
decides which deliveries count and when the session closes, `fold` reads the events in order, `rows` writes what the text
says to write at a close, `early` says which rows are written before it. `viewings` makes up nasty sessions.
"""
