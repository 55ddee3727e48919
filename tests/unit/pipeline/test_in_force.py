"""Settings along recorded time."""

from playhead.base.settings import SettingsInForce
from playhead.base.units import DatastreamId
from playhead.pipeline.in_force import InForce

DS, OTHER = DatastreamId("ds"), DatastreamId("other")
OLD, NEW = SettingsInForce(idle_timeout_s=1), SettingsInForce(idle_timeout_s=2)


class Settings:
    """Settings that change."""

    def __init__(self) -> None:
        self.now = OLD

    def __call__(self, _datastream_id: DatastreamId) -> SettingsInForce:
        """Those of now."""
        return self.now


def at(in_force: InForce, now_ms: int, datastream_id: DatastreamId = DS) -> SettingsInForce:
    """What is in force then."""
    in_force.now_ms = now_ms
    return in_force(datastream_id)


def test_a_change_is_news_once() -> None:
    """From the first session on that begins under it, each datastream by itself."""
    settings = Settings()
    in_force = InForce(settings)
    assert [OLD, OLD, OLD] == [at(in_force, 5), at(in_force, 6), at(in_force, 6, OTHER)]
    assert {DS: [(5, OLD)], OTHER: [(6, OLD)]} == in_force.news()
    settings.now = NEW
    assert {} == in_force.news()
    assert [NEW, NEW] == [at(in_force, 7), at(in_force, 8)]
    assert {DS: [(7, NEW)]} == in_force.news()


def test_within_a_millisecond_nothing_changes() -> None:
    """Who began in it is not distinguished after a restart."""
    settings = Settings()
    in_force = InForce(settings)
    assert OLD == at(in_force, 5)
    settings.now = NEW
    assert [OLD, NEW] == [at(in_force, 5), at(in_force, 6)]
    assert {DS: [(5, OLD), (6, NEW)]} == in_force.news()


def test_what_is_taken_again_is_taken_under_what_was_in_force() -> None:
    """Those of now only where nothing is remembered, which is remembered then; also of the last millisecond."""
    settings = Settings()
    settings.now = NEW
    in_force = InForce(settings, {DS: [(5, OLD), (7, NEW), (9, OLD)]})
    in_force.again = True
    assert [OLD, OLD, NEW, NEW, OLD] == [at(in_force, now_ms) for now_ms in (1, 5, 7, 8, 9)]
    assert {} == in_force.news()
    assert NEW == at(in_force, 9, OTHER)
    assert {OTHER: [(9, NEW)]} == in_force.news()
    assert OLD == at(in_force, 1), "asked of an earlier time, the latest still is the one that nothing changes in"
    in_force.again = False
    assert [OLD, NEW] == [at(in_force, 9), at(in_force, 10)]
    assert {DS: [(10, NEW)]} == in_force.news()


def test_a_session_is_asked_about_by_when_it_began() -> None:
    """Where nothing is remembered, those of now; asking is no news."""
    settings = Settings()
    in_force = InForce(settings, {DS: [(5, OLD), (7, NEW)]})
    assert [OLD, OLD, NEW] == [in_force.then(DS, at_ms) for at_ms in (1, 6, 7)]
    assert OLD == in_force.then(OTHER, 7)
    assert {} == in_force.news()
