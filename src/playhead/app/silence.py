"""
Connections that say nothing are closed, whoever holds them.

The server behind TLS keeps its connections to itself and bounds the silence of none but HTTP/1.1; a player that vanished
would be held for ever. The kernel knows all of them: which descriptors of this process are connections to our port, and
when the last byte came.

Law: only connections that were accepted on the given port are touched. On systems that cannot say how long a connection
was silent nothing is closed.
"""

import contextlib
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

_DESCRIPTORS = Path("/proc/self/fd")
_LAST_RECEIVED = struct.Struct("@52xI")
"""`tcpi_last_data_recv` in Linux' `struct tcp_info`: ms since the last byte, or since the connection began."""


def close_silent(port: int, silent_s: float) -> int:
    """
    Close connections that were accepted on a port and have said nothing for a while; how many they were.

    Their client reads the end; whoever holds them here too. Blocks for some ms with thousands of connections. Call it
    from any thread.

    Args:
        port: Of the listener.
        silent_s: 0 closes every connection.
    """
    count = 0
    for connection in _accepted(port):
        with contextlib.suppress(OSError):  # its client was faster
            if silence_ms(connection) >= silent_s * 1000:
                connection.shutdown(socket.SHUT_RDWR)
                count += 1
    return count


def silence_ms(connection: socket.socket) -> int:
    """
    Milliseconds since the last byte of a connection came.

    Raises:
        OSError: It is no TCP connection.
    """
    known = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_RECEIVED.size)
    return int(_LAST_RECEIVED.unpack(known)[0])


def _accepted(port: int) -> Iterator[socket.socket]:
    """Every connection to the port that this process holds, under a descriptor of its own while it is looked at."""
    if not hasattr(socket, "TCP_INFO"):
        return
    try:
        names = os.listdir(_DESCRIPTORS)  # noqa: PTH208 - thousands of names, no paths needed
    except OSError:  # no such account here, or no descriptor left to read it with: another time
        return
    for name in names:
        with contextlib.suppress(OSError), _looked_at(int(name)) as found:  # not connected, or closed meanwhile
            if found.family in {socket.AF_INET, socket.AF_INET6} and found.getsockname()[1] == port:
                found.getpeername()
                yield found


def _looked_at(descriptor: int) -> socket.socket:
    """
    The socket of a descriptor that is another's, under one of our own.

    Raises:
        OSError: It is closed, or no socket.
    """
    ours = os.dup(descriptor)
    try:
        return socket.socket(fileno=ours)
    except OSError:
        os.close(ours)
        raise
