"""
The settings this server runs with, and what it keeps on disk: for people who want to know, nothing can be changed here.

Law: no secret is in an answer. Settings hold names of files, never what is in them; of the access token it is said
whether one is asked for.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from litestar import get
from msgspec import Struct

from playhead.api.context import AnyRequest, context_of
from playhead.api.ports import SettingItem


class DiskUse(Struct, frozen=True):
    """Bytes on disk: of each journal, and of the store; null where it is not known."""

    journals: Mapping[str, int]
    store: int | None


class SettingsAnswer(Struct, frozen=True, kw_only=True, rename="camel"):
    """
    Every setting, in the order of the configuration page; there is one page.

    `tokenRequired`: the console asks for an access token. `removed`: how much of each kind was removed since the server
    started, because it is not kept any longer.
    """

    items: Sequence[SettingItem]
    cursor: str | None = None
    version: str
    token_required: bool
    disk: DiskUse
    removed: Mapping[str, int]


@get("/settings", sync_to_thread=True, tags=["settings"], summary="The settings this server runs with")
def get_settings(request: AnyRequest) -> SettingsAnswer:
    """Values with their source, as `playhead config show --json`; what is on disk, and what was removed."""
    context = context_of(request)
    snapshots = context.snapshots()
    journals: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    for snapshot in snapshots:
        journals.update(snapshot.journal_bytes)
        removed.update(snapshot.removed)
    stores = [snapshot.store_bytes for snapshot in snapshots if snapshot.store_bytes is not None]
    return SettingsAnswer(
        items=context.settings,
        version=context.version,
        token_required=context.token is not None,
        disk=DiskUse(journals, sum(stores) if stores else None),
        removed=removed,
    )
