"""How somebody watches something."""

import random
from collections.abc import Iterator
from itertools import pairwise

from playhead.viewers.catalogue import OF_KIND, TITLES, Title
from playhead.viewers.mix import Mix
from playhead.viewers.network import Network
from playhead.viewers.notebook import Notebook
from playhead.viewers.people import viewer_of
from playhead.viewers.player import FAR_MS, Said
from playhead.viewers.script import SPACING_S, Viewing

BEGIN_MS = 1_767_571_200_000
CALM = Mix(
    ads=0, pauses=0, seeks=0, buffering=0, stalls=0, bitrates=0, errors=0, states=0, leaving=0, vanishing=0, forgotten=0,
    rates=0, retries=0, reordering=0, offline=0, downloads=0, refusals=0,
)  # fmt: skip


def watched(title: Title, mix: Mix, seed: int, until_ms: int = FAR_MS) -> tuple[Viewing, list[Said]]:
    """A viewing to its end, and all it said."""
    dice = random.Random(seed)

    def network(notebook: Notebook) -> Network:
        return Network(seed, viewer, dice, mix, notebook)

    viewer = viewer_of(seed, lambda name: random.Random(f"{seed} {name}"), mix)
    viewing = Viewing(
        viewer, title, dice, mix, now_ms=BEGIN_MS, until_ms=until_ms, make_network=network, forgetting=True
    )
    said: list[Said] = []
    for _ in viewing.steps():
        said += viewing.player.said
        viewing.player.said.clear()
    return viewing, said + viewing.player.said


def many(mix: Mix) -> Iterator[tuple[Viewing, list[Said]]]:
    """Viewings of all titles."""
    for seed, title in enumerate(TITLES):
        yield watched(title, mix, seed, BEGIN_MS + 6 * 3_600_000)


def test_an_undisturbed_viewing_is_seen_whole() -> None:
    """From the start to the end, with all its chapters, and complete."""
    viewing, said = watched(OF_KIND["episodes"][0], CALM, 3)
    truth = viewing.notebook.truth(0, 0, None)
    details = truth.session_details
    begin_s = said[0].collection["playhead"]
    assert details["uniqueTimePlayed"] == details["length"] - begin_s
    assert details["isCompleted"] is True
    assert all(chapter["chapterDetails"]["isCompleted"] for chapter in truth.chapters)


def test_what_is_said_is_in_order() -> None:
    """The session begins first, an end comes last, and no two events share a millisecond."""
    for _, said in many(Mix()):
        times = [one.said_ms for one in said]
        assert times == sorted(set(times))
        assert [n for n, one in enumerate(said) if one.action == "sessionStart"] == [0]
        assert all(n == len(said) - 1 for n, one in enumerate(said) if one.action == "sessionEnd")


def test_playheads_are_seconds_within_the_content() -> None:
    """None is beyond its length."""
    for viewing, said in many(Mix(seeks=5, rates=5)):
        assert all(0 <= one.collection["playhead"] <= viewing.title.length_s for one in said)


def test_the_run_ends_for_everybody() -> None:
    """Whoever still watches leaves: some with a word, some without; nothing is said after it but that."""
    endings = set()
    for seed in range(30):
        viewing, said = watched(OF_KIND["films"][1], CALM, seed, BEGIN_MS + 60_000)
        endings.add(viewing.notebook.ending)
        assert said[-1].said_ms <= BEGIN_MS + 60_010
    assert endings == {"end", "idle"}


def test_marks_of_the_content_are_further_apart_than_what_happens_between_them() -> None:
    """There is room for an incident between any two."""
    for title in TITLES:
        edges = {0, title.length_s, *(place.offset_s for place in title.breaks)}
        for chapter in title.chapters:
            edges |= {chapter.offset_s, chapter.end_s}
        ordered = sorted(edges)
        assert all(after - before > 2 * SPACING_S for before, after in pairwise(ordered))


def test_the_stories_are_told() -> None:
    """At its second mid-roll one episode loses many of its viewers."""
    bad = next(title for title in TITLES if any(place.left for place in title.breaks))
    mix = Mix(leaving=0, vanishing=0, errors=0, forgotten=0, offline=0)
    lost = [
        viewing
        for viewing, _ in (watched(bad, mix, seed) for seed in range(60))
        if viewing.notebook.ads and viewing.notebook.ads[-1].place.number == 2 and not viewing.notebook.completed
    ]
    assert 8 < len(lost) < 32
