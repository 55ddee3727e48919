"""Whom a simulation talks to: the server that runs on the data directory here, or the one that is named."""

from pathlib import Path

import msgspec
from msgspec import Struct

from playhead.app.ask import running_console
from playhead.app.config import Config
from playhead.app.simulate_http import Target, target_of
from playhead.base.errors import UsageError
from playhead.base.settings import SessionSettings
from playhead.deployment.datastreams import DatastreamFile, session_settings
from playhead.deployment.layout import find
from playhead.viewers.mix import USUAL, Mix


class Found(Struct, frozen=True):
    """A target, the datastream to name, and the settings its sessions are read with, as far as they are known here."""

    target: Target
    datastream: str
    settings: SessionSettings


def find_target(config: Config, url: str | None, datastream: str | None, *, insecure: bool) -> Found:
    """
    Where to send what.

    Args:
        config: The effective settings here.
        url: The collector's; None: that of the server that runs on the data directory.
        datastream: Its id; None: the first enabled one of the data directory.
        insecure: Do not check the certificate.

    Raises:
        UsageError: Nothing runs here, or a server elsewhere is named without a datastream.
        DataDirectoryError: There is no data directory.
    """
    settings = config.settings
    base_path = settings.collector.base_paths[0]
    if url is not None and datastream is not None:
        return Found(target_of(url, base_path, insecure=insecure), datastream, settings.sessions)
    layout = find(Path(settings.data_dir))
    if url is None:
        address = running_console(layout)
        if address is None or not address.collector_url:
            raise UsageError(f"no server runs on {layout.root}; start `playhead serve`, or name one with --target")
        url, base_path = address.collector_url, address.base_path
    known = DatastreamFile(layout.datastreams).all()
    streams = [one for one in known if one.id == datastream or (datastream is None and one.enabled)]
    if not streams and datastream is None:
        raise UsageError(f"{layout.root} has no enabled datastream; name one with --datastream")
    read = session_settings(streams[0], settings.sessions) if streams else settings.sessions
    return Found(target_of(url, base_path, insecure=insecure), datastream or streams[0].id, read)


def mix_in(path: str | None) -> Mix:
    """
    The mix of a TOML file; the usual one without a file.

    Raises:
        UsageError: It cannot be read, or is none.
    """
    if path is None:
        return USUAL
    try:
        mix = msgspec.toml.decode(Path(path).read_bytes(), type=Mix)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}; there are {', '.join(Mix.__struct_fields__)}") from error
    values = {name: getattr(mix, name) for name in Mix.__struct_fields__}
    wrong = [name for name, value in values.items() if not 0 <= value <= FACTOR_MAX]
    if wrong:
        raise UsageError(f"{path}: {wrong[0]} must be between 0 and {FACTOR_MAX:g}")
    for names in (("web", "ios", "android", "roku"), ("episodes", "films", "clips", "live", "podcasts")):
        if not any(values[name] for name in names):
            raise UsageError(f"{path}: {', '.join(names)} cannot all be 0")
    return mix


FACTOR_MAX = 1_000
