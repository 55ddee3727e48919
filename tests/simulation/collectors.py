"""A collector on a disk and clock of its own: the real door, journal and clock, without threads."""

import random
from collections import deque
from collections.abc import Callable, Sequence
from threading import get_ident
from typing import Any

from collector_support import KEYS, ORG, Datastreams
from playhead.app.clock import SteadyClock
from playhead.base.errors import JournalError
from playhead.base.memory_disk import MemoryDisk
from playhead.base.units import DatastreamId
from playhead.collector.asgi import Answer, CollectorApp
from playhead.collector.closings import ClosingsMemory
from playhead.collector.config import CollectorConfig
from playhead.collector.entropy import BufferedEntropy
from playhead.collector.ports import CollectorWorld, Request
from playhead.deployment.datastreams import Datastream
from playhead.journal.limits import JournalLimits
from playhead.journal.opening import open_log
from playhead.journal.spare import InlineSpares
from playhead.journal.writer import Deliver, JournalWriter, deliver_each
from playhead.pipeline.closings import Closing

BODY_BYTES_MAX = 16_384
LIMITS = JournalLimits(
    segment_bytes=1 << 15, first_segment_bytes=1 << 12, batch_bytes=4096, record_bytes=1 << 15, waiting_bytes=1 << 16
)
"""So small that segments and batches end in the middle of a run."""

DATASTREAMS = Datastreams(
    [
        *(Datastream(id=DatastreamId(name), name=name, org_id=ORG) for name in ("ds", "calm", "odd")),
        Datastream(id=DatastreamId("off"), name="off", org_id=ORG, enabled=False),
    ]
)


class Turns:
    """As much of an event loop as the door needs: what is to be done at the end of a turn."""

    def __init__(self) -> None:
        self._calls: deque[tuple[Callable[..., Any], tuple[Any, ...]]] = deque()

    def call_soon(self, call: Callable[..., Any], *args: Any) -> None:
        """At the end of this turn."""
        self._calls.append((call, args))

    def call_later(self, _delay_s: float, call: Callable[..., Any], *args: Any) -> None:
        """Never: only requests whose bodies do not come are swept."""

    def end(self) -> None:
        """The turn ends."""
        while self._calls:
            call, args = self._calls.popleft()
            call(*args)


class SteppedWriter(JournalWriter):
    """The journal's writer without its thread: whoever calls `flush` is the flush thread."""

    @classmethod
    def on(
        cls, disk: MemoryDisk, path: str, clock: SteadyClock, dice: random.Random, *, compress: bool
    ) -> "SteppedWriter":
        """As `open`. Raises JournalError."""
        log = open_log(
            disk, path, clock.now_ms(), spares=lambda on, at: InlineSpares(on, at, LIMITS), compress=compress,
            entropy=dice.randbytes,
        )  # fmt: skip
        clock.not_before(log.recovery.last_mark_ms)
        return cls(log, clock, LIMITS, cls.deliver())

    @classmethod
    def deliver(cls) -> Deliver:
        """How outcomes are told."""
        return deliver_each

    def flush(self) -> None:
        """Write what waits."""
        while self._records:
            self._step()

    def mark(self) -> None:
        """Write what waits, or a clock mark."""
        if self._records:
            self.flush()
        else:
            self._write([], 0, self._clock.now_ms())

    def end(self) -> None:
        """Stop in order: write what waits, seal, let go."""
        self.flush()
        self._closing = True
        self._log.close(sealed=True)


class SteppedApp(CollectorApp):
    """The door on turns of our own."""

    def on(self, turns: Turns) -> None:
        """Run on these turns, in this thread."""
        self._loop = turns  # type: ignore[assignment]
        self._loop_thread = get_ident()


class Collector:
    """
    One collector's machine and process.

    Attributes:
        name: Of its journal.
        disk: Its own.
        offset_ms: How far its wall clock is off the true time.
        writer: Its journal; None while the process is down.
        stalled: The process stands still.
        heard: How much of the feed it has read.
        starts: How often the process was started.
    """

    writer_class: type[SteppedWriter] = SteppedWriter
    app_class: type[SteppedApp] = SteppedApp

    def __init__(self, number: int, dice: random.Random, true_ms: Callable[[], int], config: CollectorConfig) -> None:
        self.name = f"w{number:02}"
        self.disk = MemoryDisk()
        self.offset_ms = dice.randrange(-40, 40)
        self.writer: SteppedWriter | None = None
        self.stalled = False
        self.heard = self.starts = 0
        self._dice = dice
        self._true_ms = true_ms
        self._config = config
        self._compress = dice.random() < 0.3
        self._memory = dice.choice([3, 1000, 1000])
        self._turns = Turns()

    @property
    def up(self) -> bool:
        """Whether the process is there."""
        return self.writer is not None

    @property
    def path(self) -> str:
        """Directory of its journal."""
        return f"/{self.name}"

    def start(self) -> bool:
        """Start the process; False: its disk did not let it, it is tried again later."""
        clock = SteadyClock(
            wall=lambda: (self._true_ms() + self.offset_ms) * 1_000_000, running=lambda: self._true_ms() * 1_000_000
        )
        try:
            writer = self.writer_class.on(self.disk, self.path, clock, self._dice, compress=self._compress)
        except JournalError:
            return False
        self.closings = ClosingsMemory(self._config.ended_session_status, self._memory)
        self.heard = 0
        self.starts += 1
        world = CollectorWorld(
            keys=KEYS,
            datastreams=DATASTREAMS,
            config=self._config,
            entropy=BufferedEntropy(self._dice.randbytes, 256),
            closings=self.closings,
        )
        self.app = self.app_class(world, writer, clock)
        self._turns = Turns()
        self.app.on(self._turns)
        self.clock = clock
        self.writer = writer
        return True

    def take(self, path: str, query: bytes, content_type: str, body: bytes, answer: Answer) -> int:
        """A request comes in; when it arrived by this clock, Unix ms."""
        assert self.writer is not None
        at_ms = self.app.now_ms()
        headers = [(b"content-type", content_type.encode())]
        self.app.begin(Request("POST", path, query, headers, body, at_ms), answer)
        return at_ms

    def end_turn(self) -> None:
        """What came in this turn goes to the journal."""
        self._turns.end()

    def hear(self, feed: Sequence[Closing]) -> None:
        """Read on in the feed."""
        self.closings.apply(feed[self.heard :])
        self.heard = len(feed)

    def die(self) -> None:
        """The process is gone, with all it had not written; nobody is answered any more."""
        self.writer = None
        self.stalled = False
        self.disk.stop_processes()

    def stop(self) -> None:
        """Stop in order."""
        assert self.writer is not None
        self.end_turn()
        self.writer.end()
        self.writer = None
        self.stalled = False
