"""Settings are declared once, each with a meaning; defaults are taken from where they are specified."""

from playhead.app.settings import DECLARED, SESSION_MEANINGS, Settings
from playhead.base.settings import DEFAULT_SETTINGS, SessionSettings
from playhead.collector.config import CollectorConfig


def test_session_settings_are_those_of_the_core() -> None:
    """Each of them has a meaning, none is invented, and their defaults are the specified ones."""
    assert tuple(SESSION_MEANINGS) == SessionSettings.__struct_fields__
    assert Settings().sessions == DEFAULT_SETTINGS


def test_limits_of_the_door_are_its_own() -> None:
    """The defaults of [collector] are those of the collector."""
    ours, door = Settings().collector, CollectorConfig()
    shared = set(ours.__struct_fields__) & set(door.__struct_fields__)
    assert len(shared) == 9
    assert {name: getattr(ours, name) for name in shared} == {name: getattr(door, name) for name in shared}


def test_keys_and_variables() -> None:
    """A key is table and name; its variable says both, in capitals."""
    assert (DECLARED["data_dir"].table, DECLARED["data_dir"].variable) == ("", "PLAYHEAD_DATA_DIR")
    declared = DECLARED["collector.tls_self_signed"]
    assert (declared.table, declared.name) == ("collector", "tls_self_signed")
    assert declared.variable == "PLAYHEAD_COLLECTOR_TLS_SELF_SIGNED"
    assert len({one.variable for one in DECLARED.values()}) == len(DECLARED)
