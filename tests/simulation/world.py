"""A run: everything put together, and time."""

import hashlib
import heapq
import random
from collections import Counter
from collections.abc import Callable, Collection
from functools import partial
from itertools import count

from playhead.base.settings import SessionSettings
from playhead.base.units import DatastreamId
from playhead.collector.config import CollectorConfig
from playhead.collector.ports import Reply
from playhead.pipeline.worker import WorkerLimits
from playhead.store.memory import MemoryStore
from playhead.store.port import Store
from simulation.accidents import odd_settings, schedule
from simulation.collectors import BODY_BYTES_MAX, Collector
from simulation.faults import Fault, Mix, dice_of
from simulation.ledger import Handled
from simulation.nonsense import nonsense
from simulation.players import OnAnswer, Player, Sent
from simulation.processor import Backend
from simulation.scripts import BEGIN_MS, HOUR_MS, offline, viewing

SHORT = SessionSettings(idle_timeout_s=60, complete_linger_s=10, playhead_timeout_s=300)


class World:
    """
    One run.

    Attributes:
        now_ms: The true time, Unix ms.
        handled: Every request that reached a collector, in order.
        trace: What happened, in order.
    """

    def __init__(self, seed: int, without: Collection[Fault] = (), store: Store | None = None) -> None:
        self.seed = seed
        self.now_ms = BEGIN_MS
        self.mix = Mix(seed, without)
        self.handled: list[Handled] = []
        self.trace: list[tuple[int, tuple[object, ...]]] = []
        self.restarted = False
        self._busy: list[tuple[int, int, Callable[[], None]]] = []
        self._count = count()
        self._names: Counter[str] = Counter()
        self.dice = dice_of(seed, "world")
        self.settings = _settings(dice_of(seed, "settings"))
        config = CollectorConfig(
            max_body_bytes=BODY_BYTES_MAX, ended_session_status=self.dice.choice([204, 404]), version="1"
        )
        self.collectors = [
            Collector(number, dice_of(seed, f"collector {number}"), lambda: self.now_ms, config)
            for number in range(self.dice.choice([1, 2, 2, 3]))
        ]
        self.backend = Backend(store or MemoryStore(), self.mix, _limits(self.dice), self._settings_of, self.say)
        self._delay = dice_of(seed, "delay")
        self._tick_ms = self.dice.choice([3_000, 8_000, 20_000])
        self.down_until_ms: dict[str, int] = {}
        self._backlogs: dict[str, list[Callable[[], None]]] = {one.name: [] for one in self.collectors}

    def run(self) -> None:
        """Let it all happen, then heal everything, and let time run out."""
        for collector in self.collectors:
            collector.start()
        self.say("faults", *self.mix.on)
        last_ms = self._people()
        schedule(self, last_ms)
        tick_ms = self.now_ms
        while self._busy:
            at_ms = self._busy[0][0]
            if at_ms <= tick_ms:
                self.now_ms, _, act = heapq.heappop(self._busy)
                act()
                continue
            self.now_ms = tick_ms
            self._tick()
            quiet = at_ms - tick_ms > 4 * self._tick_ms
            tick_ms = tick_ms + self._tick_ms if not quiet else max(tick_ms + self._tick_ms, at_ms - self._tick_ms)
        self._finish()

    # What players see

    def at(self, at_ms: int, act: Callable[[], None]) -> None:
        """Do something at a time."""
        heapq.heappush(self._busy, (max(at_ms, self.now_ms), next(self._count), act))

    def fresh_id(self, prefix: str) -> str:
        """A name nobody had before."""
        self._names[prefix] += 1
        return f"{prefix}{self._names[prefix]}"

    def post(self, sent: Sent, home: int, timeout_ms: int, on_answer: OnAnswer) -> None:
        """Send a request to a collector."""
        collector = self.collectors[home % len(self.collectors)]
        waiting = True

        def answered(reply: Reply | None) -> None:
            nonlocal waiting
            if waiting:
                waiting = False
                on_answer(reply)

        self.at(self.now_ms + timeout_ms, lambda: answered(None))
        if self.mix.strikes(Fault.REQUEST_LOST):
            self.say("request lost", sent.route)
            return
        delay_ms = self._delay.randrange(1, 40)
        if self.mix.strikes(Fault.SLOW):
            delay_ms = self.mix.dice(Fault.SLOW).choice([900, 3_000, 4_999, 6_000, 20_000, 70_000])
        self.at(self.now_ms + delay_ms, partial(self._arrive, collector, sent, answered))
        if self.mix.strikes(Fault.REQUEST_TWICE):
            again_ms = self.mix.dice(Fault.REQUEST_TWICE).choice([1, 30, 2_000, 90_000])
            self.at(self.now_ms + delay_ms + again_ms, partial(self._arrive, collector, sent, _nobody))

    def say(self, *parts: object) -> None:
        """Note something in the trace."""
        self.trace.append((self.now_ms - BEGIN_MS, parts))

    # Inside

    def _arrive(self, collector: Collector, sent: Sent, answered: OnAnswer) -> None:
        """A request reaches a machine."""
        if not collector.up:
            answered(None)
            return
        if collector.stalled:
            self._backlogs[collector.name].append(lambda: self._arrive(collector, sent, answered))
            return
        writer = collector.writer
        assert writer is not None
        floor_ms = max(writer.last_mark_ms, self._recorded_ms() if self.restarted else 0)
        told = collector.closings._closed.get(sent.session_id)
        stale = told is not None and told.closed and self.backend.open_again(sent.session_id)
        stale = stale and collector.heard == len(self.backend.feed.news) and Fault.FEED_LOST not in self.mix.on
        handled = Handled(sent, (collector.name, collector.starts), 0, floor_ms, told, stale)
        self.handled.append(handled)

        def settled(reply: Reply) -> None:
            handled.reply = reply
            self.say(collector.name, sent.route, sent.session_id[-8:], len(sent.said), reply.status, *reply.reasons)
            if self.mix.strikes(Fault.ANSWER_LOST):
                self.say("answer lost")
                return
            self.at(self.now_ms + self._delay.randrange(1, 40), lambda: answered(reply))

        handled.arrived_ms = collector.take(sent.path, sent.query, sent.content_type, sent.body, settled)
        self.at(self.now_ms, lambda: collector.end_turn() if collector.writer is writer else None)
        self.at(
            self.now_ms + self._delay.choice([0, 1, 5, 30]),
            lambda: writer.flush() if collector.writer is writer and not collector.stalled else None,
        )

    def resume(self, collector: Collector) -> None:
        """A collector that stood still goes on with what came meanwhile."""
        collector.stalled = False
        backlog, self._backlogs[collector.name] = self._backlogs[collector.name], []
        for act in backlog:
            act()

    def _recorded_ms(self) -> int:
        worker = self.backend.worker
        return worker.stats().now_ms if worker is not None else self.backend.store.inner.position().now_ms

    def _tick(self) -> None:
        """Everybody does some of what they do all the time."""
        for collector in self.collectors:
            if not collector.up:
                if self.now_ms >= self.down_until_ms.get(collector.name, 0):
                    self.say(collector.name, "starts" if collector.start() else "cannot start")
            elif not collector.stalled:
                assert collector.writer is not None
                collector.end_turn()
                collector.writer.mark()
                if self.mix.strikes(Fault.FEED_LOST):
                    collector.heard = len(self.backend.feed.news)
                elif self._delay.random() < 0.7:
                    collector.hear(self.backend.feed.news)
        self._process(self._delay.choice([1, 1, 3, 20]))
        if self._delay.random() < 0.15:
            self.backend.clock.set(self.now_ms)
            self.backend.look(self._delay.randrange)

    def _process(self, steps: int) -> None:
        backend = self.backend
        backend.clock.set(self.now_ms)
        if backend.worker is None and self.now_ms >= self.down_until_ms.get("processor", 0):
            self.say("processor starts" if backend.start(self.collectors) else "processor cannot start")
        backend.work(steps)

    def _finish(self) -> None:
        """Heal everything, and let time run until every session is closed."""
        self.mix.calm()
        self.backend.store.calm = self.backend.feed.calm = True
        self.down_until_ms.clear()
        for collector in self.collectors:
            collector.disk.heal()
            collector.disk.capacity_bytes = collector.disk.write_bytes_max = None
            self.resume(collector)
        self.say("all is well from now on")
        until_ms = self.now_ms + self.dice.choice([0, 0, 25 * HOUR_MS])
        step_ms = 20_000
        for _ in range(200):
            while self._busy and self._busy[0][0] <= self.now_ms:
                heapq.heappop(self._busy)[2]()
            self._tick()
            if self.now_ms > until_ms and not self._open():
                break
            self.now_ms += step_ms
            step_ms = min(step_ms * 2, 24 * HOUR_MS)
        self.finished = self.backend.finish()

    def _open(self) -> bool:
        """Whether something may still happen by itself."""
        worker = self.backend.worker
        if self._busy or worker is None or worker.open_sessions():
            return True
        taken = worker._merge.positions()
        return any(one.writer is None or one.writer.position > taken[one.name].offset for one in self.collectors)

    def _people(self) -> int:
        """Send the players off; when the last of them says something, Unix ms."""
        dice = dice_of(self.seed, "people")
        large = dice.random() < 0.1
        last_ms = BEGIN_MS
        for number in range(dice.choice([12, 20]) if large else dice.choice([1, 2, 3, 4, 6])):
            own = dice_of(self.seed, f"player {number}")
            begin_ms = BEGIN_MS + own.randrange(1, 240_000)
            lines = [offline(begin_ms, own, self.mix)] if own.random() < 0.08 else viewing(begin_ms, own, self.mix)
            Player(self, own, lines, own.choice(["ds", "ds", "ds", "calm", "odd"]))
            last_ms = max(last_ms, lines[-1].at_ms)
        if Fault.NONSENSE in self.mix.on:
            dice = self.mix.dice(Fault.NONSENSE)
            for _ in range(dice.randrange(1, 12)):
                self.at(dice.randrange(BEGIN_MS, last_ms + 1), self._talk_nonsense)
        return last_ms

    def _talk_nonsense(self) -> None:
        dice = self.mix.dice(Fault.NONSENSE)
        known = [one.sent.session_id for one in self.handled if one.sent.session_id and one.reply is not None]
        session_id = dice.choice(known) if known and dice.random() < 0.8 else ""
        sent = nonsense(session_id, self.now_ms, self.fresh_id("r"), dice)
        self.post(sent, dice.randrange(3), 20_000, _nobody)

    def _settings_of(self, datastream_id: DatastreamId) -> SessionSettings:
        return self.settings.get(datastream_id, SHORT)

    def digest(self) -> str:
        """What tells two runs apart: all that happened and all that is stored."""
        return hashlib.sha256("\n".join(self.lines()).encode()).hexdigest()[:16]

    def lines(self) -> list[str]:
        """The trace, readable, and what is stored in the end."""
        told = [f"{at_ms / 1000:12.3f}  {' '.join(map(str, parts))}" for at_ms, parts in self.trace]
        stored = [
            f"{record.session_id[-8:]} {record.close_cause} {record.session_details} {record.qoe}"
            for record in self.backend.records()
        ]
        return [*told, *stored]


def _nobody(_reply: Reply | None) -> None:
    """Nobody waits for the answer."""


def _settings(dice: random.Random) -> dict[DatastreamId, SessionSettings]:
    """Of the three datastreams: short timeouts, the defaults, and odd ones."""
    return {DatastreamId("ds"): SHORT, DatastreamId("calm"): SessionSettings(), DatastreamId("odd"): odd_settings(dice)}


def _limits(dice: random.Random) -> WorkerLimits:
    commit_outputs = dice.choice([1, 4, 50])
    return WorkerLimits(
        slice_requests=dice.choice([1, 3, 200]),
        commit_outputs=commit_outputs,
        commit_interval_s=dice.choice([0.5, 20, 300]),
        idle_commit_interval_s=dice.choice([30, 600]),
        waiting_outputs=commit_outputs * dice.choice([1, 5, 1000]),
        retry_min_s=dice.choice([0.1, 2]),
        retry_max_s=5,
    )
