"""`playhead config show`."""

import os
import sys

from playhead.app.config import load_config
from playhead.cli.options import AsJson, ConfigFile, DataDirectory
from playhead.cli.output import print_json, print_table


def show_config(*, data_dir: DataDirectory = None, config: ConfigFile = None, json: AsJson = False) -> None:
    """Show every setting: its value, and where it came from (option, environment, file or default)."""
    found = load_config({"data_dir": data_dir}, environ=os.environ, file=config)
    if json:
        print_json(found.values)
        return
    print_table(
        ("setting", "value", "source"),
        (
            (key, value.value, f"{value.source} {value.place}" if value.place else value.source.value)
            for key, value in found.values.items()
        ),
    )
    if found.file is None:
        sys.stderr.write("no configuration file (playhead.toml here, --config or PLAYHEAD_CONFIG)\n")
