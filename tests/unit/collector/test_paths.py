"""Paths of the public door (protocol.md 3.1, 3.2)."""

import pytest

from playhead.collector.paths import KNOWN_HINTS, Paths, Route
from playhead.events.names import ACTION_OF

PATHS = Paths(("ee", "ee-pre-prd", "/a/b/c/", "ee/x"), "own-hint")


@pytest.mark.parametrize("action", sorted(ACTION_OF.values()))
@pytest.mark.parametrize("base", ["ee", "ee-pre-prd", "a/b/c"])
@pytest.mark.parametrize("hint", [None, "va6"])
def test_every_operation_is_served_under_every_base(base: str, hint: str | None, action: str) -> None:
    """All 19 operations, with and without a location hint."""
    place = f"{base}/{hint}" if hint else base
    assert Route(base, hint, f"va/v1/{action}", action) == PATHS.find(f"/{place}/va/v1/{action}")


@pytest.mark.parametrize(
    "name",
    ["v1/interact", "v2/interact", "v1/collect", "v2/collect", "v1/privacy/set-consent", "v1/identity/acquire"],
)
def test_gateway_routes_are_served(name: str) -> None:
    """They sit beside the media operations and have no action."""
    assert Route("ee", None, name, None) == PATHS.find(f"/ee/{name}")
    assert Route("ee", "irl1", name, None) == PATHS.find(f"/ee/irl1/{name}")


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("//ee/va/v1/play", Route("ee", None, "va/v1/play", "play")),
        ("///ee//or2///va/v1//play", Route("ee", "or2", "va/v1/play", "play")),
        ("/ee/va/v1/play/", Route("ee", None, "va/v1/play", "play")),
        ("/ee/va/v1/SESSIONSTART", Route("ee", None, "va/v1/sessionStart", "sessionStart")),
        ("/ee/va/v1/sessionstart", Route("ee", None, "va/v1/sessionStart", "sessionStart")),
        ("/a/b/c/t35/va/v1/ping", Route("a/b/c", "t35", "va/v1/ping", "ping")),
        ("//a/b/c/va/v1/ping", Route("a/b/c", None, "va/v1/ping", "ping")),
        ("/ee/own-hint/va/v1/ping", Route("ee", "own-hint", "va/v1/ping", "ping")),
        ("/ee/x/va/v1/ping", Route("ee/x", None, "va/v1/ping", "ping")),
        ("/ee/x/va6/va/v1/ping", Route("ee/x", "va6", "va/v1/ping", "ping")),
    ],
)
def test_unusual_spellings_are_understood(path: str, route: Route) -> None:
    """Repeated and trailing slashes, any case of the action, bases of several segments, hints of all kinds."""
    assert route == PATHS.find(path)


@pytest.mark.parametrize("hint", [*KNOWN_HINTS, "ab1", "abcde999", "t0", "t123456"])
def test_hints_of_the_vendor_and_what_looks_like_one_are_served(hint: str) -> None:
    """Protocol.md 3.2: clients that move over arrive with live hints."""
    assert Route("ee", hint, "v1/interact", None) == PATHS.find(f"/ee/{hint}/v1/interact")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "ee/va/v1/play",
        "/ee",
        "/ee/",
        "/ee/va/v1",
        "/ee/va/v1/",
        "/ee/va/v1/nothing",
        "/ee/va/v2/play",
        "/ee/VA/v1/play",
        "/EE/va/v1/play",
        "/ee/invalid/va/v1/play",
        "/ee/VA6/va/v1/play",
        "/ee/va6/or2/va/v1/play",
        "/ee/va6\n/va/v1/play",
        "/ee/abcdef1/va/v1/play",
        "/ee/va1234/va/v1/play",
        "/ee/va/v1/play/more",
        "/ee/v3/interact",
        "/ee/v1/Interact",
        "/other/va/v1/play",
        "/ee" + "/" * 3000 + "va/v1/play",
    ],
)
def test_everything_else_does_not_exist(path: str) -> None:
    """Protocol.md 3.1 and C30: what is not in the grammar has no route."""
    assert PATHS.find(path) is None


def test_usual_paths_are_known_as_they_are_sent() -> None:
    """What is looked up without being read is what reading it finds; all other spellings are left to the reader."""
    for raw in (b"/ee/va/v1/ping", b"/ee/va6/v1/interact", b"/a/b/c/own-hint/va/v1/sessionStart"):
        path = raw.decode()
        assert (path, PATHS.find(path)) == PATHS.find_usual(raw)
    for raw in (
        b"/ee/va/v1/PING",
        b"//ee/va/v1/ping",
        b"/ee/va/v1/%70ing",
        b"/ee/va/v1/ping/",
        b"/nowhere",
        b"",
        b"\xff",
    ):
        assert PATHS.find_usual(raw) is None
