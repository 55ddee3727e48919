"""
The requests of a whole audience, in order of time.

Law: what is yielded depends on the seed and the plan alone; memory is that of the viewings that are open.
"""

from collections.abc import Iterator
from heapq import heappop, heappush, heapreplace
from math import cos, pi
from typing import Final

from msgspec import Struct

from playhead.base.settings import DEFAULT_SETTINGS, SessionSettings
from playhead.base.units import DAY_MS, HOUR_MS
from playhead.viewers.catalogue import KINDS, OF_KIND, Title
from playhead.viewers.dice import Dice, MakeDice, between, weighted
from playhead.viewers.mix import USUAL, Mix
from playhead.viewers.network import Network, Request
from playhead.viewers.notebook import Truth
from playhead.viewers.people import Sdk, Viewer, viewer_of
from playhead.viewers.script import Viewing

_DOWNLOADS: Final = 0.06
"""Share of the viewings of phones, live apart, that are downloads."""
_BUSIEST: Final = 1.9
_SAMPLES: Final = 168
"""Of a run, to know its mean: the hours of a week."""
_THURSDAY: Final = 3
"""Day of the week on which the Unix time began, Monday 0."""


class Plan(Struct, frozen=True, kw_only=True):
    """
    A run.

    Attributes:
        begin_ms, until_ms: Its virtual time, Unix ms. At the end all who still watch leave.
        viewers: How many people there are.
        viewings_per_s: How many viewings begin a second of virtual time, on average.
        mix: What the audience is like.
        rush_ms, rush: From this time on so many times as many viewings begin.
        settings: By which sessions are closed; only the truth depends on them.
        forgetting: Whether tabs are left paused until they are stuck; only where time is real and timeouts are the defaults.
    """

    begin_ms: int
    until_ms: int
    viewers: int
    viewings_per_s: float
    mix: Mix = USUAL
    rush_ms: int = 0
    rush: float = 1
    settings: SessionSettings = DEFAULT_SETTINGS
    forgetting: bool = False


class _Open:
    """One viewing under way."""

    def __init__(self, number: int, viewing: Viewing, settings: SessionSettings, deliver_ms: int | None) -> None:
        self.number = number
        self._viewing, self._settings, self._deliver_ms = viewing, settings, deliver_ms
        self._steps = viewing.steps()
        self._running = True

    def next_ms(self) -> int | None:
        """When something of it happens next, at the earliest; None: never again."""
        due_ms = self._viewing.network.next_ms()
        if not self._running:
            return due_ms
        now_ms = self._viewing.player.now_ms
        return now_ms if due_ms is None or due_ms > now_ms else due_ms

    def advance(self) -> Request | None:
        """The request that is next, or None after a piece of the viewing was played."""
        viewing = self._viewing
        due_ms = viewing.network.next_ms()
        if due_ms is not None and (not self._running or due_ms <= viewing.player.now_ms):
            return viewing.network.take()
        if next(self._steps, self) is self:
            self._running = False
        if self._deliver_ms is None:
            viewing.network.carry(viewing.player.said)
        elif not self._running:
            viewing.notebook.ending = "downloaded"
            viewing.network.deliver_whole(viewing.player.said, max(self._deliver_ms, viewing.player.now_ms))
        return None

    def truth(self) -> Truth:
        """Once it is over."""
        viewer = self._viewing.viewer
        return self._viewing.notebook.truth(self.number, viewer.number, viewer.ecid, self._settings)


def traffic(plan: Plan, make_dice: MakeDice) -> Iterator[Request | Truth]:
    """
    All requests, in order of their time, and after the last one of each viewing its truth.

    The same plan and dice give the same traffic.
    """
    beginnings = _beginnings(plan, make_dice)
    upcoming = next(beginnings, None)
    opened: list[tuple[int, int, _Open]] = []
    while opened or upcoming is not None:
        if upcoming is not None and (not opened or upcoming[0] <= opened[0][0]):
            heappush(opened, (upcoming[0], upcoming[1].number, upcoming[1]))
            upcoming = next(beginnings, None)
            continue
        one = opened[0][2]
        request = one.advance()
        if request is not None:
            yield request
        next_ms = one.next_ms()
        if next_ms is None:
            heappop(opened)
            yield one.truth()
        else:
            heapreplace(opened, (next_ms, one.number, one))


def busyness(at_ms: int) -> float:
    """How busy an hour is, 1 on average: most is watched at nine in the evening (UTC), and more at weekends."""
    hour = at_ms % DAY_MS / HOUR_MS
    day = (at_ms // DAY_MS + _THURSDAY) % 7
    return (1 + 0.6 * cos((hour - 21) / 12 * pi)) * (1.15 if day >= 5 else 0.94)


def _beginnings(plan: Plan, make_dice: MakeDice) -> Iterator[tuple[int, _Open]]:
    dice = make_dice("beginnings")
    step_ms = (plan.until_ms - plan.begin_ms) / _SAMPLES
    mean = sum(busyness(plan.begin_ms + int(step_ms * (n + 0.5))) for n in range(_SAMPLES)) / _SAMPLES
    at_ms, number = float(plan.begin_ms), 0
    while plan.viewings_per_s > 0:
        rushing = at_ms >= plan.rush_ms
        at_ms += dice.expovariate(plan.viewings_per_s * (plan.rush if rushing else 1) / mean * _BUSIEST / 1000)
        if not rushing and at_ms > plan.rush_ms:
            at_ms = float(plan.rush_ms)  # chance has no memory: the wait for the next one begins anew
            continue
        if at_ms >= plan.until_ms:
            return
        if dice.random() * _BUSIEST < busyness(int(at_ms)):
            yield int(at_ms), _begin(plan, number, int(at_ms), dice.randrange(plan.viewers), make_dice)
            number += 1


def _begin(plan: Plan, number: int, at_ms: int, viewer_number: int, make_dice: MakeDice) -> _Open:
    viewer, dice = viewer_of(viewer_number, make_dice, plan.mix), make_dice(f"viewing {number}")
    title = _choose(dice, plan.mix)
    deliver_ms = _downloaded_until(dice, plan, at_ms, viewer, title)
    viewing = Viewing(
        viewer, title, dice, plan.mix, now_ms=at_ms, until_ms=plan.until_ms,
        make_network=lambda notebook: Network(number, viewer, dice, plan.mix, notebook),
        forgetting=plan.forgetting, downloaded=deliver_ms is not None,
    )  # fmt: skip
    return _Open(number, viewing, plan.settings, deliver_ms)


def _choose(dice: Dice, mix: Mix) -> Title:
    kind = weighted(dice, KINDS, [getattr(mix, kind) for kind in KINDS])
    titles = OF_KIND[kind]
    return weighted(dice, titles, [title.appeal for title in titles])


def _downloaded_until(dice: Dice, plan: Plan, at_ms: int, viewer: Viewer, title: Title) -> int | None:
    """When a download is delivered, at the earliest; None: it is none."""
    phone = viewer.sdk in {Sdk.IOS, Sdk.ANDROID}
    if not phone or title.kind == "live" or dice.random() >= _DOWNLOADS * plan.mix.downloads:
        return None
    return min(plan.until_ms, at_ms + int(between(dice, HOUR_MS, 30 * HOUR_MS)))
