"""
The heart of the collector: a request and the world in, what to answer and what to keep out. Pure: no socket, no disk.

Law: steps go in the order of protocol.md 8.1: size, content type, JSON, datastream, `events`, each event's fields, the
session, whether it still takes events. All field errors are found before the answer. Nothing of a refused event is
ever in an accepted record without being named there as skipped.
"""

from playhead.collector import gateway, media
from playhead.collector.exchange import Exchange
from playhead.collector.paths import EVENT_ACTIONS, START_ACTIONS, Route
from playhead.collector.ports import CollectorWorld, Reply, Request
from playhead.collector.query import content_type_taken
from playhead.collector.usual import answer_usual
from playhead.wire.answers import ALLOW, preflight_headers
from playhead.wire.refusals import Refusal
from playhead.wire.values import mended

HEALTH_PATH = "/healthz"


def handle(request: Request, world: CollectorWorld) -> Reply:
    """
    Answer one request. Never raises for anything a client can send.

    Args:
        request: The request, its body complete.
        world: Keys, datastreams, settings, dice, closings.

    Returns:
        The answer, and the journal record that must be on disk before it is sent, if there is one.
    """
    route = world.paths.find(request.path)
    if route is None or request.method != "POST":
        return answer_without_body(request, world, route)
    action = route.action
    if action in EVENT_ACTIONS and len(request.body) <= world.config.max_body_bytes:
        reply = answer_usual(request, world, route)
        if reply is not None:
            return reply
    return handle_unusual(request, world, route)


def handle_unusual(request: Request, world: CollectorWorld, route: Route) -> Reply:
    """As `handle`, for a POST to a route, without the short cut of `collector.usual`."""
    exchange = Exchange(request, world, route)
    if len(request.body) > body_bytes_max(route, world):
        return exchange.refuse(Refusal.TOO_LARGE)
    if not content_type_taken(exchange.headers.get(b"content-type")):
        return exchange.refuse(Refusal.CONTENT_TYPE)
    if b"\\u" in request.body:
        request.body = mended(request.body)
    action = route.action
    if action is None:
        return gateway.answer(exchange)
    if action in START_ACTIONS:
        return media.answer_start(exchange)
    return media.answer_event(exchange)


def answer_without_body(request: Request, world: CollectorWorld, route: Route | None) -> Reply:
    """The answer where no body is read: health, paths that do not exist, methods other than POST (protocol.md 3.1)."""
    method = request.method
    exchange = Exchange(request, world, route)
    if request.path == HEALTH_PATH and method in {"GET", "HEAD"}:
        reply = exchange.reply(200, b'{"status":"ok"}')
        reply.route = "healthz"
        return reply
    if route is None:
        return exchange.reply(404, reasons=(Refusal.ROUTE_UNKNOWN.value,))
    if method == "OPTIONS":
        return exchange.reply(204, extra=preflight_headers(exchange.headers.get(b"access-control-request-headers")))
    return exchange.reply(405, extra=[ALLOW], reasons=(Refusal.METHOD_NOT_ALLOWED.value,))


def refuse(request: Request, world: CollectorWorld, refusal: Refusal, *, keep: bool = True) -> Reply:
    """
    A gateway error the door decided on by itself: a body that is too large or never came, overload, a bug.

    Args:
        request: The request; its body may be incomplete.
        world: As for `handle`.
        refusal: One of the gateway's family.
        keep: Whether it is journalled if it carries media events.
    """
    return Exchange(request, world, world.paths.find(request.path)).refuse(refusal, keep=keep)


def body_bytes_max(route: Route, world: CollectorWorld) -> int:
    """Most bytes of a body that is sent to this route (protocol.md 4.6)."""
    config = world.config
    if route.action == "downloaded":
        return max(config.max_body_bytes_downloaded, config.max_body_bytes)
    return config.max_body_bytes
