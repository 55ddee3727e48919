"""What a start says: addresses, and a curl that a shell takes as it is."""

import json
import shlex

import pytest

from playhead.app.banner import FIRST_EVENT, Doors, banner, curl

DOORS = Doors(
    collector_url="https://127.0.0.1:8443",
    console_url="http://127.0.0.1:8081",
    base_path="ee",
    datastream_id="web",
    data_dir="/srv/playhead",
)


@pytest.mark.parametrize("short", [False, True])
def test_a_shell_reads_the_curl(short: bool) -> None:
    """The command splits into a URL of the datastream, the content type, and the event as JSON."""
    words = shlex.split(curl(DOORS, short=short))
    assert words[0] == "curl"
    assert "https://127.0.0.1:8443/ee/va/v1/sessionStart?configId=web" in words
    assert "Content-Type: application/json" in words
    assert json.loads(words[-1]) == FIRST_EVENT
    assert "--insecure" not in words


def test_a_certificate_of_ours_is_not_checked() -> None:
    """With a self-signed certificate the command says so to curl."""
    doors = Doors(**{name: getattr(DOORS, name) for name in DOORS.__struct_fields__} | {"self_signed": True})
    assert "--insecure" in shlex.split(curl(doors))


def test_later_starts_say_less() -> None:
    """Every start names doors, datastream and directory; the first one explains."""
    first, later = banner(DOORS, first_start=True), banner(DOORS, first_start=False)
    for text in (first, later):
        for fact in ("https://127.0.0.1:8443", "http://127.0.0.1:8081", "web", "/srv/playhead"):
            assert fact in text
    assert len(later.splitlines()) < len(first.splitlines())
    assert "paste this" in first
