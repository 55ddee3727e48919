"""Settings, and who goes by them."""

import msgspec

from playhead.base.settings import SessionSettings, read_by


def test_settings_in_force_are_the_settings_and_a_version() -> None:
    """All of them, whoever went by them before; another version is another value."""
    own = SessionSettings(idle_timeout_s=7, max_states=3, federated=True, person_namespace="CRM")
    old = read_by("0.1", own)
    assert {**msgspec.to_builtins(own), "server_version": "0.1"} == msgspec.to_builtins(old)
    assert read_by("0.2", own) == read_by("0.2", old) != old
