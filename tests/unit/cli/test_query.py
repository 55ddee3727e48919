"""Answers of `playhead query` as a table."""

import json

import pytest

from playhead.cli.query import print_answer


def test_json_lines_become_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Columns are those of the answer, nothing is a dash, objects are the JSON they are; lines may come in pieces."""
    lines = [{"id": "a", "n": None, "o": {"x": [1]}}, {"id": "b", "n": 2, "o": {}}]
    data = "\n".join(json.dumps(one) for one in lines).encode() + b"\n"
    print_answer([data[:7], data[7:]])
    assert capsys.readouterr().out == 'id   n   o\na    -   {"x":[1]}\nb    2   -\n'


def test_no_rows_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    """An empty answer leaves stdout empty."""
    print_answer([])
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "no rows\n")
