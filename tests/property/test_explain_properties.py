"""Every number of every session can be opened up, and what is in it makes the number."""

from pathlib import Path

import pytest
from hypothesis import given

from oracle import viewings as disturbed
from playhead.base.settings import DEFAULT_SETTINGS
from playhead.reporting.outputs import SessionRecord
from property.explained import explanations
from property.running import Ran
from property.strategies import Journey, Viewing, delivered, ended, journeys, viewings
from property.test_against_oracle import Told
from timelines.scripts import play

GOLDEN = sorted((Path(__file__).parents[1] / "timelines").glob("*.txt"))


@given(viewings(), journeys)
def test_every_number_is_made_of_its_terms(viewing: Viewing, journey: Journey) -> None:
    """Recomputed from the terms, each field is what the record shows, whatever way its events came."""
    deliveries = journey.deliver([viewing.start, *viewing.events, ended(viewing)])
    explanations(deliveries, DEFAULT_SETTINGS, Ran().take(deliveries).close().record)


@given(viewings())
def test_an_open_session_is_explained_as_if_it_closed_now(viewing: Viewing) -> None:
    """What is seen of an open session can be opened up too."""
    deliveries = delivered([viewing.start, *viewing.events])
    record = Ran().take(deliveries).reporter.view(deliveries[0].session_id)
    assert record is not None
    explanations(deliveries, DEFAULT_SETTINGS, record)


@given(disturbed.viewings())
def test_disturbed_sessions_are_explained(viewing: disturbed.Viewing) -> None:
    """Late, repeated, flushed and skewed deliveries and other settings: the numbers are made of what was accepted."""
    record = Told(viewing).record
    assert record is not None
    explanations(viewing.deliveries, viewing.settings, record)


@given(disturbed.downloads())
def test_downloaded_sessions_are_explained(viewing: disturbed.Viewing) -> None:
    """Events inside a download are named by their place in it."""
    record = Told(viewing).record
    assert record is not None
    explanations(viewing.deliveries, viewing.settings, record)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_viewings_are_explained(path: Path) -> None:
    """Each golden viewing opens up to what it says we learned."""
    run = play(path.read_text())
    records = {output.session_id: output for output in run.outputs if isinstance(output, SessionRecord)}
    for session_id, record in records.items():
        explanations(run.history.kept[session_id], run.settings, record)
