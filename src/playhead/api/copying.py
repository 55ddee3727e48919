"""The route by which `playhead verify` gets a copy of the store of a running server (decision 0091)."""

from litestar import get
from litestar.response import Stream

from playhead.api.context import AnyRequest, context_of


@get("/store/copy", sync_to_thread=True, tags=["query"], summary="The store, for `playhead verify`")
def copy_store(request: AnyRequest) -> Stream:
    """
    Everything the store holds, as of one instant, for a Playhead of the same version.

    An answer that fails on its way is cut off, which its reader notices.
    """
    return Stream(context_of(request).store.copy(), media_type="application/octet-stream")
