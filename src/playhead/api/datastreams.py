"""Routes of datastreams: list, make, change, as the command line does."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from litestar import get, patch, post
from litestar.params import JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from playhead.api.context import AnyRequest, context_of
from playhead.api.parameters import DatastreamPath
from playhead.api.problems import FieldProblem, ProblemError, wrong_input
from playhead.api.times import written
from playhead.base.units import DatastreamId
from playhead.deployment.datastreams import (
    DEFAULT_ORG_ID,
    Datastream,
    DatastreamExistsError,
    InvalidDatastreamError,
    UnknownDatastreamError,
)

_TAGS = ["datastreams"]

Settings = Annotated[
    Mapping[str, Any], Meta(description="Settings of metrics.md section 9 by name; those not named follow the server's")
]


class DatastreamItem(Struct, frozen=True, kw_only=True, rename="camel"):
    """One datastream. Days are null where the server's apply."""

    id: str
    name: str
    org_id: str
    enabled: bool
    media: bool
    allowed_origins: Sequence[str]
    settings: Settings
    fpid_cookie: str
    same_site_none: bool
    keep_ip: bool
    keep_user_agent: bool
    events_days: int | None
    rows_days: int | None
    sessions_days: int | None
    created_at: str


class DatastreamPage(Struct, frozen=True):
    """All datastreams, in the order they were made; there is one page."""

    items: Sequence[DatastreamItem]
    cursor: str | None = None


class DatastreamChange(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What to change; what is not named stays. A setting of null follows the server's again."""

    name: str | UnsetType = UNSET
    org_id: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    media: bool | UnsetType = UNSET
    allowed_origins: tuple[str, ...] | UnsetType = UNSET
    settings: Settings | UnsetType = UNSET
    fpid_cookie: str | UnsetType = UNSET
    same_site_none: bool | UnsetType = UNSET
    keep_ip: bool | UnsetType = UNSET
    keep_user_agent: bool | UnsetType = UNSET
    events_days: int | UnsetType | None = UNSET
    rows_days: int | UnsetType | None = UNSET
    sessions_days: int | UnsetType | None = UNSET


class NewDatastream(DatastreamChange, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A datastream to be made: everything may be left out; the id is made then."""

    id: str | UnsetType = UNSET


@get("/datastreams", sync_to_thread=True, tags=_TAGS, summary="All datastreams")
def list_datastreams(request: AnyRequest) -> DatastreamPage:
    """All of them, disabled ones too."""
    datastreams = context_of(request).datastreams
    datastreams.poll()
    return DatastreamPage([_item_of(datastream) for datastream in datastreams.all()])


@post("/datastreams", sync_to_thread=True, tags=_TAGS, summary="Make a datastream")
def create_datastream(request: AnyRequest, data: JSONBody[NewDatastream]) -> DatastreamItem:
    """The datastream made. 409 if the id is taken."""
    context = context_of(request)
    identity = context.new_datastream_id() if data.id is UNSET else data.id
    org_id = next((item.value for item in context.settings if item.key == "org_id"), DEFAULT_ORG_ID)
    blank = Datastream(id=DatastreamId(identity), name=identity, org_id=org_id, created_ms=context.clock.now_ms())
    try:
        return _item_of(context.datastreams.create(_changed(blank, data)))
    except DatastreamExistsError:
        raise ProblemError(409, "A datastream of this id exists already; change it with PATCH.") from None
    except InvalidDatastreamError as error:
        raise _invalid(error) from None


@patch("/datastreams/{datastream_id:str}", sync_to_thread=True, tags=_TAGS, summary="Change a datastream")
def update_datastream(
    request: AnyRequest, datastream_id: DatastreamPath, data: JSONBody[DatastreamChange]
) -> DatastreamItem:
    """The datastream as it is now. Collectors follow within about a second."""
    try:
        changed = context_of(request).datastreams.update(datastream_id, lambda before: _changed(before, data))
    except UnknownDatastreamError:
        raise ProblemError(404, "There is no datastream of this id.") from None
    except InvalidDatastreamError as error:
        raise _invalid(error) from None
    return _item_of(changed)


def _changed(before: Datastream, change: DatastreamChange) -> Datastream:
    """The datastream with the change; settings are merged by name."""
    given: dict[str, Any] = {
        name: value
        for name in change.__struct_fields__
        if name not in {"id", "settings"} and (value := getattr(change, name)) is not UNSET
    }
    if not isinstance(change.settings, UnsetType):
        merged = {**before.settings, **change.settings}
        given["settings"] = {name: value for name, value in merged.items() if value is not None}
    if "allowed_origins" in given:
        given["allowed_origins"] = tuple(origin.lower().rstrip("/") for origin in given["allowed_origins"])
    return msgspec.structs.replace(before, **given)


def _item_of(datastream: Datastream) -> DatastreamItem:
    shared = {name: getattr(datastream, name) for name in DatastreamItem.__struct_fields__ if name != "created_at"}
    return DatastreamItem(**shared, created_at=written(datastream.created_ms))


def _invalid(error: InvalidDatastreamError) -> ProblemError:
    return wrong_input(*(FieldProblem(_wire_path(problem.path), problem.reason) for problem in error.problems))


def _wire_path(path: str) -> str:
    """The path with the member's name on the wire: `allowed_origins[0]` is `allowedOrigins[0]`; settings keep theirs."""
    wire = dict(zip(DatastreamItem.__struct_fields__, DatastreamItem.__struct_encode_fields__, strict=True))
    name = path.partition(".")[0].partition("[")[0]
    return wire.get(name, name) + path[len(name) :]


DATASTREAM_ROUTES = (list_datastreams, create_datastream, update_datastream)
