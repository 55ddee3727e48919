"""`playhead rebuild`: the sessions again from the log, by the settings of now."""

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from playhead.api.times import read
from playhead.app.rebuild import EVER, Outcome
from playhead.app.rebuild import rebuild as run
from playhead.base.errors import UsageError
from playhead.cli.options import AsJson, ConfigFile, DataDirectory, settings_for
from playhead.cli.output import print_table
from playhead.cli.verify import Scratch, encoded, shown, steps
from playhead.deployment.layout import find
from playhead.store.audit import Difference, Span


def rebuild(
    *,
    from_: Annotated[
        str | None, Parameter(name="--from", help="Sessions that began at this time or later, RFC 3339.")
    ] = None,
    until: Annotated[str | None, Parameter(help="Sessions that began before this time.")] = None,
    diff_only: Annotated[bool, Parameter(negative="", help="Only show what would change.")] = False,
    scratch: Scratch = None,
    data_dir: DataDirectory = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> int:
    """
    Recompute sessions from the log by the settings of now.

    Shows what changes, then changes all of it at once. Needs the server to be stopped, except with --diff-only.
    """
    settings = settings_for({"data_dir": data_dir}, config).settings
    span = Span(time_of("--from", from_, EVER.from_ms), time_of("--until", until, EVER.until_ms))
    changes = JsonChanges() if json else Changes()
    with steps() as on_step:
        outcome = run(
            find(Path(settings.data_dir)),
            settings,
            span=span,
            diff_only=diff_only,
            scratch=None if scratch is None else Path(scratch),
            on_change=changes.tell,
            on_step=on_step,
        )
    changes.end(outcome)
    return 0


def time_of(option: str, text: str | None, default_ms: int) -> int:
    """
    A time that was given, Unix ms.

    Raises:
        UsageError: It is none.
    """
    try:
        return default_ms if text is None else read(text)
    except ValueError as error:
        raise UsageError(f"{option}: {text!r} {error}") from error


class Changes:
    """Changes as lines for people, then what they come to."""

    def tell(self, change: Difference) -> None:
        """One line."""
        what = " ".join(part for part in (change.table, change.row, change.column) if part)
        if change.column:
            said = f"{shown(change.stored)} -> {shown(change.recomputed)}"
        else:
            said = "gone" if change.recomputed is None else "new"
        sys.stdout.write(f"session {change.session_id}: {what}: {said}\n")

    def end(self, outcome: Outcome) -> None:
        """The metrics and a sentence."""
        if outcome.metrics:
            rows = [
                [table, column or "(whole rows)", metric.rows, metric.before, metric.after]
                for (table, column), metric in sorted(outcome.metrics.items())
            ]
            print_table(["Table", "Column", "Changed", "Sum before", "Sum after"], rows)
        if not outcome.sessions:
            sys.stdout.write("Nothing changes.\n")
        else:
            said = "changed." if outcome.changed else "would change. Nothing was changed."
            sys.stdout.write(f"{outcome.sessions} session{'' if outcome.sessions == 1 else 's'} {said}\n")


class JsonChanges:
    """The same as one JSON document, written as it is found."""

    def __init__(self) -> None:
        self._begun = False

    def tell(self, change: Difference) -> None:
        """One item of `changes`."""
        item: dict[str, Any] = {
            "table": change.table, "sessionId": change.session_id, "row": change.row, "column": change.column,
            "before": change.stored, "after": change.recomputed,
        }  # fmt: skip
        sys.stdout.write(("," if self._begun else '{"changes": [') + f"\n  {encoded(item)}")
        self._begun = True

    def end(self, outcome: Outcome) -> None:
        """The rest of the document."""
        rest = {
            "sessions": outcome.sessions,
            "changed": outcome.changed,
            "metrics": [
                {"table": table, "column": column, "rows": metric.rows, "before": metric.before, "after": metric.after}
                for (table, column), metric in sorted(outcome.metrics.items())
            ],
        }
        sys.stdout.write(("\n]," if self._begun else '{"changes": [],') + f"\n{encoded(rest)[1:]}\n")
