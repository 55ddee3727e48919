"""`playhead verify`: whether every number in the store follows from the log."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from playhead.api.times import written
from playhead.app.verify import Flaw, Step, Verdict
from playhead.app.verify import verify as run
from playhead.cli.options import AsJson, ConfigFile, DataDirectory, settings_for
from playhead.cli.output import print_table
from playhead.deployment.layout import find
from playhead.pipeline.balance import Line, LineKey, sum_of
from playhead.store.audit import Difference

Scratch = Annotated[
    str | None,
    Parameter(
        help="Directory for the recomputed store, which takes as much room as the store; in the data directory by default."
    ),
]

WORDS_A_STEP = 10
"""How many lines a long step says where there is no terminal to draw a bar on."""


def verify(
    *,
    scratch: Scratch = None,
    data_dir: DataDirectory = None,
    config: ConfigFile = None,
    hours: Annotated[bool, Parameter(negative="", help="Print the balance sheet hour by hour.")] = False,
    json: AsJson = False,
) -> int:
    """
    Check the store against the log it was made from.

    Every byte of the journals is read, everything in the store is computed again and compared. Prints each difference and
    the balance sheet; the status is 1 if there is any. Changes nothing.
    """
    settings = settings_for({"data_dir": data_dir}, config).settings
    layout = find(Path(settings.data_dir))
    findings = JsonFindings() if json else Lines(hours=hours)
    with steps() as on_step:
        verdict = run(
            layout,
            settings,
            scratch=None if scratch is None else Path(scratch),
            on_finding=findings.tell,
            on_step=on_step,
        )
    findings.end(verdict)
    return 0 if verdict.ok else 1


class Lines:
    """Findings as lines for people, as they are found."""

    def __init__(self, *, hours: bool) -> None:
        """With a sheet for each hour and datastream, or one of all."""
        self._hours = hours

    def tell(self, finding: Flaw | Difference) -> None:
        """One line."""
        sys.stdout.write(f"{line_of(finding)}\n")

    def end(self, verdict: Verdict) -> None:
        """The sheet and the verdict."""
        if self._hours:
            print_table(
                ["Datastream", "Hour", *SHEET],
                [[key.datastream_id, hour(key), *numbers(line)] for key, line in verdict.sheet.items()],
            )
        else:
            total = sum_of(verdict.sheet.values())
            print_table(["Events", "", "By reason"], zip(SHEET, numbers(total), reasons(total), strict=True))
        sys.stdout.write(f"{summary(verdict)}\n")


SHEET = ("received", "refused", "accepted", "counted", "duplicate", "dropped", "waiting")
"""Received is refused and accepted together; accepted is all that follow."""


def numbers(line: Line) -> list[int]:
    """The numbers of a line, in the order of SHEET."""
    values = [getattr(line, name) for name in SHEET]
    return [sum(value.values()) if isinstance(value, dict) else value for value in values]


def reasons(line: Line) -> list[str]:
    """Beside each number what it is made of."""
    values = [getattr(line, name) for name in SHEET]
    return [
        ", ".join(f"{reason} {count}" for reason, count in sorted(value.items())) if isinstance(value, dict) else ""
        for value in values
    ]


def hour(key: LineKey) -> str:
    """The start of the hour of a line."""
    return written(key.hour_ms)


class JsonFindings:
    """The same as one JSON document, written as it is found."""

    def __init__(self) -> None:
        self._begun = False

    def tell(self, finding: Flaw | Difference) -> None:
        """One item of `findings`."""
        kind = "flaw" if isinstance(finding, Flaw) else "difference"
        members = {name: value for name, value in msgspec.structs.asdict(finding).items() if name != "session_id"}
        session = {} if isinstance(finding, Flaw) else {"sessionId": finding.session_id}
        item = {"kind": kind, **session, **members}
        sys.stdout.write(("," if self._begun else '{"findings": [') + f"\n  {encoded(item)}")
        self._begun = True

    def end(self, verdict: Verdict) -> None:
        """The rest of the document."""
        total = sum_of(verdict.sheet.values())
        lines = [
            {"datastream": key.datastream_id, "hour": hour(key), **sheet_of(line)}
            for key, line in verdict.sheet.items()
        ]
        rest = {
            "ok": verdict.ok,
            "flaws": verdict.flaws,
            "differences": verdict.differences,
            "unverifiableSessions": verdict.unverifiable,
            "journalBytes": verdict.journal_bytes,
            "archiveUntil": written(verdict.archive_ms) if verdict.archive_ms else None,
            "balance": {**sheet_of(total), "hours": lines},
        }
        sys.stdout.write(("\n]," if self._begun else '{"findings": [],') + f"\n{encoded(rest)[1:]}\n")


def sheet_of(line: Line) -> dict[str, Any]:
    """A line as JSON: the numbers, what they are made of, and whether both equations hold."""
    by = {f"{name}By": dict(getattr(line, name)) for name in ("refused", "duplicate", "dropped")}
    return {**dict(zip(SHEET, numbers(line), strict=True)), **by, "holds": line.holds}


def encoded(value: object) -> str:
    """JSON on one line; what JSON has no word for is text."""
    return msgspec.json.encode(value, enc_hook=str).decode()


def line_of(finding: Flaw | Difference) -> str:
    """A finding as a person reads it."""
    if isinstance(finding, Flaw):
        where = f"position {finding.position}" + (f" to {finding.end}" if finding.end > finding.position else "")
        return f"journal {finding.journal}, {where}: {finding.reason} ({finding.path})"
    what = " ".join(part for part in (finding.table, finding.row, finding.column) if part)
    session = f"session {finding.session_id}: " if finding.session_id else ""
    if finding.column:
        return f"{session}{what}: stored {shown(finding.stored)}, the log gives {shown(finding.recomputed)}"
    return f"{session}{what}: " + (
        "stored, the log does not give it" if finding.recomputed is None else "not stored, though the log gives it"
    )


def shown(value: Any) -> str:
    """A value on one line, cut where it is long."""
    text = "nothing" if value is None else encoded(value)
    return text if len(text) <= 200 else f"{text[:200]}… ({len(text)} characters)"


def summary(verdict: Verdict) -> str:
    """One sentence."""
    if verdict.unverifiable:
        old = f" Sessions older than their events are kept, not verifiable: {verdict.unverifiable}."
    else:
        old = ""
    if verdict.ok:
        return f"The books balance: everything in the store follows from the log.{old}"
    said = [f"{verdict.flaws} in the journals"] if verdict.flaws else []
    said += [f"{verdict.differences} in the store"] if verdict.differences else []
    return f"Differences: {', '.join(said)}.{old}"


@contextmanager
def steps() -> Iterator[Any]:
    """Somebody to tell how far it is: a bar on a terminal, plain lines otherwise, on stderr."""
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    told: dict[str, int] = {}
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)

        def tell(step: Step) -> None:
            progress.update(task, description=step.doing, completed=step.done, total=step.total or None)
            tenth = step.done * WORDS_A_STEP // step.total if step.total else 0
            if progress.disable and told.get(step.doing, -1) < tenth:
                told[step.doing] = tenth
                share = f" {tenth * 100 // WORDS_A_STEP} %" if tenth else ""
                sys.stderr.write(f"{step.doing}{share}\n")

        yield tell
