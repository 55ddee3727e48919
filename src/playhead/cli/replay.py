"""`playhead replay`: recorded events through the engine, offline."""

import contextlib
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from playhead import __version__
from playhead.base.errors import UsageError
from playhead.base.units import DatastreamId
from playhead.cli.options import ConfigFile, settings_for
from playhead.pipeline.replay import Line, last_rows
from playhead.pipeline.replay import replay as run

STDIN = "-"
LINES_A_WRITE = 500
LINES_A_WORD = 100_000
"""How often progress is told where there is no terminal to draw a bar on."""


def replay(
    *files: Annotated[
        str,
        Parameter(
            name="FILE",
            help="Recorded events, JSON lines in order of arrival; - is stdin.",
            allow_leading_hyphen=True,  # for the one that is stdin
        ),
    ],
    out: Annotated[str | None, Parameter(help="File for the rows instead of stdout.")] = None,
    datastream: Annotated[str | None, Parameter(help="Datastream every line is taken for.")] = None,
    last: Annotated[
        bool, Parameter(negative="", help="Keep the last row of each _id and drop retracted ones.")
    ] = False,
    config: ConfigFile = None,
) -> int:
    """
    Run recorded events through the engine, offline.

    Virtual time is `arrived`: it runs from line to line and past the last one until every session is closed. Sessions are
    read by the settings of [sessions]. A line that cannot be read is reported, skipped and counted; the status is then 1.
    """
    if not files:
        raise UsageError("name a file of recorded events, or - for stdin")
    for name in files:
        if name.startswith("-") and name != STDIN and not Path(name).exists():
            raise UsageError(f"unknown option: {name}; `playhead replay --help` shows those there are")
    settings = settings_for({}, config).settings.sessions
    source = _Source(files)
    with source.opened() as lines, _destination(out) as rows:
        written = run(
            lines,
            lambda _: settings,
            server_version=__version__,
            on_bad=source.report,
            datastream_id=None if datastream is None else DatastreamId(datastream),
        )
        count = _write(last_rows(written) if last else written, rows)
    skipped = f", skipped {source.bad}" if source.bad else ""
    sys.stderr.write(f"read {source.lines} lines{skipped}, wrote {count} rows\n")
    return 1 if source.bad else 0


class _Source:
    """The lines of all files as one stream, with a bar on a terminal, and where each came from."""

    def __init__(self, files: Iterable[str]) -> None:
        self.lines = 0
        self.bad = 0
        self._files = list(files)
        self._starts: list[int] = []
        self._total_bytes = 0
        for name in self._files:
            if name == STDIN:
                continue
            try:
                self._total_bytes += Path(name).stat().st_size
                with Path(name).open("rb"):
                    pass
            except OSError as error:
                raise UsageError(f"cannot read {name}: {error.strerror}") from error

    @contextlib.contextmanager
    def opened(self) -> Iterator[Iterator[bytes]]:
        """The lines."""
        console = Console(stderr=True)
        columns = (TextColumn("replaying"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            yield self._read(progress)

    def report(self, number: int, reason: str) -> None:
        """Say what is wrong with a line of the stream, counted from 1."""
        self.bad += 1
        file = bisect_right(self._starts, number - 1) - 1
        sys.stderr.write(f"{self._files[file]}:{number - self._starts[file]}: {reason}\n")

    def _read(self, progress: Progress) -> Iterator[bytes]:
        task = progress.add_task("replaying", total=self._total_bytes or None)
        for name in self._files:
            self._starts.append(self.lines)
            with contextlib.ExitStack() as stack:
                file: BinaryIO = sys.stdin.buffer if name == STDIN else stack.enter_context(Path(name).open("rb"))
                for line in file:
                    self.lines += 1
                    progress.advance(task, len(line))
                    if progress.disable and self.lines % LINES_A_WORD == 0:
                        sys.stderr.write(f"read {self.lines} lines\n")
                    yield line


@contextlib.contextmanager
def _destination(out: str | None) -> Iterator[BinaryIO]:
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        file = Path(out).open("wb")  # noqa: SIM115 - closed below; only opening it is the operator's mistake
    except OSError as error:
        raise UsageError(f"cannot write to {out}: {error.strerror}") from error
    with file:
        yield file


def _write(rows: Iterable[Line], destination: BinaryIO) -> int:
    """One JSON object a line; how many."""
    count = 0
    waiting: list[Line] = []
    for row in rows:
        waiting.append(row)
        count += 1
        if len(waiting) == LINES_A_WRITE:
            destination.write(_lines(waiting))
            waiting.clear()
    destination.write(_lines(waiting))
    return count


def _lines(rows: Iterable[Line]) -> bytes:
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
