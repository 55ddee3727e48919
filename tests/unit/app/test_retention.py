"""How long a deployment keeps its data."""

from playhead.app.retention import policy_of
from playhead.app.settings import RetentionSettings
from playhead.base.units import DatastreamId
from playhead.deployment.datastreams import Datastream
from playhead.pipeline.retention import Days, Policy


def test_a_datastream_has_its_own_days_or_the_servers() -> None:
    """Class by class."""
    settings = RetentionSettings(events_days=30, sessions_days=365)
    own = Datastream(id=DatastreamId("own"), name="own", events_days=7, rows_days=90)
    plain = Datastream(id=DatastreamId("plain"), name="plain")
    expected = Policy(Days(30, None, 365), {own.id: Days(7, 90, 365), plain.id: Days(30, None, 365)})
    assert expected == policy_of(settings, [own, plain])


def test_the_size_of_the_journals_is_told_in_gigabytes() -> None:
    """Decimal ones; unset is no bound."""
    assert 1_500_000_000 == policy_of(RetentionSettings(journal_gb=1.5), ()).journal_bytes
    assert None is policy_of(RetentionSettings(), ()).journal_bytes
