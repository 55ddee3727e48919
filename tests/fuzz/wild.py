"""
Clients that break HTTP: on raw sockets, in pieces, half, pipelined, with lengths that lie. The same seed does the same.

Every event has an id of its own as `_id` and as `requestId`; answers name it in `x-request-id`, so that what was
acknowledged is known whatever became of the connection.
"""

import json
import random
import re
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from collector_support import event, start_body

Piece = bytes | float
"""Bytes to send, or seconds to wait."""

QUIET_S = 8.0
"""A client leaves when it has an answer for each of its ids, or has heard nothing for so long."""

_ANSWER = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n")
_ID = re.compile(rb"(?im)^x-request-id: (wild-\d+)-[0-9a-f]{16}\r?$")
_LENGTH = re.compile(rb"(?im)^content-length: (\d+)\r?$")


class Script(NamedTuple):
    """What one client does: pieces in order, then it reads to the end, or (abrupt) is gone at once."""

    name: str
    pieces: Sequence[Piece]
    ids: frozenset[str]
    abrupt: bool = False


class Seen(NamedTuple):
    """
    What became of a client.

    Attributes:
        script: What it did.
        statuses: Of the answers, in order.
        acknowledged: Ids of events that were answered with success.
        certain: Whether it heard of all it sent: it waited, and the server did not give the connection up as no HTTP.
        rest: Bytes after the last answer.
    """

    script: Script
    statuses: list[int]
    acknowledged: set[str]
    certain: bool
    rest: bytes


class Wild:
    """
    Makes scripts.

    Attributes:
        session_id: Of the session that all events are of.
    """

    def __init__(self, seed: int, session_id: str, datastream: str) -> None:
        self._dice = random.Random(seed)
        self._turn = 0
        self.session_id = session_id
        self._datastream = datastream

    def script(self) -> Script:
        """The next one."""
        make = self._dice.choice(_MAKERS)
        pieces, ids = make(self)
        abrupt = make in _ABRUPT or self._dice.random() < 0.05
        return Script(make.__name__.strip("_"), pieces, frozenset(ids), abrupt)

    def _event(self) -> tuple[str, bytes]:
        """An id, and the body of an event with it."""
        self._turn += 1
        name = f"wild-{self._turn}"
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        made = event("ping", self.session_id, timestamp=stamp, playhead=self._turn)
        made["xdm"]["_id"] = name
        return name, json.dumps({"events": [made]}).encode()

    def _head(self, name: str, *headers: bytes, line: bytes = b"POST %b HTTP/1.1") -> bytes:
        target = b"/ee/va/v1/ping?requestId=" + name.encode()
        lines = [line % target if b"%b" in line else line, b"host: x", *headers]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def _whole(self, *headers: bytes, line: bytes = b"POST %b HTTP/1.1") -> tuple[str, bytes]:
        name, body = self._event()
        return name, self._head(name, b"content-length: %d" % len(body), *headers, line=line) + body

    def whole(self) -> tuple[list[Piece], list[str]]:
        """A good request, once or several pipelined."""
        made = [self._whole() for _ in range(self._dice.choice((1, 2, 5, 20)))]
        return [b"".join(data for _, data in made)], [name for name, _ in made]

    def pieces(self) -> tuple[list[Piece], list[str]]:
        """A good request in pieces, with time between."""
        name, data = self._whole()
        cuts = sorted(self._dice.sample(range(1, len(data)), self._dice.choice((1, 3, 12))))
        pieces: list[Piece] = []
        for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
            pieces += [data[begin:end], self._dice.choice((0.0, 0.002, 0.05))]
        return pieces, [name]

    def half(self) -> tuple[list[Piece], list[str]]:
        """Good requests, then half of one."""
        name, data = self._whole()
        _, cut = self._whole()
        return [data + cut[: self._dice.randrange(1, len(cut) - 1)]], [name]

    def chunked(self) -> tuple[list[Piece], list[str]]:
        """A good request in chunks of odd sizes, with extensions and trailers."""
        name, body = self._event()
        at, parts = 0, []
        while at < len(body):
            size = self._dice.choice((1, 2, 7, 64, 1000))
            part = body[at : at + size]
            extension = self._dice.choice((b"", b"", b";a=b", b';a="q"'))
            parts.append(
                (b"%X" if self._dice.random() < 0.5 else b"%x") % len(part) + extension + b"\r\n" + part + b"\r\n"
            )
            at += size
        trailer = self._dice.choice((b"", b"x-trailer: 1\r\n"))
        data = self._head(name, b"transfer-encoding: chunked") + b"".join(parts) + b"0\r\n" + trailer + b"\r\n"
        return [data], [name]

    def bad_chunks(self) -> tuple[list[Piece], list[str]]:
        """Chunks whose sizes are none."""
        name, body = self._event()
        size = self._dice.choice((b"-1", b"zz", b"", b"f" * 40, b"0x10", b"10\n", b" 5"))
        return [self._head(name, b"transfer-encoding: chunked") + size + b"\r\n" + body + b"\r\n0\r\n\r\n"], [name]

    def lying_length(self) -> tuple[list[Piece], list[str]]:
        """A length that is too small or too large, twice, or no number; what is left over is a request of its own."""
        name, body = self._event()
        good, whole = self._whole()
        size = len(body)
        lengths = self._dice.choice(
            (
                [b"%d" % (size - 20)], [b"%d" % (size + 20)], [b"%d" % (size + len(whole))], [b"%d" % size, b"%d" % size],
                [b"%d" % size, b"0"], [b"-1"], [b"+%d" % size], [b"0x10"], [b"9" * 30], [b""], [b"%d, %d" % (size, size)], [b"0"],
            )
        )  # fmt: skip
        head = self._head(name, *(b"content-length: " + length for length in lengths))
        return [head + body + whole], [name, good]

    def both_lengths(self) -> tuple[list[Piece], list[str]]:
        """A length and chunks at once, or an encoding nobody knows: the classic ways to hide a request."""
        name, body = self._event()
        hidden, whole = self._whole()
        coding = self._dice.choice(
            (b"chunked", b"xchunked", b"gzip, chunked", b"chunked, identity", b"\x0bchunked", b"identity")
        )
        between = self._dice.choice((b"transfer-encoding: ", b"Transfer-Encoding : ", b"transfer-encoding:\r\n "))
        head = self._head(name, b"content-length: %d" % len(body), between + coding)
        return [head + b"0\r\n\r\n" + whole + body], [name, hidden]

    def odd_line(self) -> tuple[list[Piece], list[str]]:
        """A request line of another kind."""
        line = self._dice.choice(
            (
                b"POST %b HTTP/1.0", b"POST %b HTTP/0.9", b"POST %b HTTP/3.0", b"POST %b", b"post %b HTTP/1.1", b"POST  %b HTTP/1.1",
                b"POST http://x%b HTTP/1.1", b"PUT %b HTTP/1.1", b"GET %b HTTP/1.1", b"OPTIONS %b HTTP/1.1", b"OPTIONS * HTTP/1.1",
                b"CONNECT x:80 HTTP/1.1", b"TRACE %b HTTP/1.1", b"POST %b\x00 HTTP/1.1", b"POST \xff%b HTTP/1.1", b"POST /%%zz%b HTTP/1.1",
                b"POST /" + b"a" * 9000 + b" HTTP/1.1", b"PRI * HTTP/2.0", b"BREW %b HTTP/1.1", b"\r\n\r\nPOST %b HTTP/1.1",
            )
        )  # fmt: skip
        line = line if line.count(b"%") == 1 else line.replace(b"%b", b"/ee/va/v1/ping").replace(b"%%", b"%")
        name, data = self._whole(line=line)
        return [data], [name]

    def odd_headers(self) -> tuple[list[Piece], list[str]]:
        """Headers that are too many, too long, folded, not headers, or ask for something else."""
        extra = self._dice.choice(
            (
                [b"x-%d: y" % n for n in range(300)], [b"x: " + b"y" * 20_000], [b"x: " + b"y" * 40_000], [b"no colon"], [b": empty"],
                [b"x: a\r\n folded"], [b"x: a\nset-cookie: b"], [b"x: \x00"], [b"bad name: x"], [b"x: \xff\xfe"], [b"host: y"],
                [b"expect: 100-continue"], [b"expect: teapot"], [b"upgrade: websocket", b"connection: upgrade"],
                [b"upgrade: h2c", b"connection: upgrade, http2-settings", b"http2-settings: AAMAAABkAAQAAP__"],
                [b"connection: close"], [b"connection: keep-alive, close"], [b"content-type: text/plain"], [b"origin: https://a.example"],
                [b"cookie: " + b"a=b; " * 900], [b"content-encoding: gzip"],
            )
        )  # fmt: skip
        name, data = self._whole(*extra)
        return [data], [name]

    def noise(self) -> tuple[list[Piece], list[str]]:
        """No HTTP at all, or not for long."""
        name, data = self._whole()
        noise = self._dice.choice(
            (
                self._dice.randbytes(200), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 300, b"\x00" * 2000,
                b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00" * 9, b"\r\n" * 500, b"{" * 5000, b"GET", b"\xff" * 40_000,
            )
        )  # fmt: skip
        return ([data + noise], [name]) if self._dice.random() < 0.5 else ([noise + data], [name])

    def turned(self) -> tuple[list[Piece], list[str]]:
        """A good request with some bytes of it changed, but not where it says its id."""
        name, data = self._whole()
        spoiled = bytearray(data)
        for _ in range(self._dice.choice((1, 2, 10))):
            at = self._dice.randrange(len(spoiled))
            if b"wild" not in data[max(0, at - 12) : at + 16]:
                spoiled[at] = self._dice.randrange(256)
        return [bytes(spoiled)], [name]

    def gone(self) -> tuple[list[Piece], list[str]]:
        """Good requests of a client that does not wait for answers."""
        made = [self._whole() for _ in range(self._dice.choice((1, 3, 30)))]
        data = b"".join(data for _, data in made)
        return [data[: self._dice.randrange(1, len(data) + 1)]], [name for name, _ in made]

    def large(self) -> tuple[list[Piece], list[str]]:
        """Bodies about as large as may be, and much larger ones that are announced, or not."""
        name, _ = self._event()
        size = self._dice.choice((65_535, 65_536, 65_537, 200_000))
        if self._dice.random() < 0.5:
            return [self._head(name, b"content-length: %d" % size) + b" " * size], [name]
        return [self._head(name, b"transfer-encoding: chunked") + b"%x\r\n" % size + b" " * size + b"\r\n0\r\n\r\n"], [
            name
        ]

    def start(self) -> tuple[list[Piece], list[str]]:
        """A session start, which is answered with a body."""
        self._turn += 1
        name = f"wild-{self._turn}"
        body = json.dumps(start_body(client_id=name)).encode()
        target = f"/ee/va/v1/sessionStart?configId={self._datastream}&requestId={name}".encode()
        return [b"POST " + target + b" HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body) + body], [name]


_MAKERS: tuple[Callable[[Wild], tuple[list[Piece], list[str]]], ...] = (
    *(
        Wild.whole,
        Wild.pieces,
        Wild.half,
        Wild.chunked,
        Wild.bad_chunks,
        Wild.lying_length,
        Wild.both_lengths,
        Wild.odd_line,
    ),
    *(Wild.odd_headers, Wild.noise, Wild.turned, Wild.gone, Wild.large, Wild.start),
)
_ABRUPT = {Wild.gone}


def play(address: tuple[str, int], script: Script) -> Seen:
    """Do what a script says; what came of it."""
    reply = b""
    with socket.create_connection(address, timeout=60) as connection:
        try:
            for piece in script.pieces:
                if isinstance(piece, float):
                    time.sleep(piece)
                else:
                    connection.sendall(piece)
            connection.settimeout(QUIET_S)
            while not script.abrupt and (part := connection.recv(65_536)):
                reply += part
                if len([status for status in _seen(script, reply).statuses if status >= 200]) >= len(script.ids):
                    break
        except (ConnectionError, TimeoutError):
            pass  # the server closed, or waits for more: what was answered until then is what was answered
    return _seen(script, reply)


def _seen(script: Script, reply: bytes) -> Seen:
    statuses, acknowledged, at, certain = [], set(), 0, not script.abrupt
    while answer := _ANSWER.match(reply, at):
        status, head = int(answer[1]), answer[2]
        length = _LENGTH.search(head)
        at = answer.end() + (int(length[1]) if length and status not in {100, 204} else 0)
        statuses.append(status)
        if status == 100:
            continue
        named = _ID.search(head)
        if b"x-request-id: " not in head:
            certain = False  # the server's own: what came before on this connection may be unanswered
        elif named and 200 <= status < 300 and b"access-control-max-age" not in head:
            acknowledged.add(named[1].decode())
    return Seen(script, statuses, acknowledged, certain and at == len(reply), reply[at:])


def play_all(address: tuple[str, int], wild: Wild, count: int, *, clients: int = 24) -> list[Seen]:
    """Many scripts, several at a time."""
    scripts = [wild.script() for _ in range(count)]
    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(lambda script: play(address, script), scripts))
