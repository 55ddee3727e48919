"""`playhead datastream create|list|show|update|disable|enable`. Works beside a running server, which follows the file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import msgspec
from cyclopts import Parameter

from playhead.app.clock import SystemClock
from playhead.base.errors import UsageError
from playhead.base.settings import SessionSettings
from playhead.base.units import DatastreamId
from playhead.cli.options import AsJson, ConfigFile, DataDirectory, existing_directory, settings_for
from playhead.cli.output import print_json, print_table
from playhead.deployment.datastreams import Datastream, DatastreamFile, UnknownDatastreamError
from playhead.deployment.layout import prepare

ExistingId = Annotated[str, Parameter(name="ID", help="Id of the datastream.")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Fields:
    """What a datastream can be told. None leaves a field as it is, or at its default."""

    name: Annotated[str | None, Parameter(help="Name for people.")] = None
    org_id: Annotated[str | None, Parameter(help="Organisation its players are configured with.")] = None
    media: Annotated[bool | None, Parameter(help="Whether media events are counted.")] = None
    allow_origin: Annotated[
        list[str] | None,
        Parameter(negative="", help="Web origin that may call; may be repeated, '' allows every origin again."),
    ] = None
    idle_timeout_s: Annotated[
        float | None, Parameter(help="Seconds without an event after which a session closes.")
    ] = None
    playhead_timeout_s: Annotated[
        float | None, Parameter(help="Seconds with an unmoved playhead after which a session closes.")
    ] = None
    federated: Annotated[bool | None, Parameter(help="Whether its sessions are marked as federated data.")] = None
    set: Annotated[
        list[str] | None,
        Parameter(
            negative="", help="Any session setting, as in stall_min_gap_s=2; without a value it follows the server's."
        ),
    ] = None
    events_days: Annotated[int | None, Parameter(help="Days its raw events are kept.")] = None
    rows_days: Annotated[int | None, Parameter(help="Days its reporting rows are kept.")] = None
    sessions_days: Annotated[int | None, Parameter(help="Days its session records are kept.")] = None
    keep_ip: Annotated[bool | None, Parameter(help="Whether network addresses of players are recorded.")] = None
    keep_user_agent: Annotated[bool | None, Parameter(help="Whether user agents of players are recorded.")] = None
    fpid_cookie: Annotated[str | None, Parameter(help="Name of the first-party id cookie.")] = None
    same_site_none: Annotated[bool | None, Parameter(help="Whether identity cookies are marked SameSite=None.")] = None


def create_datastream(
    id: Annotated[str | None, Parameter(help="Its id; a new UUID where none is given.")] = None,  # noqa: A002 - the option's name
    *,
    fields: Fields = Fields(),
    data_dir: DataDirectory = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Make a datastream. A running server takes events for it within a second."""
    settings = settings_for({"data_dir": data_dir}, config).settings
    layout = prepare(Path(settings.data_dir))
    new_id = DatastreamId(id or str(uuid4()))
    blank = Datastream(id=new_id, name=new_id, org_id=settings.org_id, created_ms=SystemClock().now_ms())
    _show(DatastreamFile(layout.datastreams).create(changed(blank, fields)), json=json)


def list_datastreams(*, data_dir: DataDirectory = None, config: ConfigFile = None, json: AsJson = False) -> None:
    """List the datastreams, oldest first."""
    found = DatastreamFile(existing_directory(data_dir, config).datastreams).all()
    if json:
        print_json(found)
        return
    print_table(
        ("id", "name", "organisation", "enabled", "media", "origins"),
        ((one.id, one.name, one.org_id, one.enabled, one.media, one.allowed_origins or "every") for one in found),
    )


def show_datastream(
    id: ExistingId,  # noqa: A002 - the option's name
    *,
    data_dir: DataDirectory = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Show one datastream with everything it was told."""
    found = DatastreamFile(existing_directory(data_dir, config).datastreams).lookup(id)
    if found is None:
        raise UnknownDatastreamError(id)
    _show(found, json=json)


def update_datastream(
    id: ExistingId,  # noqa: A002 - the option's name
    *,
    fields: Fields = Fields(),
    enabled: Annotated[bool | None, Parameter(help="Whether it takes requests.")] = None,
    data_dir: DataDirectory = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Change a datastream; what is not named stays. A running server notices within a second."""
    if fields == Fields() and enabled is None:
        raise UsageError("nothing to change; `playhead datastream update --help` shows what can be")

    def change(before: Datastream) -> Datastream:
        after = changed(before, fields)
        return after if enabled is None else msgspec.structs.replace(after, enabled=enabled)

    _update(id, change, data_dir, config, json=json)


def disable_datastream(
    id: ExistingId,  # noqa: A002 - the option's name
    *,
    data_dir: DataDirectory = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Make a datastream refuse requests (EXEG-0004-422). Sessions that are open go on until they close."""
    _update(id, lambda before: msgspec.structs.replace(before, enabled=False), data_dir, config, json=json)


def enable_datastream(
    id: ExistingId,  # noqa: A002 - the option's name
    *,
    data_dir: DataDirectory = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Make a disabled datastream take requests again."""
    _update(id, lambda before: msgspec.structs.replace(before, enabled=True), data_dir, config, json=json)


def changed(before: Datastream, fields: Fields) -> Datastream:
    """
    The datastream with these fields.

    Raises:
        UsageError: A `--set` is not NAME=VALUE. Whether a value can be is checked when it is stored.
    """
    settings = dict(before.settings)
    for name, value in [part for words in fields.set or () for part in [_pair(words)]]:
        settings.pop(name, None) if value is None else settings.__setitem__(name, value)
    for name in ("idle_timeout_s", "playhead_timeout_s", "federated"):
        if getattr(fields, name) is not None:
            settings[name] = getattr(fields, name)
    plain = (
        "name", "org_id", "media", "events_days", "rows_days", "sessions_days", "keep_ip", "keep_user_agent",
        "fpid_cookie", "same_site_none",
    )  # fmt: skip
    told: dict[str, Any] = {name: value for name in plain if (value := getattr(fields, name)) is not None}
    if fields.allow_origin is not None:
        told["allowed_origins"] = tuple(origin.lower().rstrip("/") for origin in fields.allow_origin if origin)
    return msgspec.structs.replace(before, **told, settings=settings)


def _pair(words: str) -> tuple[str, Any]:
    """Name and value of `NAME=VALUE`; the value is None where there is none."""
    name, equals, text = words.partition("=")
    name = name.strip()
    if not equals:
        raise UsageError(f"--set {words}: write NAME=VALUE, as in idle_timeout_s=30")
    if not text.strip():
        return name, None
    types = SessionSettings.__annotations__
    try:
        return name, msgspec.convert(text.strip(), types.get(name, str), strict=False)
    except msgspec.ValidationError:
        return name, text  # refused with its reason when it is stored


def _update(
    datastream_id: str,
    change: Callable[[Datastream], Datastream],
    data_dir: str | None,
    config: str | None,
    *,
    json: bool,
) -> None:
    file = DatastreamFile(existing_directory(data_dir, config).datastreams)
    _show(file.update(datastream_id, change), json=json)


def _show(datastream: Datastream, *, json: bool) -> None:
    if json:
        print_json(datastream)
        return
    print_table(("", datastream.id), _rows(datastream))


def _rows(datastream: Datastream) -> Sequence[tuple[str, object]]:
    created = datetime.fromtimestamp(datastream.created_ms / 1000, UTC).isoformat(timespec="seconds")
    return [
        ("name", datastream.name),
        ("organisation", datastream.org_id),
        ("enabled", datastream.enabled),
        ("media", datastream.media),
        ("allowed origins", datastream.allowed_origins or "every"),
        ("own settings", datastream.settings),
        ("keeps addresses", datastream.keep_ip),
        ("keeps user agents", datastream.keep_user_agent),
        ("first-party id cookie", datastream.fpid_cookie),
        ("SameSite=None", datastream.same_site_none),
        ("days of events, rows, sessions", [datastream.events_days, datastream.rows_days, datastream.sessions_days]),
        ("made", created),
    ]
