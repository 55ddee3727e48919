"""A delivery."""

import pytest

from playhead.base.units import DatastreamId, SessionId
from playhead.events.delivery import Delivery
from playhead.events.event import Event
from playhead.events.playback import Ping
from playhead.events.session import Downloaded


@pytest.mark.parametrize(
    ("event", "xdm", "expected"),
    [
        (Ping(), b'{"eventType": "media.ping", "mediaCollection": {"playhead": 1.20}}', b'{"playhead": 1.20}'),
        (Downloaded(), b'{"mediaDownloadedEvents": [{}, {}], "mediaCollection": {}}', b"[{}, {}]"),
        (Ping(), b'{"eventType": "media.ping"}', b""),
        (Ping(), b"", b""),
    ],
)
def test_its_content_is_as_it_was_received(event: Event, xdm: bytes, expected: bytes) -> None:
    """The member that goes with the event; nothing where there is none."""
    assert expected == Delivery(SessionId("S"), 0, event, DatastreamId("d"), xdm=xdm).media_collection
