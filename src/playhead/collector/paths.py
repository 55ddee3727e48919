"""
The paths of the public door (protocol.md 3.1, 3.2).

    path  = 1*"/" base [ "/" hint ] "/" route [ "/" ]       repeated slashes count as one
    route = "va/v1/" action / ("v1" / "v2") "/" ("interact" / "collect")
          / "v1/privacy/set-consent" / "v1/identity/acquire"

Law: what is not in this grammar does not exist (404 without a body). The usual paths are looked up, not parsed.
"""

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from playhead.events.names import ACTION_OF

START_ACTIONS = frozenset({"sessionStart", "downloaded"})
"""Actions that make a session: they need a datastream and are answered with a body."""

EVENT_ACTIONS = frozenset(ACTION_OF.values()) - START_ACTIONS
"""Actions of the 17 event calls."""

GATEWAY_ROUTES = (
    "v1/interact",
    "v2/interact",
    "v1/collect",
    "v2/collect",
    "v1/privacy/set-consent",
    "v1/identity/acquire",
)

KNOWN_HINTS = ("or2", "va6", "irl1", "ind1", "jpn3", "sgp3", "aus3")

_ACTIONS: Mapping[str, str] = {action.lower(): action for action in ACTION_OF.values()}
_HINT = re.compile(r"[a-z]{2,5}[0-9]{1,3}|t[0-9]{1,31}")
_HINT_CHARS = re.compile(r"[A-Za-z0-9_-]{1,32}")
_SLASHES = re.compile(r"/{2,}")
_PATH_CHARS_MAX = 2_048


class Route(Struct, frozen=True):
    """
    A path that exists.

    Attributes:
        base: Without slashes at its ends: `ee`, `a/b/c`.
        hint: Location hint of the path; None when it has none.
        name: Route without base and hint, canonical: `va/v1/pauseStart`, `v1/interact`.
        action: Of a media route, in camel case; None on gateway routes.
    """

    base: str
    hint: str | None
    name: str
    action: str | None


class Paths:
    """The paths under a set of bases."""

    def __init__(self, bases: Iterable[str], own_hint: str) -> None:
        """
        Prepare the table.

        Args:
            bases: Prefixes, each of one or more segments; slashes at their ends do not matter. Not empty.
            own_hint: The server's own location hint, valid whatever its form.
        """
        self._own_hint = own_hint
        self._bases = sorted({base.strip("/") for base in bases}, key=len, reverse=True)
        assert self._bases, "at least one base"
        assert all(self._bases), "a base has at least one character"
        self._usual = {
            f"/{base}/{hint}/{name}" if hint else f"/{base}/{name}": Route(base, hint, name, action)
            for base in self._bases
            for hint in (None, own_hint, *KNOWN_HINTS)
            for name, action in _names()
        }
        self._usual_raw = {path.encode(): (path, route) for path, route in self._usual.items()}

    def find_usual(self, raw: bytes) -> tuple[str, Route] | None:
        """The path as text, and its route, of one of the usual paths as it was sent; None for all others."""
        return self._usual_raw.get(raw)

    def find(self, path: str) -> Route | None:
        """The route of a path, percent-decoded; None for one that does not exist."""
        return self._usual.get(path) or self._parse(path)

    def _parse(self, path: str) -> Route | None:
        if len(path) > _PATH_CHARS_MAX or not path.startswith("/"):
            return None
        plain = _SLASHES.sub("/", path).strip("/")
        for base in self._bases:
            if not plain.startswith(base + "/"):
                continue
            rest = plain[len(base) + 1 :]
            named = _route(rest)
            if named is not None:
                return Route(base, None, *named)
            hint, _, rest = rest.partition("/")
            named = _route(rest)
            if named is not None and self._served(hint):
                return Route(base, hint, *named)
        return None

    def _served(self, hint: str) -> bool:
        """3.2: clusters of the vendor, ours, those of old cookies, and anything that looks like a cluster."""
        return hint == self._own_hint or bool(_HINT_CHARS.fullmatch(hint) and _HINT.fullmatch(hint))


def _names() -> Iterable[tuple[str, str | None]]:
    for action in _ACTIONS.values():
        yield f"va/v1/{action}", action
    for name in GATEWAY_ROUTES:
        yield name, None


def _route(rest: str) -> tuple[str, str | None] | None:
    if rest in GATEWAY_ROUTES:
        return rest, None
    if rest.startswith("va/v1/"):
        action = _ACTIONS.get(rest[6:].lower())
        if action is not None:
            return f"va/v1/{action}", action
    return None
