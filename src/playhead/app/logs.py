"""
What is said on stderr: one event a line, for people on a terminal, JSON elsewhere or on request.

Law: stdout belongs to data. Nothing here writes to it.
"""

import logging
import sys
from typing import Any, TextIO

import structlog

from playhead.app.settings import LogSettings


def configure_logs(settings: LogSettings, stream: TextIO | None = None) -> None:
    """
    Send the messages of this process, and of the libraries it uses, to `stream` (stderr by default).

    Calling it again replaces what was set up.
    """
    stream = stream or sys.stderr
    as_text = settings.format == "text" or (settings.format == "auto" and stream.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False) if as_text else _utc,
        structlog.processors.StackInfoRenderer(),
    ]
    last: list[Any] = (
        [structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=0, exception_formatter=_plain_trace)]
        if as_text
        else [structlog.processors.format_exc_info, _most_telling_first, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    quiet = max(root.level, logging.WARNING)
    for name in ("uvicorn", "asyncio", "httpx", "litestar"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(quiet)  # they say on every start what we say better


def _most_telling_first(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """When, how bad, what; then what belongs to it."""
    first = {name: event.pop(name) for name in ("timestamp", "level", "event") if name in event}
    return {**first, **event}


_utc = structlog.processors.TimeStamper(fmt="iso", utc=True)
_plain_trace = structlog.dev.plain_traceback
