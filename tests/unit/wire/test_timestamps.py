"""Timestamps of players."""

import pytest

from playhead.wire.timestamps import MAX_MS, MIN_MS, read_timestamp, write_timestamp, year_of

RECEIVED_MS = 1_767_232_815_120  # 2026-01-01T02:00:15.120Z


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("2026-01-01T02:00:15Z", 1_767_232_815_000),
        ("2026-01-01T02:00:15.120Z", 1_767_232_815_120),
        ("2026-01-01T02:00:15.7Z", 1_767_232_815_700),
        ("2026-01-01T02:00:15.123456789Z", 1_767_232_815_123),
        ("2026-01-01t02:00:15z", 1_767_232_815_000),
        ("2026-01-01T03:00:15+01:00", 1_767_232_815_000),
        ("2025-12-31T21:30:15-0430", 1_767_232_815_000),
        ("2024-02-29T00:00:00+00:00", 1_709_164_800_000),
        ("1969-12-31T23:59:59.999Z", -1),
    ],
)
def test_every_documented_form_is_read(text: str, at_ms: int) -> None:
    """Fractions of one to nine digits, Z or an offset with or without a colon, letters in any case."""
    assert at_ms == read_timestamp(text, RECEIVED_MS)


@pytest.mark.parametrize(
    "text",
    [
        "", "2026-01-01", "2026-01-01T02:00:15", "1767232815120", "2026-01-01 02:00:15Z", "2026-02-30T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T02:00:60Z", "2026-13-01T00:00:00Z", "0000-01-01T00:00:00Z",
        "2026-01-01T02:00:15.Z", "2026-01-01T02:00:15.1234567890Z", "2026-01-01T02:00:15+24:00",
        "2026-01-01T02:00:15+01:60", "2026-01-01T02:00:15+1:00", "2026-01-01T02:00Z", "\u0662026-01-01T02:00:15Z",
        "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "YYYY", "2026-01-01T02:00:15Z ",
    ],
)  # fmt: skip
def test_everything_else_is_none(text: str) -> None:
    """No offset, date only, numbers, impossible dates, dates an offset moves out of four-digit years."""
    assert read_timestamp(text, RECEIVED_MS) is None


def test_a_year_of_four_letters_is_the_current_one() -> None:
    """YYYY stands for the UTC year of the arrival (protocol.md C33)."""
    assert read_timestamp("2026-03-04T13:39:00+00:00", 0) == read_timestamp("YYYY-03-04T13:39:00+00:00", RECEIVED_MS)
    assert year_of(RECEIVED_MS - 24 * 3_600_000) == 2025


@pytest.mark.parametrize(
    ("at_ms", "text"),
    [
        (1_767_232_815_007, "2026-01-01T02:00:15.007Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (MIN_MS, "0001-01-01T00:00:00.000Z"),
        (MAX_MS, "9999-12-31T23:59:59.999Z"),
    ],
)
def test_written_with_three_decimals(at_ms: int, text: str) -> None:
    """What is written is RFC 3339 in UTC with three decimals, and reads back."""
    assert text == write_timestamp(at_ms)
    assert at_ms == read_timestamp(text, RECEIVED_MS)
