"""What a collector process says to its supervisor, and that it never waits for it."""

import logging
import os

from playhead.app.collector_link import Ready, Said, read_report
from playhead.app.collector_process import Reporter


def lines_of(descriptor: int) -> list[bytes]:
    """What is in a pipe now."""
    return os.read(descriptor, 1 << 20).splitlines(keepends=True)


def test_messages_of_the_log_are_reports() -> None:
    """A logged error becomes one line, with its trace."""
    reading, writing = os.pipe()
    reporter = Reporter(writing)
    try:
        int("of a test")
    except ValueError as error:
        info = (ValueError, error, error.__traceback__)
        reporter.handle(logging.LogRecord("x", logging.ERROR, "f", 1, "no %s\n", ("room",), info))
    (line,) = lines_of(reading)
    said = read_report(line)
    assert isinstance(said, Said)
    assert (said.level, said.text) == ("error", "no room")
    assert "ValueError: invalid literal" in said.fields["trace"]
    os.close(reading)
    os.close(writing)


def test_it_never_waits() -> None:
    """When nobody reads, reports are left out; when somebody does again, whole lines come."""
    reading, writing = os.pipe()
    reporter = Reporter(writing)
    for number in range(300):
        reporter.send(Ready(f"{number}" + "x" * 1000))
    reports = [read_report(line) for line in lines_of(reading)[:-1]]
    assert reports == [Ready(f"{number}" + "x" * 1000) for number in range(len(reports))]
    reporter.send(Ready("again"))
    reporter.send(Ready("and again"))
    assert read_report(lines_of(reading)[-1]) == Ready("and again")
    os.close(reading)
    reporter.send(Ready("to nobody"))
    os.close(writing)
