"""What is decided and taken before the first process of `playhead serve` is started."""

import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from msgspec import Struct

from playhead import __version__
from playhead.app.banner import Doors
from playhead.app.clock import SteadyClock
from playhead.app.config import Value
from playhead.app.settings import CollectorSettings, Settings
from playhead.base.errors import UsageError
from playhead.base.units import DatastreamId
from playhead.collector.config import CollectorConfig
from playhead.collector.forwarded import networks
from playhead.deployment.datastreams import Datastream, DatastreamFile
from playhead.deployment.layout import Hold, Layout

FIRST_DATASTREAM_NAME = "First datastream"


class ConsoleAddress(Struct, frozen=True):
    """
    What a running server leaves for other commands, in `run/console.json`.

    Attributes:
        url: Of the console, without a slash at the end.
        token_file: Absolute path; None where the console asks for no token.
        process: Process id of the server.
        collector_url: Of the collector, likewise.
        base_path: First one the collector answers.
    """

    url: str
    token_file: str | None
    process: int
    collector_url: str = ""
    base_path: str = "ee"


class Prepared(Struct, frozen=True, kw_only=True):
    """Everything that is decided and taken before the first process is started."""

    settings: Settings
    values: Mapping[str, Value]
    layout: Layout
    held: Hold
    clock: SteadyClock
    datastreams: DatastreamFile
    listener: socket.socket
    console: socket.socket
    tls: tuple[str, str] | None
    token: str | None
    doors: Doors
    demo: Datastream | None


def first_datastream(settings: Settings, datastreams: DatastreamFile, now_ms: int) -> tuple[Datastream, bool]:
    """
    The datastream a person is shown, made in an empty data directory.

    Returns:
        It, and whether it was made now.

    Raises:
        UsageError: One is asked for by id that is not among those there are, or cannot be made.
    """
    known = datastreams.all()
    if not known:
        new_id = DatastreamId(settings.datastream or str(uuid4()))
        fresh = Datastream(id=new_id, name=FIRST_DATASTREAM_NAME, org_id=settings.org_id, created_ms=now_ms)
        return datastreams.create(fresh), True
    if settings.datastream is None:
        return next((one for one in known if one.enabled), known[0]), False
    named = datastreams.lookup(settings.datastream)
    if named is None:
        raise UsageError(
            f"this data directory has no datastream {settings.datastream!r}; --datastream names the first one of an empty"
            f" directory. Make another one with: playhead datastream create {settings.datastream}"
        )
    return named, False


def certificate(collector: CollectorSettings, layout: Layout, now_ms: int) -> tuple[str, str] | None:
    """
    Certificate and key the collector is to use; None without TLS.

    Raises:
        UsageError: A named file cannot be read or used.
        DataDirectoryError: The self-signed one cannot be kept.
    """
    if collector.tls_self_signed:
        from playhead.app.tls import self_signed  # noqa: PLC0415 - a megabyte that few need

        names = dict.fromkeys([socket.gethostname(), "localhost", "127.0.0.1", "::1"])
        if collector.host not in {"0.0.0.0", "::", ""}:  # noqa: S104 - compared, not bound
            names = dict.fromkeys([collector.host, *names])
        made = self_signed(layout.tls, list(names), now_ms)
        return str(made[0]), str(made[1])
    if collector.tls_cert is None or collector.tls_key is None:
        return None
    for path in (collector.tls_cert, collector.tls_key):
        try:
            Path(path).read_bytes()
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror}") from error
    from playhead.app.tls import check_pair  # noqa: PLC0415 - as above

    check_pair(Path(collector.tls_cert), Path(collector.tls_key))
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(collector.tls_cert, collector.tls_key)
    except ssl.SSLError as error:
        raise UsageError(
            f"{collector.tls_cert} and {collector.tls_key} are no certificate and key that fit: {error.reason or error}"
        ) from error
    return str(Path(collector.tls_cert).absolute()), str(Path(collector.tls_key).absolute())


def collector_config(collector: CollectorSettings) -> CollectorConfig:
    """
    The settings as the door takes them.

    Raises:
        UsageError: A trusted proxy is no address.
    """
    try:
        networks(collector.trusted_proxies)
    except ValueError as error:
        raise UsageError(f"[collector] trusted_proxies: {error}") from error
    return CollectorConfig(
        base_paths=collector.base_paths,
        location_hint=collector.location_hint,
        max_body_bytes=collector.max_body_bytes,
        max_body_bytes_downloaded=collector.max_body_bytes_downloaded,
        max_events_per_request=collector.max_events_per_request,
        allowed_origins=tuple(origin.lower().rstrip("/") for origin in collector.allowed_origins),
        ended_session_status=collector.ended_session_status,
        strict_datastream=collector.strict_datastream,
        trusted_proxies=collector.trusted_proxies,
        version=__version__,
    )
