"""Routes for machines that watch: alive, ready, measured."""

from litestar import Response, get
from msgspec import Struct

from playhead.api.context import AnyRequest, context_of
from playhead.api.metrics import CONTENT_TYPE, exposed
from playhead.api.problems import MEDIA_TYPE, FieldProblem, encoded, problem

_TAGS = ["operations"]


class Health(Struct, frozen=True):
    """The process answers."""

    status: str = "ok"


class Readiness(Struct, frozen=True):
    """Everything the console needs is there; `checks` are the names of what was looked at."""

    checks: tuple[str, ...]
    status: str = "ready"


@get("/healthz", tags=_TAGS, summary="Alive", sync_to_thread=False)
def healthz() -> Health:
    """Always 200 while the process can answer. Needs no token."""
    return Health()


@get("/readyz", tags=_TAGS, summary="Ready", sync_to_thread=True)
def readyz(request: AnyRequest) -> Response[Readiness | bytes]:
    """200 when the store is open, the journals are followed and the lag is bounded; else 503 that names what is not. Needs no token."""
    checks = context_of(request).checks()
    troubles = tuple(FieldProblem(check.name, check.trouble) for check in checks if check.trouble is not None)
    if troubles:
        detail = "; ".join(f"{trouble.path}: {trouble.reason}" for trouble in troubles)
        return Response(encoded(problem(503, detail, troubles)), status_code=503, media_type=MEDIA_TYPE)
    return Response(Readiness(tuple(check.name for check in checks)))


@get("/metrics", tags=_TAGS, summary="Prometheus metrics", sync_to_thread=True, media_type="text/plain")
def metrics(request: AnyRequest) -> Response[bytes]:
    """Prometheus text."""
    context = context_of(request)
    return Response(exposed(context.snapshots, context.version), headers={"content-type": CONTENT_TYPE})
