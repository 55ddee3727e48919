"""Values packed: what they echo, and what ads and chapters do."""

from playhead.events.event import Quality
from playhead.events.session import SessionStart
from playhead.sessions.echoes import ECHOES
from playhead.sessions.facts import PodDetails
from playhead.sessions.starts import STARTS

START = SessionStart(
    1_767_232_800_000,
    7,
    Quality(800, 3.5),
    "film",
    99.5,
    "vod",
    {"playerName": "p", "channel": "c"},
    "video",
    has_resume=True,
    metadata=(("plan", "free"), ("plan", "other")),
    identity_map={"ECID": [{"id": "1" * 38, "primary": True, "x": [None, 1.0, {}]}]},
    implementation_details={"name": "n"},
)


def test_a_start_is_unpacked_as_it_was() -> None:
    """Whole numbers stay whole, order and repeated names stay, what was absent is absent."""
    told = STARTS.pack((START, "1" * 38))
    assert isinstance(told, bytes)
    assert (START, "1" * 38) == STARTS.unpack(told)
    assert repr(START) == repr(STARTS.unpack(told)[0])


def test_usual_words_take_no_place() -> None:
    """Shorter than its own values are."""
    echo = {"friendlyName": "a", "streamFormat": "b", "firstDigitalDate": "c", "originator": "d", "appVersion": "e"}
    assert len(STARTS.pack((SessionStart(1, 0, None, "film", 10, "vod", echo), None))) < 70


def test_what_cannot_be_packed_stays_as_it_is() -> None:
    """A number beyond 64 bits in a value that is only passed on."""
    told = (SessionStart(1, 0, identity_map={"X": [{"id": 1 << 64}]}), None)
    assert told is STARTS.pack(told) is STARTS.unpack(told)


def test_an_echo_is_unpacked_as_it_was() -> None:
    """Of an ad with its break, of a chapter without."""
    ad = ({"name": "a", "length": 15}, (("k", "v"),), PodDetails(1, 30, "mid-roll"))
    chapter = ({"index": 1}, (), None)
    assert [ad, chapter] == [ECHOES.unpack(ECHOES.pack(one)) for one in (ad, chapter)]  # type: ignore[arg-type]
    assert len(ECHOES.pack(({"name": "x", "length": 15, "podPosition": 1, "playerName": "p"}, (), None))) < 30
