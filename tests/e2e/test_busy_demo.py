"""`playhead demo --busy`: a newcomer types it, opens the console, and sees an audience."""

import re
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from e2e.browser import chromium, watched_page
from e2e.conftest import EXECUTABLE, START_TIMEOUT_S, STOP_TIMEOUT_S, children_of, clean_environ, is_running

pytestmark = pytest.mark.e2e

FULL_WITHIN_S = 300
"""A quarter of a minute on a machine that does nothing else."""

NUMBER = re.compile(r"[1-9]")


def test_a_newcomer_sees_a_full_console(tmp_path: Path) -> None:
    """Live and Overview say numbers; the viewers go on watching; Ctrl-C ends it all and leaves nothing."""
    environ = clean_environ({"TMPDIR": str(tmp_path)})
    words = [EXECUTABLE, "demo", "--busy", "--no-browser", "--port", "0", "--console-port", "0"]
    printed, said = tmp_path / "printed", tmp_path / "said"
    with printed.open("wb") as out, said.open("wb") as err:
        process = subprocess.Popen(words, stdout=out, stderr=err, stdin=subprocess.DEVNULL, cwd=tmp_path, env=environ)
    try:
        console = _console(process, printed)
        pages = dict.fromkeys([f"{console}/live", f"{console}/"])
        _wait_until_read(console)
        with chromium() as browser:
            page, watch = watched_page(browser.new_context())
            for address, tiles in zip(
                pages, (("Viewers now", "Mean bitrate"), ("Media starts", "Content time", "Ad starts")), strict=True
            ):
                page.goto(address)
                for tile in tiles:
                    value = page.get_by_role("group", name=tile, exact=True).locator(".tile-value")
                    expect(value).to_have_text(NUMBER, timeout=30_000)
            assert watch.troubles == []
        _events_go_on(console)
        running = [process.pid, *children_of(process.pid)]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=STOP_TIMEOUT_S) == 0, said.read_text()
        assert [one for one in running if is_running(one)] == []
        assert {printed, said} == {*tmp_path.iterdir()}
        assert "error" not in said.read_text()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _console(process: "subprocess.Popen[bytes]", printed: Path) -> str:
    """The console's address, from what it prints."""
    deadline = time.monotonic() + START_TIMEOUT_S + FULL_WITHIN_S
    while "Ctrl-C" not in printed.read_text():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    text = printed.read_text()
    found = re.search(r"(http://\S+)/live\n", text)
    assert found, text
    assert f"{found[1]}/demo\n" in text
    return found[1]


def _wait_until_read(console: str) -> None:
    """Until the server counts until now: the week is read in, and viewers speak."""
    deadline = time.monotonic() + FULL_WITHIN_S
    while True:
        live = httpx.get(f"{console}/api/v1/live", timeout=30)
        if live.status_code == 200 and live.json()["ageSeconds"] < 5 and live.json()["audience"]["viewers"] > 10:
            return
        assert time.monotonic() < deadline, live.text[:400]
        time.sleep(1)


def _events_go_on(console: str) -> None:
    """More and more arrives, also of sessions that began long before the server did."""
    sql = (
        "SELECT count(*) AS n FROM events JOIN sessions USING (session_id)"
        " WHERE received_at > started_at + INTERVAL 15 MINUTE"
    )

    def events() -> int:
        answer = httpx.post(f"{console}/api/v1/query", json={"sql": sql, "format": "jsonl"}, timeout=30)
        return int(answer.json()["n"])

    before = events()
    deadline = time.monotonic() + FULL_WITHIN_S
    while events() < before + 10:
        assert time.monotonic() < deadline
        time.sleep(0.5)
