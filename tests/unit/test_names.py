"""Every event class has its name on the wire."""

from playhead.events.names import ACTION_OF


def test_nineteen_actions_each_once() -> None:
    """The protocol has 19 operations and each belongs to one event."""
    assert len(ACTION_OF) == 19
    assert len(set(ACTION_OF.values())) == 19
