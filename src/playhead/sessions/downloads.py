"""Sessions that were recorded offline and delivered whole (metrics.md 5)."""

import msgspec

from playhead.events.delivery import Delivery
from playhead.events.event import Event
from playhead.events.session import Downloaded, SessionEnd, SessionStart
from playhead.sessions.arrivals import END_RANK, OTHER_RANK, START_RANK, Logged
from playhead.sessions.duplicates import same_json
from playhead.sessions.fold import Fold
from playhead.sessions.rules import Rules
from playhead.sessions.session import fold_of


def start_of(download: Downloaded) -> SessionStart | None:
    """Its sessionStart; None if it does not begin with one."""
    first = download.events[0] if download.events else None
    return first if isinstance(first, SessionStart) else None


def log_of(delivery: Delivery, download: Downloaded, now_ms: int) -> list[Logged]:
    """
    Its events with their places, in list order, as far as they count.

    Events after a sessionEnd, further starts and duplicates (same type, timestamp and content) do not. An event
    without a timestamp has that of the arrival; no timestamp is too far away.
    """
    contents = _contents(delivery, len(download.events))
    seen: dict[tuple[type[Event], int], list[int]] = {}
    log: list[Logged] = []
    for index, event in enumerate(download.events):
        if isinstance(event, SessionStart | Downloaded) and log:
            continue
        if event.at_ms is not None:
            alike = seen.setdefault((type(event), event.at_ms), [])
            if any(_same(download.events, contents, other, index) for other in alike):
                continue
            alike.append(index)
        rank = OTHER_RANK if log else START_RANK
        if isinstance(event, SessionEnd):
            rank = END_RANK
        log.append(Logged(rank, now_ms if event.at_ms is None else event.at_ms, index, event))
        if rank == END_RANK:
            break
    return log


def fold_of_download(delivery: Delivery, download: Downloaded, now_ms: int, rules: Rules) -> tuple[Fold, list[int]]:
    """The full fold, not finished, and the timestamps of its events, that of its start first."""
    log = log_of(delivery, download, now_ms)
    return fold_of(log, rules), [logged.at_ms for logged in log]


def _contents(delivery: Delivery, count: int) -> list[bytes] | None:
    """The `mediaCollection` of each event; None if they cannot be told apart."""
    try:
        items = msgspec.json.decode(delivery.media_collection, type=list[dict[str, msgspec.Raw]])
    except msgspec.DecodeError:
        return None
    if len(items) != count:
        return None
    return [bytes(item.get("mediaCollection", b"null")) for item in items]


def _same(events: tuple[Event, ...], contents: list[bytes] | None, one: int, other: int) -> bool:
    if contents is None:
        return events[one] == events[other]
    return contents[one] == contents[other] or same_json(contents[one], contents[other])
