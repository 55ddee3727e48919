"""
Where a player is when a reverse proxy speaks for it (`X-Forwarded-For`).

Law: only a proxy the operator named is believed, and of what came to it only what it, or another named one, added: the
rest is the client's own word.
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network


def networks(written: Sequence[str]) -> tuple[Network, ...]:
    """
    Addresses and networks from their written form, as in `10.0.0.0/8`.

    Raises:
        ValueError: One of them is neither; the message names it.
    """
    return tuple(ip_network(one) for one in written)


def client_address(peer: str, forwarded: str, trusted: tuple[str, ...]) -> str:
    """
    The address a request came from.

    Args:
        peer: Of the connection; empty when unknown.
        forwarded: `X-Forwarded-For`, several joined by commas: the nearest last. Empty when there is none.
        trusted: Proxies that are believed, in written form and valid.

    Returns:
        The nearest address that is no trusted proxy; the last readable one where all are, or where what stands before
        it is no address.
    """
    believed = _networks(trusted)
    found = peer
    hops = [hop.strip() for hop in forwarded.split(",")] if forwarded else []
    while hops and _is_in(found, believed):
        before = _address(hops.pop())
        if before is None:
            break
        found = str(before)
    return found


_networks = lru_cache(maxsize=8)(networks)


def _is_in(written: str, believed: Sequence[Network]) -> bool:
    address = _address(written)
    return address is not None and any(address in network for network in believed)


def _address(written: str) -> IPv4Address | IPv6Address | None:
    """An address; one of version 4 written as version 6 is the one of version 4. None for anything else."""
    try:
        address = ip_address(written)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
