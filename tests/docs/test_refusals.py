"""The page of refusals says what the code does."""

from pathlib import Path

from playhead.wire.refusals import BARE, GATEWAY, MEDIA, REASONS, WHEN, Refusal

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "refusals.md").read_text()


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its head."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip().replace(r"\|", "|") for cell in line.replace(r"\|", "\0").split("|")[1:-1]] for line in lines]


def test_every_code_is_on_the_page() -> None:
    """Code, status, title of each, and when it is answered, in the order of the enum, and nothing else."""
    answered = {**GATEWAY, **MEDIA}
    expected = [
        [f"`{code}`", str(answered[code].status), answered[code].title, WHEN[code]]
        if code in answered
        else [f"`{code}`", str(BARE[code]), "", WHEN[code]]
        for code in Refusal
    ]
    assert expected == rows("Codes")


def test_every_reason_is_on_the_page() -> None:
    """Each reason in its general form, with its meaning."""
    cells = [[cell.replace("\0", "|") for cell in row] for row in rows("Reasons of field errors")]
    assert [[f"`{reason}`", meaning] for reason, meaning in REASONS.items()] == cells
