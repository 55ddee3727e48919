"""The ports of the console are fitted by what tests and the system give it."""

from api_world import AskableMemoryStore, ToldLive
from playhead.api.ports import ConsoleStore, Live, Pending
from playhead.base.units import SessionId


def test_a_processor_that_knows_nothing_says_so() -> None:
    """Nothing pending is empty, and a session not held open is none."""
    live: Live = ToldLive()
    assert Pending() == live.pending(SessionId("s1"))
    assert live.view(SessionId("s1")) is None


def test_the_memory_store_of_the_tests_is_a_store_of_the_console() -> None:
    """The types agree; checked by mypy as much as here."""
    store: ConsoleStore = AskableMemoryStore()
    assert store.session(SessionId("s1")) is None
