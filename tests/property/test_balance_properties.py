"""
The balance sheet against a plain count, at every moment, whatever fails (decision 0093).

What came in is counted here from how it was made up, what became of it from the deliveries the store shows; neither asks
the code that counts.
"""

import json
import random
from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pipeline_stream import BEGIN_MS, JOURNALS, Journals, download, event, request, settings_of, viewing
from playhead.base.clock import ManualClock
from playhead.base.errors import StoreError
from playhead.base.units import DAY_MS, HOUR_MS
from playhead.journal.log import JournalReader
from playhead.pipeline.balance import LineKey, lines_of, sheet_of
from playhead.pipeline.worker import Worker, WorkerLimits
from playhead.store.memory import MemoryStore
from playhead.store.port import Commit, SessionSearch
from playhead.wire.record import RECORD_VERSION, Minted, Record

SMALL = WorkerLimits(slice_requests=7, commit_outputs=5, commit_interval_s=5, retry_min_s=1, retry_max_s=1)
DATASTREAMS = ("web", "app")
EVER = (0, 1 << 62)

Key = tuple[str, int, str, str]
"""Datastream, hour, item, reason."""


class Sent(NamedTuple):
    """A record, and what it adds to a plain count."""

    record: Record
    adds: dict[Key, int]


class Unsteady(MemoryStore):
    """A store that fails now and then, before or after it did what it was asked."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self._dice = dice

    def commit(self, commit: Commit) -> None:
        """Or not."""
        luck = self._dice.random()
        if luck < 0.8:
            super().commit(commit)
        if luck > 0.7:
            raise StoreError("away")


def hour_of(at_ms: int) -> int:
    """The start of its hour."""
    return at_ms - at_ms % HOUR_MS


def accepted(record: Record, began: dict[str, str], dice: random.Random) -> Sent:
    """A request of a viewing; its start names the datastream, what follows names any or none."""
    if record.minted:
        session = record.minted[0].session_id
        record = replace(record, datastream_id=began.setdefault(session, dice.choice(DATASTREAMS)))
    else:
        session = json.loads(record.body)["events"][0]["xdm"]["mediaCollection"]["sessionID"]
        record = replace(record, datastream_id=dice.choice(["", "stranger", *DATASTREAMS]))
    where = (began.get(session, ""), hour_of(record.received_ms))
    return Sent(record, {(*where, "received", ""): 1, (*where, "accepted", ""): 1, (*where, "request", ""): 1})


def refused(received_ms: int, dice: random.Random) -> Sent:
    """A request of which nothing was taken."""
    named, count = dice.choice(["", "stranger", *DATASTREAMS]), dice.randrange(1, 5)
    reasons = [dice.choice("ab") for _ in range(count)]
    alike = len(set(reasons)) == 1
    record = Record(
        RECORD_VERSION, received_ms, dice.choice(["va/v1/ping", "v1/interact"]), "ee", named, None, b"{",
        reason=reasons[0],
        media_events=count,
        skipped=() if alike else tuple(range(count)),
        skipped_reasons=() if alike else tuple(reasons),
        known=named in DATASTREAMS,
    )  # fmt: skip
    where = (named if named in DATASTREAMS else "", hour_of(received_ms))
    adds = {(*where, "received", ""): count, (*where, "refused_request", reasons[0]): 1}
    return Sent(record, {**adds, **{(*where, "refused", reason): n for reason, n in Counter(reasons).items()}})


def partly(received_ms: int, began: dict[str, str], dice: random.Random) -> Sent:
    """A request through the gateway: a start and an event that were taken, one that was refused, one that is no media."""
    named, session, known = dice.choice(DATASTREAMS), f"p{received_ms}", dice.choice([*began, "nobody"])
    hour_ms = hour_of(received_ms)
    body = [event(session, "sessionStart", 0, 0), {"eventType": "web.x"}, {}, event(known, "ping", 9, 9)]
    began[session] = named
    record = Record(
        RECORD_VERSION, received_ms, "v1/interact", "ee", named, None,
        json.dumps({"events": [{"xdm": xdm} for xdm in body]}).encode(),
        minted=(Minted(0, session, "e"),),
        skipped=(2,),
        skipped_reasons=("c",),
        media_events=3,
    )  # fmt: skip
    adds: Counter[Key] = Counter()
    adds[named, hour_ms, "request", ""] += 1
    adds[named, hour_ms, "refused", "c"] += 1
    adds[named, hour_ms, "received", ""] += 1
    for where in (named, began.get(known, "")):
        adds[where, hour_ms, "received", ""] += 1
        adds[where, hour_ms, "accepted", ""] += 1
    return Sent(record, dict(adds))


def stream(dice: random.Random) -> list[Sent]:
    """Some hours of everything, in order of arrival: viewings, repeats, late flushes, downloads, strangers, refusals."""
    times = [dice.random() * 3 * 3600 for _ in range(24)]
    records = [one for n in range(6) for one in viewing(f"s{n}", times.pop(), dice)]
    records += [download(f"d{n}", times.pop()) for n in range(3)]
    stray = event("nobody", "ping", 1, 1)
    records += [request(BEGIN_MS + int(times.pop() * 1000), stray, session="nobody") for _ in range(3)]
    began: dict[str, str] = {}
    makers = [(record.received_ms, partial(accepted, record, began, dice)) for record in records]
    for _ in range(6):
        at_ms = BEGIN_MS + int(times.pop() * 1000)
        makers += [(at_ms, partial(refused, at_ms, dice)), (at_ms + 1, partial(partly, at_ms + 1, began, dice))]
    return [make() for _, make in sorted(makers, key=lambda one: one[0])]


class Run:
    """Journals that grow, and a processor that works, dies and is made anew."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.on = Journals()
        self.store = Unsteady(dice)
        self.now_s = 0.0
        self.written: Counter[Key] = Counter()
        self.worker = self.made()

    def made(self) -> Worker:
        """A processor that goes on where the store is."""
        return Worker(
            self.on.readers(self.store.position().journals), settings_of, self.store, ManualClock(BEGIN_MS),
            server_version="0", limits=SMALL, monotonic=lambda: self.now_s, sleep=self.pause,
        )  # fmt: skip

    def pause(self, pause_s: float) -> None:
        """Time of the machine passes."""
        self.now_s += pause_s

    def write(self, sent: Iterable[Sent], at_ms: int) -> None:
        """Make requests durable, each in one of the journals."""
        batches: dict[str, list[Record]] = {name: [] for name in JOURNALS}
        for one in sent:
            batches[self.dice.choice(JOURNALS)].append(one.record)
            self.written.update(one.adds)
        for name, records in batches.items():
            self.on.write(name, records, at_ms)

    def work(self) -> None:
        """Some steps; the process may die between them."""
        for _ in range(self.dice.randrange(6)):
            self.now_s += self.dice.random() * 2
            self.worker.step()
        if self.dice.random() < 0.2:
            self.worker = self.made()

    def sheet(self) -> Counter[Key]:
        """The sheet of now; every line holds."""
        open_reader = lambda name, offset: JournalReader.open(f"/{name}", offset, disk=self.on.disk)  # noqa: E731
        sheet = sheet_of(self.worker, JOURNALS, open_reader, EVER, by_hour=True)
        assert sheet.complete
        assert {} == {key: line for key, line in lines_of(sheet.balance).items() if not line.holds}
        return Counter(
            {(key.datastream_id, key.hour_ms, key.item.value, key.reason): n for key, n in sheet.balance.items()}
        )

    def judged(self) -> Counter[Key]:
        """What became of the deliveries, counted from those the store shows."""
        began = {one.session_id: one.datastream_id for one in self.store.sessions(SessionSearch(), limit=1000)}
        return Counter(
            (
                began.get(one.delivery.session_id, ""),
                hour_of(one.delivery.received_ms),
                "counted" if one.outcome.value == "accepted" else one.outcome.value,
                one.reason or "",
            )
            for session_id in (*began, "nobody")
            for one in self.store.judged(session_id)  # type: ignore[arg-type]
        )


OUTCOMES = {"counted", "duplicate", "dropped"}


def part_of(counts: Counter[Key], *, outcomes: bool) -> dict[Key, int]:
    """Of counts, what became of deliveries, or what came in."""
    return {key: n for key, n in counts.items() if n and (key[2] in OUTCOMES) == outcomes and key[2] != "waiting"}


@settings(max_examples=30)
@given(st.integers(0, (1 << 32) - 1))
def test_the_sheet_is_a_plain_count(seed: int) -> None:
    """What came in is in the sheet as soon as it is durable; in the end so is what became of it, in the store alone too."""
    dice = random.Random(seed)
    run = Run(dice)
    left = stream(dice)
    while left:
        some = left[: dice.randrange(1, 40)]
        left = left[len(some) :]
        run.write(some, some[-1].record.received_ms)
        run.work()
        assert part_of(run.written, outcomes=False) == part_of(run.sheet(), outcomes=False)
    run.write([], BEGIN_MS + DAY_MS + HOUR_MS)
    for log in run.on.logs.values():
        log.close(sealed=True)
    assert run.worker.catch_up(timeout_s=1000)
    assert run.judged() == part_of(run.sheet(), outcomes=True)
    stored = run.store.balance(*EVER)
    assert run.sheet() == Counter(
        {(key.datastream_id, key.hour_ms, key.item.value, key.reason): n for key, n in stored.items()}
    )
    assert {LineKey(key[0], key[1]) for key in run.written} == set(lines_of(stored))
    assert {DATASTREAMS[0], DATASTREAMS[1], ""} >= {key.datastream_id for key in stored}
