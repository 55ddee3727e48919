"""Every rule of metrics.md 1 to 5 and 7 has a golden viewing, and a page leads from the one to the other."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from timelines.rules import EXEMPT, RULES

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "concepts" / "rules.md"
HEAD = """\
# Rules and the viewings that show them

Each rule of the metrics specification, sections 1 to 5 and 7, with the golden viewings in `tests/timelines` that hold it: small
sessions in readable text, with what the player says, what Playhead learns, and how a person adds it up. This page is made from
them; `pytest tests/timelines --update-golden` writes it again.
"""
SECTIONS = {
    "1": "The session state machine",
    "2": "Computed fields",
    "3": "Output events",
    "4": "Session life",
    "5": "Downloaded sessions",
    "7": "Ambiguities and decisions",
}
PREFIX = "rule: metrics.md "


def named() -> dict[str, list[str]]:
    """Rule to the viewings that name it."""
    found = defaultdict(list)
    for path in sorted(HERE.glob("*.txt")):
        for line in path.read_text().splitlines():
            if line.startswith(PREFIX):
                found[line.removeprefix(PREFIX)].append(path.stem)
    return found


def page() -> str:
    """The index, in the order of the text."""
    viewings, lines = named(), [HEAD]
    for number, title in SECTIONS.items():
        lines += [f"## {number}. {title}", "", "| Rule | says | shown by |", "| --- | --- | --- |"]
        for rule, text in RULES.items():
            if re.match(rf"{number}\b", rule):
                shown = ", ".join(f"[{name}](../../tests/timelines/{name}.txt)" for name in viewings[rule])
                lines.append(f"| {rule} | {text} | {shown} |")
        lines.append("")
    lines += ["## Not shown by a viewing", "", "| Rule | Why, and what shows it |", "| --- | --- |"]
    lines += [f"| {rule} | {reason} |" for rule, reason in EXEMPT.items()]
    return "\n".join(lines) + "\n"


def test_every_rule_has_a_viewing() -> None:
    """No rule is without a viewing that names it, and no viewing names a rule that is not there."""
    assert set(RULES) == set(named())


def test_every_viewing_names_a_rule() -> None:
    """Each of at least 80 viewings says what it is for."""
    scripts = {path.stem: path.read_text() for path in HERE.glob("*.txt")}
    assert len(scripts) >= 80
    assert [] == [name for name, script in scripts.items() if PREFIX not in script]
    assert [] == [name for name, script in scripts.items() if not script.startswith("# ")]


def test_every_decision_is_listed() -> None:
    """The 52 rows of section 7 are each shown, or said to be another section's."""
    listed = {rule for rule in (*RULES, *EXEMPT) if rule.startswith("7.")}
    assert {f"7.{number}" for number in range(1, 53)} == listed


def test_exemptions_lead_somewhere() -> None:
    """A rule without a viewing names the file that shows it, or the section it belongs to."""
    files = {rule: re.findall(r"tests/\S+\.py", reason) for rule, reason in EXEMPT.items()}
    assert [] == [rule for rule, reason in EXEMPT.items() if not files[rule] and "metrics.md 6" not in reason]
    assert [] == [name for names in files.values() for name in names if not (ROOT / name).exists()]


def test_the_page_of_rules_is_up_to_date(request: pytest.FixtureRequest) -> None:
    """docs/concepts/rules.md lists every rule with its viewings."""
    if request.config.getoption("--update-golden"):
        PAGE.write_text(page())
        return
    assert page() == PAGE.read_text()
