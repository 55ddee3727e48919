"""Who watches."""

import random
from collections import Counter

from playhead.viewers.mix import USUAL, Mix
from playhead.viewers.people import Sdk, Viewer, viewer_of


def viewer(number: int, mix: Mix = USUAL) -> Viewer:
    """One of them."""
    return viewer_of(number, lambda name: random.Random(f"1 {name}"), mix)


def test_a_viewer_is_always_the_same() -> None:
    """The number names the person: identity, device and all."""
    assert viewer(7) == viewer(7)
    assert viewer(7).identity != viewer(8).identity


def test_shares_follow_the_mix() -> None:
    """Half of the devices are browsers, and none are of a share of 0."""
    found = Counter(viewer(number).sdk for number in range(1_000))
    assert 430 < found[Sdk.WEB] < 570
    assert {viewer(number, Mix(web=0, ios=0, android=0)).sdk for number in range(20)} == {Sdk.ROKU}


def test_only_devices_that_make_their_ecid_know_it() -> None:
    """A phone's is 38 digits; a browser has a first-party id, and the server makes the rest."""
    for number in range(50):
        one = viewer(number)
        if one.sdk is Sdk.WEB:
            assert one.ecid is None
            assert one.identity.startswith("fp-")
        else:
            assert one.ecid is not None
            assert (len(one.ecid), one.ecid.isdigit()) == (38, True)
