"""Whom a simulation talks to, and what its audience is like."""

import os
from pathlib import Path

import msgspec
import pytest

from playhead.app.config import Config, load_config
from playhead.app.prepared import ConsoleAddress
from playhead.app.simulate_target import find_target, mix_in
from playhead.base.errors import DataDirectoryError, UsageError
from playhead.base.units import DatastreamId
from playhead.deployment.datastreams import Datastream, DatastreamFile
from playhead.deployment.layout import Layout, hold, prepare
from playhead.viewers.mix import USUAL


def config_of(path: Path) -> Config:
    """Settings with this data directory and an idle timeout."""
    options = {"data_dir": str(path), "sessions.idle_timeout_s": 77.0}
    return load_config(options, environ={}, file=None)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A data directory with a disabled datastream and one with settings of its own."""
    made = prepare(tmp_path / "data")
    file = DatastreamFile(made.datastreams)
    file.create(Datastream(id=DatastreamId("off"), name="off", enabled=False))
    file.create(Datastream(id=DatastreamId("on"), name="on", settings={"complete_linger_s": 9}))
    return made


def test_the_server_here_is_found(layout: Layout) -> None:
    """Its collector, its first enabled datastream and how that one reads sessions."""
    config = config_of(layout.root)
    address = ConsoleAddress("http://127.0.0.1:1", None, os.getpid(), "http://127.0.0.1:2", "media")
    with hold(layout):
        layout.console_address.write_bytes(msgspec.json.encode(address))
        found = find_target(config, None, None, insecure=False)
    assert (found.target.port, found.target.path, found.datastream) == (2, "/media", "on")
    assert (found.settings.idle_timeout_s, found.settings.complete_linger_s) == (77, 9)


def test_no_server_runs_here(layout: Layout) -> None:
    """It is said how to start one."""
    with pytest.raises(UsageError, match="playhead serve"):
        find_target(config_of(layout.root), None, None, insecure=False)


def test_a_server_elsewhere_needs_nothing_here(tmp_path: Path) -> None:
    """With its datastream named; without, one of the data directory is taken, if there is one."""
    config = config_of(tmp_path / "none")
    found = find_target(config, "http://far:8080", "theirs", insecure=False)
    assert (found.target.host, found.datastream, found.settings.idle_timeout_s) == ("far", "theirs", 77)
    with pytest.raises(DataDirectoryError):
        find_target(config, "http://far:8080", None, insecure=False)


def test_no_datastream_can_be_named(tmp_path: Path) -> None:
    """A directory without an enabled one."""
    layout = prepare(tmp_path / "empty")
    with pytest.raises(UsageError, match="--datastream"):
        find_target(config_of(layout.root), "http://far:8080", None, insecure=False)


def test_mixes_are_read(tmp_path: Path) -> None:
    """What is not in the file is as usual."""
    assert mix_in(None) is USUAL
    path = tmp_path / "mix.toml"
    path.write_text("web = 0\nerrors = 3.5\n")
    mix = mix_in(str(path))
    assert (mix.web, mix.errors, mix.ios) == (0, 3.5, USUAL.ios)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("erors = 1", "erors"),
        ("errors = -1", "errors must be between"),
        ("errors = nan", "errors must be between"),
        ('errors = "many"', "errors"),
        ("web = 0\nios = 0\nandroid = 0\nroku = 0", "cannot all be 0"),
        ("= 1", "mix.toml"),
    ],
)
def test_what_is_no_mix(tmp_path: Path, text: str, reason: str) -> None:
    """It is said what is wrong."""
    path = tmp_path / "mix.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=reason):
        mix_in(str(path))


def test_a_mix_that_cannot_be_read(tmp_path: Path) -> None:
    """The file is not there."""
    with pytest.raises(UsageError, match="cannot read"):
        mix_in(str(tmp_path / "none"))
