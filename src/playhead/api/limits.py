"""Limits of the console, each with the answer beyond it."""

BODY_BYTES_MAX = 1_000_000
"""Body of a request; beyond it 413. The largest real one is a query."""

LOOKUP_BYTES_MAX = 32_000_000
"""Body of a request that brings a lookup; beyond it 413. A hundred thousand entries of 300 bytes."""

PAGE_ITEMS_DEFAULT = 100
PAGE_ITEMS_MAX = 1_000
"""Items a page (interfaces.md 4); beyond it 400."""

TEXT_CHARS_MAX = 4_096
"""A text in a query parameter; beyond it 400. As long as the longest string of the protocol."""

SQL_CHARS_MAX = 100_000
"""A query; beyond it 400."""

SCANNED_SESSIONS_MAX = 5_000
"""Sessions looked at for one page of a search; beyond it the page ends early, with a cursor."""

STREAM_CLIENTS_MAX = 64
"""Listeners of the live list; beyond it 503."""

STREAM_PENDING_MAX = 1_000
"""Changes waiting for one listener; beyond it they are replaced by one `reset`, upon which it reads the list again."""

STREAM_POLL_S = 0.5
"""Time between two looks at the newest sessions, for all listeners together."""

STREAM_HEARTBEAT_S = 15.0
"""Longest silence of a stream: shorter than the usual idle timeouts of proxies."""

BALANCE_HOURS_MAX = 31 * 24
"""Hours of a balance sheet by hour; beyond it 400. Its sums are of any time."""

STREAM_SESSIONS = 100
"""Newest sessions the live list follows."""

TERMS_MAX = 10_000
"""Terms on one page of an explanation, and events named in them; beyond it there is a cursor."""

LIVE_POLL_S = 0.5
"""Time between two looks at the audience, for all listeners of a datastream together."""

DEBUGGER_CLIENTS_MAX = 16
"""Listeners of the debugger; beyond it 503. Each may hold `pipeline.watching.WATCHED_BYTES_MAX` of bodies."""

DEBUGGER_POLL_S = 0.2
"""Time between two looks at what came for a listener of the debugger."""

DEBUGGER_BODY_CHARS = 16_384
"""Characters of a body that the debugger shows."""

DEBUGGER_EVENTS_MAX = 100
"""Events of a request that the debugger tells one by one."""
