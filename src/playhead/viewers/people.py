"""
Who watches, and with what.

Law: a viewer is a function of a number, so that millions of them take no memory and come back as the same people. Two stories are in it to be found: version 4.2.0 of the Android app fails often, and `cdn-south` buffers.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from playhead.viewers.dice import Dice, MakeDice, weighted
from playhead.viewers.mix import Mix


class Sdk(StrEnum):
    """Which library the player reports with: how it uses the network is its own (protocol.md 3.3, 7)."""

    WEB = "web"
    IOS = "ios"
    ANDROID = "android"
    ROKU = "roku"


class Version(NamedTuple):
    """A version of an app: its weight, and how much more often than usual it fails."""

    name: str
    weight: float
    failing: float = 1


class App(NamedTuple):
    """
    A player as it is built.

    Attributes:
        player_name: As in sessionDetails.
        versions: Those in use.
        ping_s, ad_ping_s: Its ping intervals, seconds (protocol.md 7.1).
        plays_in_ad: Says `play` inside a pre-roll rather than after it (metrics.md 1.3).
        forgets_breaks: Never says adBreakComplete, but `play` after the last ad (metrics.md 1.7).
        tells_all: Sends all quality values with every event, not only changed ones.
    """

    player_name: str
    versions: tuple[Version, ...]
    ping_s: int = 10
    ad_ping_s: int = 10
    plays_in_ad: bool = False
    forgets_breaks: bool = False
    tells_all: bool = False


APPS: Final[dict[Sdk, tuple[tuple[App, float], ...]]] = {
    Sdk.WEB: (
        (App("web-player", (Version("7.1.0", 5), Version("7.0.4", 1)), tells_all=True), 8),
        (App("embedded-player", (Version("2.9.1", 1),), ping_s=30, ad_ping_s=5, forgets_breaks=True), 2),
    ),
    Sdk.IOS: ((App("AVPlayer", (Version("4.3.0", 6), Version("4.2.0", 2)), ad_ping_s=1, plays_in_ad=True), 1),),
    Sdk.ANDROID: (
        (App("ExoPlayer", (Version("4.3.1", 4), Version("4.2.0", 3, failing=25)), plays_in_ad=True), 1),
    ),
    Sdk.ROKU: ((App("RokuVideo", (Version("3.0.2", 1),), ad_ping_s=5), 1),),
}  # fmt: skip

CDNS: Final = (("cdn-north", 5.0, 1.0), ("cdn-east", 3.0, 1.0), ("cdn-south", 1.5, 7.0))
"""Name, weight, and how much more often than usual it keeps players waiting."""

_OFF_CLOCKS: Final = 0.05
"""Share of devices whose clock is wrong."""
_SKEW_MAX_MS: Final = 180_000


class Viewer(NamedTuple):
    """
    One person with one device.

    Attributes:
        number: Which one.
        identity: The ECID of a phone or a Roku; of a browser the first-party id that the server makes one of.
        skew_ms: How far the device's clock is ahead.
        waiting: How much more often than usual its CDN keeps it waiting.
    """

    number: int
    sdk: Sdk
    app: App
    version: Version
    cdn: str
    waiting: float
    identity: str
    skew_ms: int

    @property
    def plan(self) -> str:
        """What this person pays for; custom metadata of its sessions."""
        return "plus" if self.number % 4 == 0 else "free"

    @property
    def ecid(self) -> str | None:
        """The visitor, where the device knows it; a browser's is the server's to make."""
        return None if self.sdk is Sdk.WEB else self.identity


def viewer_of(number: int, make_dice: MakeDice, mix: Mix) -> Viewer:
    """The viewer of this number, always the same for one seed and mix."""
    dice = make_dice(f"viewer {number}")
    sdk = weighted(dice, tuple(Sdk), (mix.web, mix.ios, mix.android, mix.roku))
    apps = APPS[sdk]
    app = weighted(dice, [app for app, _ in apps], [weight for _, weight in apps])
    cdn, _, waiting = weighted(dice, CDNS, [weight for _, weight, _ in CDNS])
    return Viewer(
        number=number,
        sdk=sdk,
        app=app,
        version=weighted(dice, app.versions, [version.weight for version in app.versions]),
        cdn=cdn,
        waiting=waiting,
        identity=f"fp-{dice.getrandbits(96):024x}" if sdk is Sdk.WEB else _ecid(dice),
        skew_ms=dice.randrange(2 * _SKEW_MAX_MS) - _SKEW_MAX_MS if dice.random() < _OFF_CLOCKS else 0,
    )


def _ecid(dice: Dice) -> str:
    """38 digits (protocol.md 5.1)."""
    return f"{dice.getrandbits(63):019d}{dice.getrandbits(63):019d}"
