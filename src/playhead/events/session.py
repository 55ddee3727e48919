"""Begin and end of one viewing."""

from collections.abc import Mapping
from typing import Any

from playhead.events.event import Event


class SessionStart(Event, frozen=True, gc=False):
    """
    A viewing begins.

    Attributes:
        name: Content id, not empty.
        length_s: Length of the content as sent, >= 0; may be fractional. 86400 marks a playhead that is a second of day.
        content_type: As sent; may be empty.
        echo: All other client-supplied strings of sessionDetails by their wire name (`playerName`, `channel`, `show`…),
            scalars already turned into text. Computed fields and unknown ones are not in it.
        stream_type: "audio" or "video" in lower case, or None.
        has_resume: As sent; None when absent.
        is_downloaded: As sent; None when absent.
        metadata: Custom metadata, (name, value) in the order sent.
        identity_map: Request-level and event-level identities merged, as on the wire; without the resolved ECID.
        implementation_details: As on the wire (event level first, else request level); None when absent.
        environment: As on the wire; None when absent.
    """

    name: str = ""
    length_s: int | float = 0
    content_type: str = ""
    echo: Mapping[str, str] = {}
    stream_type: str | None = None
    has_resume: bool | None = None
    is_downloaded: bool | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    identity_map: Mapping[str, Any] = {}
    implementation_details: Mapping[str, Any] | None = None
    environment: Mapping[str, Any] | None = None


class SessionComplete(Event, frozen=True, gc=False):
    """The end of the content was reached. The session stays open for trailing events (metrics.md 4.1)."""


class SessionEnd(Event, frozen=True, gc=False):
    """The viewer left."""


class Downloaded(Event, frozen=True, gc=False):
    """
    One complete offline session (metrics.md 5).

    Attributes:
        events: Its events in list order; the first is a SessionStart.
    """

    events: tuple[Event, ...] = ()
