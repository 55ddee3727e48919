"""`playhead demo` opens a browser only where there is a screen, and says what to open."""

import pytest

from playhead.app.banner import Doors
from playhead.cli.demo import busy_text, demo_text, has_screen


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "darwin", True),
    ],
)
def test_a_screen_is_noticed(environ: dict[str, str], platform: str, expected: bool) -> None:
    """Displays and desktops are known; a bare terminal has none."""
    assert has_screen(environ, platform) == expected


def test_it_says_what_to_open_and_what_is_kept() -> None:
    """Addresses of the pages; made-up viewers without a directory of their own are thrown away."""
    doors = Doors(
        collector_url="http://h:1", console_url="http://h:2", base_path="ee", datastream_id="d", data_dir="/kept"
    )
    assert "http://h:2/demo\n" in demo_text(doors)
    assert "stays in /kept" in demo_text(doors)
    for page in ("http://h:2/live", "http://h:2/", "http://h:2/demo"):
        assert f"{page}\n" in busy_text(doors, kept=True)
    assert "stays in /kept" in busy_text(doors, kept=True)
    assert "/kept" not in busy_text(doors, kept=False)
