"""Everything has a limit, and the answer beyond it is written beside it."""

import ast
import itertools
from pathlib import Path

from playhead.base import limits


def test_each_limit_says_what_happens_beyond_it() -> None:
    """A limit without an answer is none."""
    body = ast.parse(Path(limits.__file__).read_text(encoding="utf-8")).body
    names = [node for node in body if isinstance(node, ast.Assign)]
    said = [
        after.value.value
        for before, after in itertools.pairwise(body)
        if isinstance(before, ast.Assign) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
    ]
    assert len(names) == len(said)
    assert all("Beyond:" in str(text) for text in said)


def test_limits_are_positive() -> None:
    """A limit of nothing would refuse everything."""
    assert all(value > 0 for name, value in vars(limits).items() if name.isupper())
