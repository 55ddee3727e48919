"""The routes of now (interfaces.md 4): the live picture, its stream, and requests as they arrive."""

from collections.abc import AsyncIterator
from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from litestar.response import Stream

from playhead.api.context import AnyRequest, context_of
from playhead.api.limits import TEXT_CHARS_MAX
from playhead.api.live import LivePicture, picture_of
from playhead.api.names import named
from playhead.pipeline.watching import Condition

_TAGS = ["live"]
_REFUSED = "`true`: only what was refused, or events of which were."


def _text(name: str, description: str) -> QueryParameter:
    return QueryParameter(name=name, max_length=TEXT_CHARS_MAX, description=description)


LiveDatastream = Annotated[str | None, _text("datastream", "Sessions of this datastream only.")]


@get("/live", sync_to_thread=True, tags=_TAGS, summary="Who watches now")
def get_live(request: AnyRequest, *, datastream: LiveDatastream = None) -> LivePicture:
    """The audience as of now, with its last hour by second."""
    context = context_of(request)
    return picture_of(named(context.live.now(datastream), context.store), context.clock.now_ms())


@get("/live/stream", tags=_TAGS, summary="Who watches now, as it changes", media_type="text/event-stream")
async def stream_live(request: AnyRequest, *, datastream: LiveDatastream = None) -> Stream:
    """
    Server-sent events named `live`, each the whole picture as of `GET /live`, at least one a second.

    The `series` of the first holds the last hour, that of each later one the seconds since the one before. A comment is
    sent while the picture cannot be had.
    """
    return _stream(context_of(request).live_feed.listen(datastream))


@get(
    "/debugger/stream",
    tags=["debugger"],
    summary="Requests as they arrive, with what became of them",
    media_type="text/event-stream",
)
async def stream_requests(
    request: AnyRequest,
    *,
    datastream: Annotated[str | None, _text("datastream", "Sent to it, or of a session started for it.")] = None,
    session: Annotated[str | None, _text("session", "Says something of this session.")] = None,
    identity: Annotated[str | None, _text("identity", "Of this ECID, or with this identity in its body.")] = None,
    refused: Annotated[bool, QueryParameter(name="refused", description=_REFUSED)] = False,
) -> Stream:
    """
    Server-sent events: `request` for each request that fits every condition given, from now on.

    `lost` with a `count` where the listener reads too slowly. A comment is sent when nothing comes for a while.
    """
    return _stream(context_of(request).debugger.listen(Condition(datastream, session, identity, refused)))


def _stream(events: AsyncIterator[bytes]) -> Stream:
    return Stream(events, media_type="text/event-stream", headers={"x-accel-buffering": "no"})


LIVE_ROUTES = (get_live, stream_live, stream_requests)
