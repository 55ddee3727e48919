"""
The collector processes, watched over: started, restarted when they die, asked to finish.

Law: a collector that dies takes nothing acknowledged with it, and the others go on; its place is filled again at once,
more slowly when it keeps dying. One that was asked to finish is not replaced.
"""

import asyncio
import contextlib
import sys
from collections.abc import Sequence
from time import monotonic

import msgspec
import structlog

from playhead.app.collector_link import LINE_BYTES_MAX, Metered, Orders, Ready, RequestCount, Said, read_report
from playhead.base.errors import PlayheadError

_LOG = structlog.get_logger("playhead.collectors")

START_TIMEOUT_S = 120.0
"""How long a collector may take to open its journal after a crash."""

FINISH_TIMEOUT_S = 15.0
"""How long collectors may take to finish when asked; longer than they give requests under way. Beyond: killed."""

RESTART_FIRST_S = 0.05
RESTART_MAX_S = 5.0
STEADY_S = 10.0
"""A collector that lived this long is restarted at once when it dies."""


class CollectorError(PlayheadError):
    """A collector process could not be started."""


class Collectors:
    """
    The collector processes of one server.

    All methods are called from one event loop; `metered` from any thread.
    """

    def __init__(self, orders: Sequence[Orders], inherited: Sequence[int]) -> None:
        """
        Nothing is started yet.

        Args:
            orders: One for each process.
            inherited: Descriptors every process is to hold besides its listener: the lock of the data directory.
        """
        self._watched = [_Watched(one, (one.listener, *inherited)) for one in orders]
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """
        Start every process and wait until each has opened its journal and answers.

        Raises:
            CollectorError: One of them ended or took too long; the message is its own. The others are still running.
        """
        self._tasks = [asyncio.create_task(watched.keep_running()) for watched in self._watched]
        for watched in self._watched:
            try:
                async with asyncio.timeout(START_TIMEOUT_S):
                    await watched.first_ready
            except TimeoutError:
                raise CollectorError(
                    f"collector {watched.worker} did not start within {START_TIMEOUT_S:.0f} s"
                ) from None

    async def finish(self) -> None:
        """Ask every process to finish and wait until all have. Nothing acknowledged is lost, whatever it takes."""
        for watched in self._watched:
            watched.ask_to_finish()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=FINISH_TIMEOUT_S)
        if late:
            _LOG.warning("collectors did not finish in time and are killed", count=len(late))
            self.kill()
            await asyncio.wait(late)

    def kill(self) -> None:
        """End every process at once. What was acknowledged is on disk."""
        for watched in self._watched:
            watched.kill()

    def processes(self) -> list[int]:
        """Process ids of those that run now."""
        return [watched.process.pid for watched in self._watched if watched.process is not None]

    def metered(self) -> list[Metered]:
        """What each worker counted since the server began, over all processes it had."""
        return [watched.metered for watched in self._watched]

    def troubles(self) -> list[str]:
        """What is wrong now: workers without a process, journals that cannot be written."""
        troubles = [f"collector {one.worker} is not running" for one in self._watched if not one.is_ready]
        return troubles + [
            f"journal of collector {one.worker}: {one.metered.journal_fault}"
            for one in self._watched
            if one.metered.journal_fault
        ]


class _Watched:
    """One worker: its process of the moment and what its processes counted."""

    def __init__(self, orders: Orders, inherited: tuple[int, ...]) -> None:
        self.worker = orders.worker
        self.process: asyncio.subprocess.Process | None = None
        self.first_ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_ready = False
        self.metered = NOTHING
        self._orders = orders
        self._inherited = inherited
        self._before = NOTHING
        self._finishing = False
        self._last_error = ""

    async def keep_running(self) -> None:
        """Run a process, and another one when it dies, until asked to finish."""
        pause_s = RESTART_FIRST_S
        while not self._finishing:
            began_s = monotonic()
            status = await self._run_once()
            if self._finishing:
                break
            if not self.first_ready.done():
                reason = self._last_error or f"it ended with status {status}"
                self.first_ready.set_exception(CollectorError(f"collector {self.worker} could not start: {reason}"))
                return
            pause_s = RESTART_FIRST_S if monotonic() - began_s >= STEADY_S else min(pause_s * 2, RESTART_MAX_S)
            _LOG.error("a collector died and is started again", worker=self.worker, status=status, pause_s=pause_s)
            await asyncio.sleep(pause_s)

    def ask_to_finish(self) -> None:
        """Close its stdin: it answers what is under way, seals its journal and ends."""
        self._finishing = True
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()

    def kill(self) -> None:
        """SIGKILL."""
        self._finishing = True
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()

    async def _run_once(self) -> int:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # the working directory is no place to import from
            "-m",
            "playhead.app.collector_process",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=self._inherited,
            start_new_session=True,  # Ctrl-C in the terminal is for us; we tell it when to finish
            limit=LINE_BYTES_MAX,
        )
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(msgspec.json.encode(self._orders) + b"\n")
        if self._finishing:
            stdin.close()
        async for line in stdout:
            self._take(line)
        status = await self.process.wait()
        self.process, self.is_ready = None, False
        self._before = self.metered = summed(self.metered, NOTHING)
        return status

    def _take(self, line: bytes) -> None:
        report = read_report(line)
        if isinstance(report, Metered):
            self.metered = summed(self._before, report)
        elif isinstance(report, Said):
            if report.level in {"error", "critical"}:
                self._last_error = report.text
            if self.first_ready.done():  # before that, the start fails with it
                _LOG.log(_LEVELS.get(report.level, _LEVELS["info"]), report.text, worker=self.worker, **report.fields)
        elif isinstance(report, Ready):
            self.is_ready = True
            if report.recovered:
                _LOG.warning("opened a journal that was not closed", worker=self.worker, found=report.recovered)
            if not self.first_ready.done():
                self.first_ready.set_result(None)


_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}

NOTHING = Metered(
    requests=[], refusals={}, latency_counts=[], latency_sum_s=0.0, waiting=0, waiting_bytes=0, refused_records_lost=0
)
"""A worker that has counted nothing."""


def summed(before: Metered, now: Metered) -> Metered:
    """Counts of two processes of one worker added up; gauges are those of the second."""
    requests: dict[tuple[str, int], int] = {}
    for one in (*before.requests, *now.requests):
        requests[one.route, one.status] = requests.get((one.route, one.status), 0) + one.count
    refusals = dict(before.refusals)
    for reason, count in now.refusals.items():
        refusals[reason] = refusals.get(reason, 0) + count
    longest = max(len(before.latency_counts), len(now.latency_counts))
    counts = [[*one.latency_counts, *[0] * (longest - len(one.latency_counts))] for one in (before, now)]
    return Metered(
        requests=[RequestCount(route, status, count) for (route, status), count in requests.items()],
        refusals=refusals,
        latency_counts=[first + second for first, second in zip(*counts, strict=True)],
        latency_sum_s=before.latency_sum_s + now.latency_sum_s,
        waiting=now.waiting,
        waiting_bytes=now.waiting_bytes,
        refused_records_lost=before.refused_records_lost + now.refused_records_lost,
        journal_fault=now.journal_fault,
    )
