"""Values of players' JSON."""

import time
from typing import Any

import pytest

from playhead.wire import values


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0, 0), (12.9, 12.9), (-0.0, 0), (2**53 - 1, 2**53 - 1), (10**30, values.NUMBER_MAX), (1e300, values.NUMBER_MAX),
        (-1, None), (True, None), ("1", None), (None, None), (float("inf"), None), (float("nan"), None), ([], None),
    ],
)  # fmt: skip
def test_numbers_are_finite_and_not_negative(value: object, number: float | None) -> None:
    """Texts and booleans are no numbers; what nobody can count exactly is read as the largest that all can."""
    assert number == values.read_number(value)


def test_whole_numbers_are_rounded_down() -> None:
    """A fraction of a second of playhead is dropped."""
    assert values.read_whole(12.9) == 12


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), ("", ""), (True, "true"), (False, "false"), (12, "12"), (12.0, "12"), (0.5, "0.5"), (-3, "-3"),
     (10**30, "1" + 30 * "0"), (None, None), ({}, None), ([], None), (float("inf"), None)],
)  # fmt: skip
def test_scalars_become_text(value: object, text: str | None) -> None:
    """Numbers and booleans are read as the text a player would have written."""
    assert text == values.read_text(value)


@pytest.mark.parametrize(
    ("value", "boolean"),
    [(True, True), (False, False), ("true", True), ("False", False), ("yes", None), (1, None), (None, None)],
)
def test_booleans_may_be_texts(value: object, boolean: bool | None) -> None:
    """Only true and false are understood."""
    assert boolean is values.read_boolean(value)


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"{", b"{}x", b'{"a":"\xff"}', b'{"a":nan}', b'{"a":Infinity}', b'{"a":"\\ud800","b":1e999}',
     b'{"a":"\\q","b":1e999}', b'{"a":' + b"[" * 200 + b"]" * 200 + b"}", b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_json_is_an_error(body: bytes) -> None:
    """Bytes that are not UTF-8, not JSON or nested beyond reason raise ValueError and nothing else."""
    with pytest.raises(ValueError, match=r"."):
        values.load(body)


def test_brackets_in_texts_do_not_nest() -> None:
    """Only real nesting counts, whatever a text holds."""
    body = b'{"a":"' + b"[{" * 500 + b'\\"[["}'
    assert values.brackets(body) > values.NESTING_MAX
    assert values.load(body)["a"].startswith("[{")


@pytest.mark.parametrize("beside", [0, 1, 60])
@pytest.mark.parametrize("depth", [61, 99, 100, 101, 150])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"]":', b"}")])
def test_depth_is_counted_exactly(depth: int, beside: int, opening: bytes, closing: bytes) -> None:
    """The limit is what it says, whatever stands beside the deepest part."""
    body = b"1"
    for level in range(depth):
        sibling = min(beside, level)  # never the deepest
        shallow = b"[" * sibling + b"]" * sibling + b"," if sibling and opening == b"[" else b""
        body = opening + shallow + body + closing
    assert (depth > values.NESTING_MAX) == values.nests_too_deeply(body)


def test_open_text_is_looked_at_once() -> None:
    """A megabyte of escaped quotation marks without an end costs no more than any other."""
    began_s = time.process_time()
    with pytest.raises(ValueError, match=r"."):
        values.load(b"{" * 101 + b'"' + b'\\"' * 500_000)
    assert time.process_time() - began_s < 2


def test_many_brackets_side_by_side_are_fine() -> None:
    """A long list of objects is not deep."""
    assert len(values.load(b"[" + b",".join([b"{}"] * 500) + b"]")) == 500


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"9" * 5000])
def test_numbers_out_of_range_are_infinite(number: bytes) -> None:
    """A number no float holds does not make the request unreadable."""
    assert not values.is_number(values.load(b'{"a":' + number + b"}")["a"])


def test_an_object_is_asked_for() -> None:
    """Another JSON value is an error where an object is needed."""
    with pytest.raises(ValueError, match="not an object"):
        values.load_object(b"[]")


def test_tamed_values_can_be_written_anywhere() -> None:
    """Numbers out of range become null, nesting is bounded, the rest stays."""
    deep: Any = 1
    for _ in range(50):
        deep = [deep]
    tamed = values.tame({"a": [1, 2.5, "x", True, None, 2**70, float("inf")], "deep": deep})
    assert tamed["a"] == [1, 2.5, "x", True, None, None, None]
    assert str(tamed["deep"]).count("[") < 50


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (rb'"\ud83d\ude00"', rb'"\ud83d\ude00"'),
        (rb'"\ud83d"', rb'"\ufffd"'),
        (rb'"\uDE00\uD83D"', rb'"\ufffd\ufffd"'),
        (rb'"\ud83d\ud83d\ude00"', rb'"\ufffd\ud83d\ude00"'),
        (rb'"\\ud83d"', rb'"\\ud83d"'),
        (rb'"\\\ud83d x"', rb'"\\\ufffd x"'),
        (rb'"\u00e9\n\""', rb'"\u00e9\n\""'),
        (rb'"\ud8', rb'"\ud8'),
    ],
)
def test_half_a_character_is_mended(sent: bytes, kept: bytes) -> None:
    """Lone halves become the replacement character, pairs and escaped backslashes stay; the length does too."""
    assert kept == values.mended(sent)
    assert len(sent) == len(kept)
