"""Contents called what reports call them: by what their lookup says, else by what was sent (metrics.md 6.3, decision 0078)."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from playhead.api.shapes import SessionDetail, SessionItem, detail_of, item_of
from playhead.pipeline.live import Group, LiveNow
from playhead.reporting.outputs import SessionRecord
from playhead.store.port import Lookups


def items_of(records: Sequence[SessionRecord], lookups: Lookups) -> list[SessionItem]:
    """Sessions as a list shows them. May block; raises StoreError."""
    names = _names(lookups, map(_content_of, records))
    return [item_of(record, names.get(_content_of(record))) for record in records]


def named_detail_of(record: SessionRecord, lookups: Lookups) -> SessionDetail:
    """A session with everything. May block; raises StoreError."""
    content = _content_of(record)
    return detail_of(record, _names(lookups, [content]).get(content))


def named(now: LiveNow, lookups: Lookups) -> LiveNow:
    """The audience. May block; raises StoreError."""
    names = _names(lookups, (group.key for group in (*now.contents, *now.worst_contents)))
    if not names:
        return now
    return replace(now, contents=_renamed(now.contents, names), worst_contents=_renamed(now.worst_contents, names))


def _renamed(groups: Sequence[Group], names: Mapping[str, str]) -> list[Group]:
    return [replace(group, name=names.get(group.key, group.name)) for group in groups]


def _names(lookups: Lookups, contents: Iterable[str]) -> Mapping[str, str]:
    return lookups.looked_up("content", "content-name", set(contents))


def _content_of(record: SessionRecord) -> str:
    return str(record.session_details.get("name", ""))
