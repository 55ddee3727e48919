"""Only named proxies are believed about where a player is."""

import re

import pytest

from playhead.collector.forwarded import client_address, networks

TRUSTED = ("127.0.0.1", "10.0.0.0/8", "fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("127.0.0.1", "1.1.1.1, 203.0.113.7,10.1.2.3 ", "203.0.113.7"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:10.0.0.9", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1"),
        ("127.0.0.1", "unknown, 10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("198.51.100.1", "203.0.113.7", "198.51.100.1"),
        ("", "203.0.113.7", ""),
        ("127.0.0.1", ",,,", "127.0.0.1"),
    ],
)
def test_the_nearest_that_is_no_proxy(peer: str, forwarded: str, expected: str) -> None:
    """From the connection backwards, as long as trusted proxies speak; what a client claims further back is not read."""
    assert client_address(peer, forwarded, TRUSTED) == expected


def test_nobody_is_believed_unnamed() -> None:
    """Without trusted proxies the header says nothing."""
    assert client_address("127.0.0.1", "203.0.113.7", ()) == "127.0.0.1"


@pytest.mark.parametrize("written", ["proxy.example", "10.0.0.1/8", "10.0.0.0/33"])
def test_what_is_no_network(written: str) -> None:
    """A name, or a network with host bits, is an error that quotes it."""
    with pytest.raises(ValueError, match=re.escape(written)):
        networks([written])
