"""Where the effective settings come from: option, environment, file, default; and what is said about a slip."""

from pathlib import Path
from typing import Any

import pytest

from playhead.app.config import Source, load_config, nearest
from playhead.app.settings import DECLARED, CollectorSettings
from playhead.base.errors import UsageError

PRECEDENCE = [
    # option, environment, file -> value, source
    (None, None, None, 600, Source.DEFAULT),
    (None, None, "30", 30, Source.FILE),
    (None, "20", None, 20, Source.ENVIRONMENT),
    (None, "20", "30", 20, Source.ENVIRONMENT),
    (10, None, None, 10, Source.OPTION),
    (10, None, "30", 10, Source.OPTION),
    (10, "20", None, 10, Source.OPTION),
    (10, "20", "30", 10, Source.OPTION),
]


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test runs in a directory without a playhead.toml."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("option", "environment", "file", "value", "source"), PRECEDENCE)
def test_precedence(
    tmp_path: Path, option: float | None, environment: str | None, file: str | None, value: float, source: Source
) -> None:
    """Of the places that name a setting, the first of option, environment, file and default decides, and is shown."""
    if file is not None:
        (tmp_path / "playhead.toml").write_text(f"[sessions]\nidle_timeout_s = {file}\n")
    environ = {} if environment is None else {"PLAYHEAD_SESSIONS_IDLE_TIMEOUT_S": environment}
    config = load_config({"sessions.idle_timeout_s": option}, environ=environ)
    assert config.settings.sessions.idle_timeout_s == value
    shown = config.values["sessions.idle_timeout_s"]
    assert (shown.value, shown.source) == (value, source)


def test_every_setting_has_a_default_and_a_meaning() -> None:
    """Without any source every setting has its default, is shown, and can be explained in a sentence."""
    config = load_config(environ={})
    assert list(config.values) == list(DECLARED)
    assert {value.source for value in config.values.values()} == {Source.DEFAULT}
    assert config.settings.collector == CollectorSettings()
    assert [declared.key for declared in DECLARED.values() if not declared.meaning.endswith(".")] == []
    assert config.values["sessions.idle_timeout_s"].value == 600
    assert config.values["collector.base_paths"].value == ["ee", "ee-pre-prd"]


def test_names_of_the_contract() -> None:
    """Every key of interfaces.md 2.1 exists, and its variable is spelled as said there."""
    named = {
        "collector": "host port workers tls_cert tls_key base_paths location_hint allowed_origins max_body_bytes "
        "max_body_bytes_downloaded max_events_per_request ended_session_status",
        "console": "host port token_file time_zone",
        "sessions": "reorder_window_s reorder_window_events idle_timeout_s playhead_timeout_s complete_linger_s "
        "max_session_s interval_cap_s stall_min_gap_s playhead_jitter_s max_playback_rate max_states federated",
        "retention": "events_days rows_days sessions_days",
        "log": "level format",
    }
    keys = {f"{table}.{name}" for table, names in named.items() for name in names.split()} | {"data_dir"}
    assert keys - set(DECLARED) == set()
    assert DECLARED["sessions.idle_timeout_s"].variable == "PLAYHEAD_SESSIONS_IDLE_TIMEOUT_S"


@pytest.mark.parametrize(
    ("variable", "text", "key", "value"),
    [
        ("PLAYHEAD_DATA_DIR", "/somewhere", "data_dir", "/somewhere"),
        ("PLAYHEAD_COLLECTOR_PORT", "9000", "collector.port", 9000),
        ("PLAYHEAD_COLLECTOR_BASE_PATHS", "ee, my/edge", "collector.base_paths", ["ee", "my/edge"]),
        ("PLAYHEAD_COLLECTOR_ALLOWED_ORIGINS", "", "collector.allowed_origins", []),
        ("PLAYHEAD_COLLECTOR_TLS_SELF_SIGNED", "yes", "collector.tls_self_signed", True),
        ("PLAYHEAD_COLLECTOR_ENDED_SESSION_STATUS", "404", "collector.ended_session_status", 404),
        ("PLAYHEAD_CONSOLE_TOKEN_FILE", "", "console.token_file", None),
        ("PLAYHEAD_SESSIONS_IDLE_TIMEOUT_S", "0.5", "sessions.idle_timeout_s", 0.5),
        ("PLAYHEAD_SESSIONS_FEDERATED", "0", "sessions.federated", False),
        ("PLAYHEAD_RETENTION_ROWS_DAYS", "30", "retention.rows_days", 30),
        ("PLAYHEAD_LOG_LEVEL", "debug", "log.level", "debug"),
    ],
)
def test_text_of_the_environment_is_read(variable: str, text: str, key: str, value: object) -> None:
    """Numbers, lists, yes and no, and nothing at all can be said in an environment variable."""
    shown = load_config(environ={variable: text}).values[key]
    assert (shown.value, shown.source, shown.place) == (value, Source.ENVIRONMENT, variable)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[sessions]\nidle_timout_s = 5", "unknown key sessions.idle_timout_s; did you mean sessions.idle_timeout_s?"),
        ("[colector]\nport = 1", "unknown table [colector]; did you mean collector?"),
        ("port = 1", "unknown key port; did you mean collector.port?"),
        ("data_dri = 'x'", "unknown key data_dri; did you mean data_dir?"),
        ("[sessions]\nxyzzy = 1", "unknown key sessions.xyzzy; `playhead config show` lists all there are"),
        ("collector = 5", "collector is a table: write [collector] on a line of its own"),
        ("[collector]\nport = 'x'", "collector.port cannot be 'x' (playhead.toml): expected int, got str"),
        ("[collector]\nport = 70000", "collector.port cannot be 70000 (playhead.toml): expected int <= 65535"),
        ("[log]\nlevel = 'loud'", "log.level cannot be 'loud' (playhead.toml): must be one of debug, info, warning, error"),
        ("[console]\ntime_zone = 'Mars'", "console.time_zone cannot be 'Mars' (playhead.toml): there is no such time zone here"),
        ("[sessions]\nidle_timeout_s = -1", "sessions.idle_timeout_s cannot be -1.0 (playhead.toml): must be a number of 0 or more"),
        ("[collector]\nport = x", "playhead.toml is not TOML: Invalid value (at line 2, column 8)"),
        ("[collector]\ntls_cert = 'c.pem'", "a certificate and its key go together: collector.tls_key is missing"),
    ],
)  # fmt: skip
def test_a_slip_in_the_file_is_named(tmp_path: Path, content: str, message: str) -> None:
    """What is wrong in the file is said with the place and with what was probably meant."""
    (tmp_path / "playhead.toml").write_text(content)
    with pytest.raises(UsageError) as caught:
        load_config(environ={})
    assert message in str(caught.value)


def test_slips_in_the_environment_are_named() -> None:
    """A variable that looks like ours and is none is an error; what belongs to others is left alone."""
    with pytest.raises(UsageError, match="PLAYHEAD_COLLECTOR_PROT; did you mean PLAYHEAD_COLLECTOR_PORT"):
        load_config(environ={"PLAYHEAD_COLLECTOR_PROT": "1"})
    with pytest.raises(UsageError, match="PLAYHEAD_DATADIR; did you mean PLAYHEAD_DATA_DIR"):
        load_config(environ={"PLAYHEAD_DATADIR": "x"})
    with pytest.raises(UsageError, match=r"collector.port cannot be 'tcp://10\.0\.0\.1' \(PLAYHEAD_COLLECTOR_PORT\)"):
        load_config(environ={"PLAYHEAD_COLLECTOR_PORT": "tcp://10.0.0.1"})
    others = {
        "PLAYHEAD_COLLECTOR_SERVICE_HOST": "10.0.0.1",
        "PLAYHEAD_CONSOLE_PORT_8081_TCP": "x",
        "PLAYHEAD_HOMEPAGE": "y",
    }
    assert load_config(environ=others).settings == load_config(environ={}).settings


def test_the_file_can_be_named(tmp_path: Path) -> None:
    """--config goes before PLAYHEAD_CONFIG, which goes before playhead.toml here; a named file must exist."""
    for name, port in (("option.toml", 1), ("variable.toml", 2), ("playhead.toml", 3)):
        (tmp_path / name).write_text(f"[collector]\nport = {port}\n")
    variable = {"PLAYHEAD_CONFIG": "variable.toml"}
    found = [
        load_config(environ=variable, file="option.toml"),
        load_config(environ=variable),
        load_config(environ={}),
    ]
    assert [config.settings.collector.port for config in found] == [1, 2, 3]
    with pytest.raises(UsageError, match=r"cannot read the configuration file none\.toml: No such file"):
        load_config(environ={}, file="none.toml")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"collector.port": -1}, "collector.port cannot be -1 (--port): expected int >= 0"),
        ({"console.port": 65536}, "console.port cannot be 65536 (--console-port): expected int <= 65535"),
        (
            {"collector.tls_cert": "c", "collector.tls_key": "k", "collector.tls_self_signed": True},
            "either a certificate of yours (--tls-cert, --tls-key) or --tls-self-signed, not both",
        ),
    ],
)
def test_wrong_options_are_named_as_typed(options: dict[str, Any], message: str) -> None:
    """A wrong value of an option is reported under the option's name."""
    with pytest.raises(UsageError) as caught:
        load_config(options, environ={})
    assert message == str(caught.value)


def test_nothing_near_is_not_guessed() -> None:
    """Where no known word is near, none is suggested."""
    assert nearest("xyzzy", ["collector.port"]) is None
