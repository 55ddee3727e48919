"""Options several commands share, and the settings behind them."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from playhead.app.config import Config, load_config
from playhead.app.settings import DECLARED
from playhead.deployment.layout import Layout, find


def help_of(key: str) -> str:
    """What the option of a setting says in `--help`: its meaning, its default, its variable."""
    declared = DECLARED[key]
    default = declared.default
    said = "" if default is None or default is False else f" [default: {default}]"
    return f"{declared.meaning}{said} [env: {declared.variable}]"


DataDirectory = Annotated[str | None, Parameter(name="--data-dir", help=help_of("data_dir"))]
ConfigFile = Annotated[
    str | None,
    Parameter(name="--config", help="Configuration file; by default `playhead.toml` here [env: PLAYHEAD_CONFIG]"),
]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Write JSON.")]


def settings_for(options: Mapping[str, Any], config: str | None) -> Config:
    """
    The effective settings of this command.

    Raises:
        UsageError: As `load_config`.
    """
    return load_config(options, environ=os.environ, file=config)


def existing_directory(data_dir: str | None, config: str | None) -> Layout:
    """
    The data directory a command looks into.

    Raises:
        UsageError: As `load_config`.
        DataDirectoryError: There is none.
    """
    return find(Path(settings_for({"data_dir": data_dir}, config).settings.data_dir))
