"""What all tests share: hypothesis profiles, patience, `--update-golden`, and the notice when the contracts are not here."""

import os

import pytest
from httpx._config import DEFAULT_TIMEOUT_CONFIG
from hypothesis import HealthCheck, settings

from contracts_data import CONTRACTS

settings.register_profile("default", max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", parent=settings.get_profile("default"), max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

# What httpx waits for where a test does not say: a machine with much else to do answers late (5 s are usual).
for _waits_for in ("connect", "read", "write", "pool"):
    setattr(DEFAULT_TIMEOUT_CONFIG, _waits_for, 60)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` rewrites golden files instead of comparing them."""
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files; review the diff like code")


def pytest_report_header() -> str:
    """Say in the header of every run whether the conformance tests take part."""
    if CONTRACTS is None:
        return "contracts: not found, conformance tests are left out (set PLAYHEAD_CONTRACTS)"
    return f"contracts: {CONTRACTS}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the conformance tests where there is nothing to conform to."""
    if CONTRACTS is not None:
        return
    left_out = [item for item in items if item.get_closest_marker("conformance")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
