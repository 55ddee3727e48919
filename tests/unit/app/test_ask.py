"""Questions to the store when no server runs. Those to a running one are in tests/e2e/test_serve.py."""

import json
import os
from pathlib import Path

import msgspec
import pytest

from playhead.app.ask import ask
from playhead.app.clock import SystemClock
from playhead.app.prepared import ConsoleAddress
from playhead.base.errors import PlayheadError, StoreError, UsageError
from playhead.deployment.layout import Layout, hold, prepare
from playhead.store.duck import DuckStore


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A data directory with an empty store."""
    made = prepare(tmp_path)
    DuckStore(made.store, SystemClock()).close()
    return made


def test_the_file_answers(layout: Layout) -> None:
    """Without a server the store itself is asked, also when a killed one left its address."""
    layout.console_address.write_bytes(msgspec.json.encode(ConsoleAddress("http://127.0.0.1:9", None, os.getpid())))
    assert json.loads(b"".join(ask(layout, "SELECT count(*) AS n FROM sessions", "jsonl"))) == {"n": 0}


@pytest.mark.parametrize("sql", ["DELETE FROM sessions", "SELECT nothing", "SELECT 1; SELECT 2", ""])
def test_wrong_questions(layout: Layout, sql: str) -> None:
    """What changes something, or is no question, is refused and nothing is changed."""
    with pytest.raises(UsageError):
        list(ask(layout, sql, "jsonl"))


def test_nothing_to_ask(tmp_path: Path) -> None:
    """A directory without a store says so."""
    with pytest.raises(StoreError, match="no store"):
        list(ask(prepare(tmp_path), "SELECT 1", "jsonl"))


def test_a_server_between_start_and_stop(layout: Layout) -> None:
    """While the directory is held but nobody answers yet, one is told to try again."""
    with hold(layout), pytest.raises(PlayheadError, match="try again"):
        list(ask(layout, "SELECT 1", "jsonl"))


def test_a_server_that_does_not_answer(layout: Layout) -> None:
    """A server that holds the directory and does not answer is named."""
    layout.console_address.write_bytes(msgspec.json.encode(ConsoleAddress("http://127.0.0.1:9", None, os.getpid())))
    with hold(layout), pytest.raises(PlayheadError, match=r"the server at http://127\.0\.0\.1:9 did not answer"):
        list(ask(layout, "SELECT 1", "jsonl"))
