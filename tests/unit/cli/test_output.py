"""Tables a person and a pipe can read; JSON a program can."""

import json

import pytest

from playhead.cli.output import print_json, print_table, shown


def test_tables_are_aligned_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """Away from a terminal a row is one line, however long, without colour and trailing blanks."""
    long = "x" * 300
    print_table(("id", "name"), [("a", long), ("bcd", "[red]n[/red]")])
    assert capsys.readouterr().out == f"id    name\na     {long}\nbcd   [red]n[/red]\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"), ("", "-"), ((), "-"), (True, "yes"), (False, "no"), (0, "0"), (1.5, "1.5"),
        (["a", 1], "a, 1"), ({"idle_timeout_s": 5, "federated": True}, "idle_timeout_s=5, federated=yes"),
    ],
)  # fmt: skip
def test_values_are_words(value: object, text: str) -> None:
    """Nothing, yes and no, lists and settings are written as a person reads them."""
    assert shown(value) == text


def test_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON comes indented and alone."""
    print_json({"a": [1, None]})
    assert json.loads(capsys.readouterr().out) == {"a": [1, None]}
