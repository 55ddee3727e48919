"""Messages go to one stream, as text for people and JSON for machines."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from playhead.app.logs import configure_logs
from playhead.app.settings import LogFormat, LogLevel, LogSettings


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The process's logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def said(log_format: LogFormat, level: LogLevel = "info") -> str:
    """What comes out for one message of ours, one of a library, and one that is too unimportant."""
    stream = io.StringIO()
    configure_logs(LogSettings(format=log_format, level=level), stream)
    structlog.get_logger("playhead.test").warning("a collector died", worker=3)
    logging.getLogger("library").error("trouble with %s", "disk")
    structlog.get_logger("playhead.test").debug("detail")
    logging.getLogger("uvicorn.error").info("Started server process")
    return stream.getvalue()


@pytest.mark.parametrize("log_format", ["json", "auto"])
def test_machines_get_json(log_format: LogFormat) -> None:
    """Away from a terminal every line is one object with time, level, event and what belongs to it."""
    ours, theirs = (json.loads(line) for line in said(log_format).splitlines())
    assert (ours["event"], ours["level"], ours["worker"]) == ("a collector died", "warning", 3)
    assert ours["timestamp"].endswith("Z")
    assert (theirs["event"], theirs["level"]) == ("trouble with disk", "error")


def test_people_get_text() -> None:
    """As text, a line says it in words, without colour where there is no terminal."""
    ours, theirs = said("text").splitlines()
    assert "a collector died" in ours
    assert "worker=3" in ours
    assert "\x1b" not in ours
    assert "trouble with disk" in theirs


def test_the_level_is_a_floor() -> None:
    """What is less important than asked for is not written."""
    assert len(said("json", "error").splitlines()) == 1
    assert len(said("json", "debug").splitlines()) == 3
