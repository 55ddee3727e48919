"""docs/reference/compatibility.md is what `make compat` makes of the tests, and covers what it has to."""

import re

import pytest

from clients.compatibility import CLIENTS, PAGE, ROOT, cells, numbers_of, page


def test_the_page_is_up_to_date() -> None:
    """It is exactly what the markers say; `make compat` renews it."""
    assert page(cells()) == PAGE.read_text(encoding="utf-8")


def test_every_client_is_shown() -> None:
    """Each column has marks."""
    assert {cell.client for cell in cells()} == set(CLIENTS)


def test_every_link_leads_to_a_test() -> None:
    """File and function of each link exist."""
    for path, name in re.findall(r"\]\(\.\./\.\./([\w/.]+)#(\w+)", PAGE.read_text(encoding="utf-8")):
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [f"{number:02}" for number in range(1, 25)])
def test_every_check_has_a_test(number: str) -> None:
    """Each of the 24 checks of protocol.md 9 is named by a test."""
    assert re.search(rf"^\* {number}: \[test_check_", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def test_numbers_of_a_name() -> None:
    """A test may be of two checks; other numbers in its name are none."""
    assert ["24", "19"] == numbers_of("test_check_24_and_19_restart")
    assert ["01"] == numbers_of("test_check_01_create_media_session")
