"""What ads and chapters echo on their rows, packed."""

from collections.abc import Mapping
from typing import Final

from playhead.sessions.facts import PodDetails
from playhead.sessions.packing import Packing

Echo = tuple[Mapping[str, str | int], tuple[tuple[str, str], ...], PodDetails | None]
"""Details, custom metadata, and of an ad its break."""

ECHOES: Final[Packing[Echo]] = Packing(
    Echo,
    b"creativeURL creativeID siteID placementID campaignID advertiser mid-roll pre-roll post-roll offset index "
    b"chapter friendlyName playerName podPosition length name",
)
