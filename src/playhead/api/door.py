"""
The outermost layer of the console: which hosts it answers to, what every answer carries, what is counted.

Law: no answer leaves without the security headers, whoever made it; no page of another site can read an answer.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from playhead.api.meters import Tally
from playhead.api.problems import MEDIA_TYPE, encoded, problem

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})

SECURITY_HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
"""Set on every answer unless its handler set them itself (the demo page needs `media-src`, assets may be cached)."""


def host_name(header: str) -> str:
    """The name in a `Host` header, without port and brackets, in lower case: `[::1]:8081` is `::1`."""
    text = header.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.rpartition(":")[0] if text.count(":") == 1 else text


class Door:
    """The console as an ASGI application: the API inside, hosts and headers outside."""

    def __init__(
        self,
        inside: ASGIApp,
        hosts: frozenset[str] | None,
        tally: Tally,
        monotonic_s: Callable[[], float] = time.perf_counter,
    ) -> None:
        """
        Wrap an application.

        Args:
            inside: The application.
            hosts: Lower-case names it is known by, beside the loopback ones; None answers to every name (a token is
                required then: a page that was bound to our address has none, decision 0071).
            tally: Where requests are counted.
            monotonic_s: A clock for durations.
        """
        self._inside = inside
        self._hosts = None if hosts is None else hosts | LOOPBACK_HOSTS
        self._tally = tally
        self._monotonic_s = monotonic_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, websocket (none is offered) or the lifespan."""
        if scope["type"] != ScopeType.HTTP:
            await self._inside(scope, receive, send)
            return
        began_s = self._monotonic_s()

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _with_security(list(message["headers"]))
                route = scope.get("path_template") or "none"
                self._tally.count("console", str(route), message["status"], self._monotonic_s() - began_s)
            await send(message)

        if self._hosts is not None and host_name(_host_of(scope)) not in self._hosts:
            await _refuse_host(dressed)
            return
        await self._inside(scope, receive, dressed)


def _host_of(scope: Mapping[str, Any]) -> str:
    for name, value in scope["headers"]:
        if name == b"host":
            return str(value.decode("latin-1"))
    return ""


def _with_security(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers, with those of ours that are not among them."""
    there = {name.lower() for name, _ in headers}
    return headers + [
        (name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items() if name.encode() not in there
    ]


async def _refuse_host(send: Send) -> None:
    body = encoded(
        problem(
            421,
            "The console does not answer to this host name. Call it by its address, or add the name to the hosts of"
            " its configuration.",
        )
    )
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 421, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
