"""One request and what every answer to it needs: its ids, location, origin, and the journal records about it."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from playhead.base.limits import REFUSED_BODY_BYTES_MAX
from playhead.collector.forwarded import client_address
from playhead.collector.paths import Route
from playhead.collector.ports import CollectorWorld, Datastream, Reply, Request
from playhead.collector.query import Query, read_query
from playhead.wire.answers import (
    CONTENT_EMPTY,
    CONTENT_JSON,
    CONTENT_PROBLEM,
    RETRY_AFTER_S,
    UUID_BYTES,
    HeaderList,
    cors_headers,
    frame,
    gateway_body,
    request_id_header,
    success_body,
    uuid4,
)
from playhead.wire.decode import media_events
from playhead.wire.handles import Handle, in_order
from playhead.wire.record import RECORD_VERSION, Minted, Record, encode_record
from playhead.wire.refusals import GATEWAY, Refusal

OTHER_ROUTE = "other"
"""Route name of all paths that do not exist, for counting."""

NONE_SKIPPED: Mapping[int, str] = MappingProxyType({})

_EVENTS_SUFFIXES = ("/interact", "/collect")
"""Ends of the gateway's routes that take events."""

_SUBJECT_CHARS_MAX = 256


class Exchange:
    """
    A request being answered.

    Attributes:
        request: The request.
        world: Everything else.
        route: Where it was sent; None for a path that does not exist.
        headers: Its headers by name in lower case; of one that comes twice the last.
        query: What its query says.
        hint: Location hint of the answer: that of the path, else the server's (protocol.md 3.2).
    """

    __slots__ = ("headers", "hint", "query", "request", "route", "world")

    def __init__(self, request: Request, world: CollectorWorld, route: Route | None) -> None:
        self.request = request
        self.world = world
        self.route = route
        self.headers = dict(request.headers)
        self.query = read_query(request.query)
        self.hint = (route.hint if route is not None else None) or world.config.location_hint

    def body_request_id(self) -> str:
        """`requestId` of the body: the client's, else a fresh UUID (protocol.md C17)."""
        return self.query.request_id or uuid4(self.world.entropy.take(UUID_BYTES))

    def datastream(self) -> Datastream | Refusal:
        """The datastream it names, its environment suffix left out (protocol.md C35), or why there is none for it."""
        config_id = self.query.config_id
        if config_id is None:
            return Refusal.DATASTREAM_MISSING
        found = self.world.datastreams.get(self.query.datastream_id)
        if found is None:
            return Refusal.DATASTREAM_UNKNOWN
        return found if found.enabled else Refusal.DATASTREAM_DISABLED

    def reply(
        self,
        status: int,
        body: bytes = b"",
        *,
        extra: HeaderList | None = None,
        accepted: bytes | None = None,
        refused: bytes | None = None,
        reasons: tuple[str, ...] = (),
    ) -> Reply:
        """An answer with the headers of protocol.md 4.4 and 4.7; the Content-Type follows from status and body."""
        headers = self.world.headers(self.hint)
        headers.append((b"x-request-id", request_id_header(self.query.request_id, self.world.entropy.take(UUID_BYTES))))
        if body:
            headers.append(CONTENT_PROBLEM if status >= 400 else CONTENT_JSON)
            headers.append((b"content-length", str(len(body)).encode()))
        elif status != 204:
            headers.append(CONTENT_EMPTY)
        origin = self.headers.get(b"origin")
        if origin:
            headers += cors_of(origin, self.query, self.world)
        if extra:
            headers += extra
        name = OTHER_ROUTE if self.route is None else self.route.name
        return Reply(status, headers, body, name, accepted, refused, reasons, self.hint)

    def success(
        self,
        handles: list[Handle],
        streaming: tuple[str, str] | None,
        *,
        errors: Sequence[dict[str, Any]] = (),
        accepted: bytes | None = None,
        refused: bytes | None = None,
        reasons: tuple[str, ...] = (),
    ) -> Reply:
        """A 200, or a 207 when there are errors, framed as the client asked (protocol.md 4.1 to 4.3)."""
        body = frame(success_body(self.body_request_id(), in_order(handles), errors), streaming)
        return self.reply(207 if errors else 200, body, accepted=accepted, refused=refused, reasons=reasons)

    def refuse(self, refusal: Refusal, subject: str = "", *, keep: bool = True) -> Reply:
        """
        A gateway error (protocol.md 4.5 E).

        Args:
            refusal: One of the gateway's family.
            subject: What its detail is about; for datastreams, the id that was sent.
            keep: Whether it is journalled if it carries media events.
        """
        body = gateway_body(
            refusal, self.body_request_id(), (subject or self.query.config_id or "")[:_SUBJECT_CHARS_MAX]
        )
        status = GATEWAY[refusal].status
        return self.reply(
            status,
            body,
            extra=[(b"retry-after", str(RETRY_AFTER_S).encode())] if status == 503 else None,
            refused=self.refused_record(refusal) if keep and self.route is not None else None,
            reasons=(refusal.value,),
        )

    def accepted_record(
        self,
        datastream: Datastream | None,
        minted: Sequence[Minted] = (),
        skipped: Mapping[int, str] = NONE_SKIPPED,
        media_events: int = 0,
    ) -> bytes:
        """
        The journal record of what was taken.

        Args:
            datastream: The one it was taken for; None on event calls, which keep the id that was sent, if any.
            minted: What its starts and downloads were given. Network facts are kept with these only, and only as the
                datastream's privacy settings allow.
            skipped: Index of each event that was refused, in order, with its code.
            media_events: How many there were, refused ones included; 0: all of them were and were taken.
        """
        route = self.route
        assert route is not None, "only what exists takes events"
        client_ip = user_agent = ""
        if minted and datastream is not None:
            client_ip = self._client_address() if datastream.keep_ip else ""
            user_agent = self._text_header(b"user-agent") if datastream.keep_user_agent else ""
        return encode_record(
            Record(
                RECORD_VERSION,
                self.request.received_ms,
                route.name,
                route.base,
                self.query.datastream_id if datastream is None else datastream.id,
                self.query.request_id,
                self.request.body,
                tuple(minted),
                tuple(skipped),
                "",
                client_ip,
                user_agent,
                media_events,
                tuple(skipped.values()),
            )
        )

    def refused_record(self, reason: str, skipped: Mapping[int, str] = NONE_SKIPPED) -> bytes | None:
        """
        The journal record of a refused request: the beginning of its body, without network facts.

        None where it had nothing to do with media events.

        Args:
            reason: Code of the refusal.
            skipped: Index and code of each event that was refused by itself, in order; none where all have that reason.
        """
        route = self.route
        assert route is not None, "only requests to routes that exist are recorded"
        if route.action is None and not route.name.endswith(_EVENTS_SUFFIXES):
            return None
        events = len(skipped) or media_events(route.name, self.request.body)
        if not events and route.action is None:
            return None
        datastream_id = self.query.datastream_id
        broken = reason == Refusal.UNEXPECTED.value  # what a mistake of ours ran into is not asked again
        return encode_record(
            Record(
                RECORD_VERSION,
                self.request.received_ms,
                route.name,
                route.base,
                datastream_id,
                self.query.request_id,
                self.request.body[:REFUSED_BODY_BYTES_MAX],
                skipped=tuple(skipped),
                reason=reason,
                media_events=max(1, events),
                skipped_reasons=tuple(skipped.values()),
                known=not broken and self.world.datastreams.get(datastream_id) is not None,
            )
        )

    def _client_address(self) -> str:
        """Where the player is, as far as trusted proxies say."""
        trusted = self.world.config.trusted_proxies
        if not trusted:
            return self.request.client_ip
        said = [value.decode("latin-1") for name, value in self.request.headers if name == b"x-forwarded-for"]
        return client_address(self.request.client_ip, ",".join(said), trusted)

    def cookies(self) -> list[str]:
        """Values of its Cookie headers; HTTP/2 clients may send several."""
        return [value.decode("latin-1") for name, value in self.request.headers if name == b"cookie"]

    def _text_header(self, name: bytes) -> str:
        return self.headers.get(name, b"")[:_USER_AGENT_BYTES_MAX].decode("latin-1")


def cors_of(origin: bytes, query: Query, world: CollectorWorld) -> HeaderList:
    """
    Protocol.md 4.7: every origin, unless the operator listed some; the datastream's list comes first.

    One that could not stand in a header is none: servers refuse it before us, and we do not rely on that.
    """
    if _HEADER_VALUE.fullmatch(origin) is None:
        return []
    datastream = world.datastreams.get(query.datastream_id)
    allowed = world.config.allowed_origins
    if datastream is not None and datastream.allowed_origins:
        allowed = datastream.allowed_origins
    return cors_headers(origin) if not allowed or origin.decode("latin-1").lower() in allowed else []


_USER_AGENT_BYTES_MAX = 1_024
_HEADER_VALUE = re.compile(rb"[\x20-\x7e\x80-\xff]+")
