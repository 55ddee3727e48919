"""
Where the effective settings come from. Law: option before environment before file before default, key by key.

A key nobody knows is an error that names the nearest one that exists; nothing is ever ignored silently.
"""

import difflib
import re
import tomllib
import zoneinfo
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec
from msgspec import Struct

from playhead.app.settings import DECLARED, Declared, Settings
from playhead.base.errors import UsageError
from playhead.deployment.datastreams import setting_problem

CONFIG_VARIABLE = "PLAYHEAD_CONFIG"
CONFIG_FILE = "playhead.toml"

_TABLES = frozenset(declared.table for declared in DECLARED.values() if declared.table)
_VARIABLES = {declared.variable: declared for declared in DECLARED.values()}
_NOT_SETTINGS = frozenset({CONFIG_VARIABLE, "PLAYHEAD_CONTRACTS"})
_CLUSTER_VARIABLE = re.compile(r"_SERVICE_(HOST|PORT(_.*)?)$|_PORT_\d+_(TCP|UDP)(_.*)?$")
"""What Kubernetes sets for every service: not meant for us, whatever the service is called."""


class Source(StrEnum):
    """Where a value came from."""

    OPTION = "option"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


class Value(Struct, frozen=True, omit_defaults=True):
    """
    The effective value of one setting.

    Attributes:
        value: In the types of JSON; lists for what may be several.
        source: Where it came from.
        place: The option, variable or file that set it; empty for a default.
    """

    value: Any
    source: Source
    place: str = ""


class Config(Struct, frozen=True):
    """
    The effective settings and where each came from.

    Attributes:
        settings: Typed, checked.
        values: Every setting by key, in the order they are declared.
        file: The file that was read; None without one.
    """

    settings: Settings
    values: dict[str, Value]
    file: Path | None


def load_config(
    options: Mapping[str, Any] | None = None, *, environ: Mapping[str, str], file: str | Path | None = None
) -> Config:
    """
    Find the effective settings.

    Args:
        options: Values given on the command line, by key; None stands for "not given".
        environ: The environment. `PLAYHEAD_CONFIG` names the file where `file` is not given.
        file: The configuration file. Without one, `playhead.toml` of the working directory is read if it is there.

    Raises:
        UsageError: A file cannot be read, a key is unknown, a value is of the wrong type or out of bounds.
    """
    path = _find_file(file, environ)
    found: dict[str, Value] = {key: Value(declared.default, Source.DEFAULT) for key, declared in DECLARED.items()}
    if path is not None:
        found |= {
            key: Value(_convert(DECLARED[key], value, f"{path}"), Source.FILE, str(path))
            for key, value in _read_file(path).items()
        }
    found |= {
        declared.key: Value(_convert_text(declared, environ[name], name), Source.ENVIRONMENT, name)
        for name, declared in _variables(environ)
    }
    for key, value in (options or {}).items():
        if value is not None:
            place = _option_of(key)
            found[key] = Value(_convert(DECLARED[key], value, place), Source.OPTION, place)
    return Config(
        _settings(found),
        {key: msgspec.structs.replace(value, value=plain(value.value)) for key, value in found.items()},
        path,
    )


def nearest(word: str, known: Sequence[str], *, likeness: float = 0.6) -> str | None:
    """The known word a person most likely meant; None where none is as near as `likeness` (0 to 1)."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=likeness)
    return close[0] if close else None


def _find_file(file: str | Path | None, environ: Mapping[str, str]) -> Path | None:
    named = file or environ.get(CONFIG_VARIABLE)
    if named:
        return Path(named)
    return Path(CONFIG_FILE) if Path(CONFIG_FILE).is_file() else None


def _read_file(path: Path) -> dict[str, Any]:
    """Values of the file by key, unconverted."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the configuration file {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not TOML: {error}") from error
    values: dict[str, Any] = {}
    for name, value in content.items():
        if name in _TABLES and isinstance(value, dict):
            values |= {f"{name}.{key}": inner for key, inner in value.items()}
        elif name in _TABLES:
            raise UsageError(f"{path}: {name} is a table: write [{name}] on a line of its own")
        elif isinstance(value, dict) and name not in DECLARED:
            raise UsageError(f"{path}: unknown table [{name}]{_did_you_mean(name, sorted(_TABLES))}")
        else:
            values[name] = value
    for key in values:
        if key not in DECLARED:
            raise UsageError(f"{path}: unknown key {key}{_did_you_mean(key, list(DECLARED))}")
    return values


def _variables(environ: Mapping[str, str]) -> list[tuple[str, Declared]]:
    """
    The variables of ours that are set.

    One that names a table of ours, or is nearly one of ours, is a slip and an error. Others may belong to somebody else.
    """
    found = []
    for name in sorted(environ):
        if name in _VARIABLES:
            found.append((name, _VARIABLES[name]))
        elif name.startswith("PLAYHEAD_") and name not in _NOT_SETTINGS and not _CLUSTER_VARIABLE.search(name):
            of_a_table = name.split("_")[1].lower() in _TABLES
            near = nearest(name, list(_VARIABLES), likeness=0.6 if of_a_table else 0.85)
            if near or of_a_table:
                raise UsageError(f"unknown environment variable {name}{f'; did you mean {near}?' if near else ''}")
    return found


def _did_you_mean(word: str, known: Sequence[str]) -> str:
    """The end of a message about an unknown key: the nearest of its table, or one of that name in another table."""
    table, _, name = word.rpartition(".")
    of_the_table = [key.rpartition(".")[2] for key in known if key.rpartition(".")[0] == table]
    near = nearest(name, of_the_table)
    if near is not None:
        near = f"{table}.{near}".lstrip(".")
    else:
        near = next((key for key in known if key.rpartition(".")[2] == name), None)
    near = near or nearest(word, known, likeness=0.75)
    return f"; did you mean {near}?" if near else "; `playhead config show` lists all there are"


def _option_of(key: str) -> str:
    table, _, name = key.rpartition(".")
    return "--" + (f"{table}-{name}" if table == "console" else name).replace("_", "-")


def _convert(declared: Declared, value: object, place: str) -> Any:
    """A value of the file or of an option, checked."""
    try:
        converted = msgspec.convert(value, declared.annotation)
    except msgspec.ValidationError as error:
        raise _wrong(declared, value, place, str(error)) from error
    return _checked(declared, converted, place)


def _convert_text(declared: Declared, text: str, place: str) -> Any:
    """A value of the environment, which knows only text: lists are separated by commas, empty text unsets."""
    value: Any = text
    if isinstance(declared.default, tuple):
        value = [part.strip() for part in text.split(",") if part.strip()]
    elif declared.default is None and not text:
        return None
    elif isinstance(declared.default, bool):
        value = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}.get(text.lower(), text)
    elif isinstance(declared.default, int | float) and re.fullmatch(r"-?\d+", text):
        value = int(text)
    try:
        converted = msgspec.convert(value, declared.annotation, strict=False)
    except msgspec.ValidationError as error:
        raise _wrong(declared, text, place, str(error)) from error
    return _checked(declared, converted, place)


def _checked(declared: Declared, value: Any, place: str) -> Any:
    """What types cannot say."""
    reason = None
    if declared.table == "sessions":
        reason = setting_problem(declared.name, value)
    elif declared.key == "console.time_zone" and value is not None:
        try:
            zoneinfo.ZoneInfo(value)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            reason = "there is no such time zone here"
    if reason is not None:
        raise _wrong(declared, value, place, reason)
    return value


def _wrong(declared: Declared, value: object, place: str, reason: str) -> UsageError:
    words = reason.partition(" - at")[0].replace("`", "")
    choices = _choices(declared.annotation)
    if choices:
        words = f"must be one of {', '.join(map(str, choices))}"
    return UsageError(f"{declared.key} cannot be {value!r} ({place}): {words[0].lower()}{words[1:]}")


def _choices(annotation: Any) -> tuple[Any, ...]:
    """The values of a setting that has a closed set of them."""
    bare = get_args(annotation)[0] if hasattr(annotation, "__metadata__") else annotation
    return get_args(bare) if get_origin(bare) is Literal else ()


def _settings(found: Mapping[str, Value]) -> Settings:
    """The values, in their classes."""
    tables: dict[str, dict[str, Any]] = {}
    for key, declared in DECLARED.items():
        tables.setdefault(declared.table, {})[declared.name] = found[key].value
    top = tables.pop("")
    types = {field.name: type(field.default) for field in msgspec.structs.fields(Settings)}
    settings = Settings(**top, **{name: types[name](**values) for name, values in tables.items()})
    collector = settings.collector
    if (collector.tls_cert is None) != (collector.tls_key is None):
        missing = "collector.tls_key" if collector.tls_key is None else "collector.tls_cert"
        raise UsageError(f"a certificate and its key go together: {missing} is missing")
    if collector.tls_cert is not None and collector.tls_self_signed:
        raise UsageError("either a certificate of yours (--tls-cert, --tls-key) or --tls-self-signed, not both")
    return settings


def plain(value: Any) -> Any:
    """A value in the types of JSON; a whole number is written as one."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return list(value) if isinstance(value, tuple) else value
