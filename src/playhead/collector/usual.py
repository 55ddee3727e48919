"""
The usual request, straight through: valid events of sessions that take them, answered 204 (decision 0036).

Law: what is answered here, the long way (`collector.media` over an `Exchange`) answers with the same bytes; whatever is
unusual in any way is left to it. Nothing is refused here.
"""

from playhead.collector.exchange import cors_of
from playhead.collector.media import EMPTY_200_BASE, takes_events
from playhead.collector.paths import Route
from playhead.collector.ports import CollectorWorld, Reply, Request
from playhead.collector.query import content_type_taken, read_query
from playhead.wire.answers import UUID_BYTES, request_id_header
from playhead.wire.check import check_evident
from playhead.wire.record import RECORD_VERSION, Record, encode_record


def answer_usual(request: Request, world: CollectorWorld, route: Route) -> Reply | None:
    """
    The answer to events that are evidently valid.

    Args:
        request: Sent to the route by POST, its body no longer than the limit.
        world: As for the heart.
        route: One of the 17 event calls.

    Returns:
        A 204 with the record to keep; None when the long way has to decide.
    """
    config = world.config
    headers = dict(request.headers)
    received_ms = request.received_ms
    if (
        not content_type_taken(headers.get(b"content-type"))
        or route.base == EMPTY_200_BASE
        or config.strict_datastream
        or b"\\u" in request.body  # may have to be mended first (decision 0039)
    ):
        return None
    checked = check_evident(
        request.body, route.action, received_ms, config.max_string_bytes, config.max_events_per_request
    )
    if checked is None or not takes_events(world, checked.events, received_ms):
        return None
    query = read_query(request.query)
    hint = route.hint or config.location_hint
    answer = world.headers(hint)
    answer.append((b"x-request-id", request_id_header(query.request_id, world.entropy.take(UUID_BYTES))))
    origin = headers.get(b"origin")
    if origin:
        answer += cors_of(origin, query, world)
    record = Record(
        RECORD_VERSION, received_ms, route.name, route.base, query.datastream_id, query.request_id, request.body
    )
    return Reply(204, answer, b"", route.name, encode_record(record), None, (), hint)
