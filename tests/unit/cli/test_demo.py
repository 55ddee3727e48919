"""`playhead demo` opens a browser only where there is a screen."""

import pytest

from playhead.cli.demo import has_screen


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
