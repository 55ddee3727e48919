"""The world of the heart."""

from collector_support import world
from playhead.collector.ports import COMMON_HEADERS


def test_headers_are_the_callers_own() -> None:
    """What one answer adds is not seen by the next."""
    at = world()
    at.headers("va6").append((b"x", b"y"))
    assert len(at.headers("va6")) == COMMON_HEADERS


def test_headers_are_written_as_they_are_listed() -> None:
    """Both ways through the server send the same."""
    at = world()
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in at.headers("or2"))
    assert lines == at.head("or2")


def test_headers_of_any_number_of_hints_are_given() -> None:
    """Clients may send any hint of the grammar; what is remembered is bounded."""
    at = world()
    for number in range(300):
        assert dict(at.headers(f"t{number}"))[b"x-adobe-edge"] == f"T{number};0".encode()
