"""How long a deployment keeps its data: `[retention]`, and what each datastream says of its own."""

from collections.abc import Iterable

import structlog

from playhead.app.settings import RetentionSettings
from playhead.deployment.datastreams import Datastream
from playhead.pipeline.retention import GB, Days, Gone, Policy

_LOG = structlog.get_logger("playhead.retention")


def policy_of(settings: RetentionSettings, datastreams: Iterable[Datastream]) -> Policy:
    """A datastream follows the server's in every class it has no days of its own for (decision 0060)."""
    return Policy(
        default=Days(settings.events_days, settings.rows_days, settings.sessions_days),
        of={
            datastream.id: Days(
                datastream.events_days or settings.events_days,
                datastream.rows_days or settings.rows_days,
                datastream.sessions_days or settings.sessions_days,
            )
            for datastream in datastreams
        },
        journal_bytes=None if settings.journal_gb is None else int(settings.journal_gb * GB),
    )


def say_removed(gone: Gone) -> None:
    """One line a round."""
    _LOG.info(
        "what is older than it is kept was removed",
        events=gone.events, rows=gone.rows, sessions=gone.sessions,
        segments=gone.segments, segment_bytes=gone.segment_bytes,
    )  # fmt: skip
