"""Where the published contracts are. They are never part of this repository."""

import os
from pathlib import Path


def _find() -> Path | None:
    named = os.environ.get("PLAYHEAD_CONTRACTS")
    place = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    return place if (place / "xdm").is_dir() else None


CONTRACTS: Path | None = _find()
"""The folder that holds `media-edge.yaml`, `seed.md` and `xdm/`: PLAYHEAD_CONTRACTS, else ../shared/data; None if absent."""
