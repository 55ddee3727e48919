"""The table of operations."""

import pytest

from playhead.wire import operations


def test_there_are_nineteen() -> None:
    """protocol.md C31."""
    assert len(operations.OPERATIONS) == 19


@pytest.mark.parametrize(
    ("segment", "action"),
    [("sessionStart", "sessionStart"), ("SESSIONSTART", "sessionStart"), ("adbreakstart", "adBreakStart"), ("x", None)],
)
def test_a_path_is_matched_in_any_case(segment: str, action: str | None) -> None:
    """C4; an unknown segment names no action."""
    assert action == operations.action_of_path(segment)


@pytest.mark.parametrize(
    ("event_type", "action"),
    [
        ("media.play", "play"), ("media.SessionStart", "sessionStart"), ("MEDIA.PING", "ping"),
        ("media.adBreakSkip", "adSkip"), ("play", None), ("media.", None), ("media.keepalive", None),
    ],
)  # fmt: skip
def test_an_event_type_is_matched_in_any_case(event_type: str, action: str | None) -> None:
    """C6, and the alias of C7."""
    assert action == operations.action_of_event_type(event_type)


@pytest.mark.parametrize(("value", "media"), [("media.x", True), ("Media.ping", True), ("web.x", False), (None, False)])
def test_the_family_is_known_by_its_prefix(value: object, media: bool) -> None:
    """What begins with `media.` is a media event, known or not."""
    assert media is operations.is_media(value)
