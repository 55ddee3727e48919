"""
Events to what was learned from them: the fold of metrics.md 1 and the session life of its section 4. Pure.

Two clocks, two halves. What a session *is worth* depends on the player's clock only: `machine` (phases as a table),
`ads`, `chapters`, `states`, `quality`, `playtime`, `stalls`, put together in `fold`. Whether and how long it *lives*
depends on our clock only: `arrivals` (duplicates, timeouts, reopening), `reorder`. `engine` joins the two for all
sessions and tells `facts`.
"""
