"""Files of the browser: what is served, how it is cached, packed and cut."""

import gzip
from pathlib import Path

import pytest

from playhead.ui.pages import Page, answer, load

BODY = b"0123456789"


def page(*, packed: bytes | None = None) -> Page:
    return Page(BODY, packed, "video/webm", "no-cache", '"tag"')


def test_load_keeps_files_that_never_change_for_ever(tmp_path: Path) -> None:
    """What is under `assets/` has a hash in its name; a page is asked for again."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "console-Bx1.js").write_text("1")
    (tmp_path / "index.html").write_text("<p>")

    pages = load(tmp_path)

    expected = {"assets/console-Bx1.js": "public, max-age=31536000, immutable", "index.html": "no-cache"}
    assert expected == {name: page.cache for name, page in pages.items()}


def test_load_leaves_out_what_is_not_for_browsers(tmp_path: Path) -> None:
    """Stamps and packed twins are no pages of their own."""
    for name in ("BUILT_FROM", "theme.js", "theme.js.gz"):
        (tmp_path / name).write_bytes(b"x")

    pages = load(tmp_path)

    assert {"theme.js": b"x"} == {name: page.packed for name, page in pages.items()}


def test_load_of_nothing_is_empty(tmp_path: Path) -> None:
    """Without a build there are no pages, and no error."""
    assert {} == load(tmp_path / "static")


def test_packed_is_sent_to_those_who_take_it() -> None:
    """Gzip goes to browsers that say so, the plain bytes to others, and caches are told."""
    packed = gzip.compress(BODY)
    it = page(packed=packed)

    answers = [answer(it, {"accept-encoding": said}) for said in ("br, gzip", "gzip;q=0.5", "gzip; q=0", "")]

    assert [packed, packed, BODY, BODY] == [one.body for one in answers]
    assert ["gzip", "gzip", None, None] == [one.headers.get("content-encoding") for one in answers]
    assert {"accept-encoding"} == {one.headers["vary"] for one in answers}


def test_known_file_is_not_sent_again() -> None:
    """A browser that names the tag gets 304 and no bytes."""
    sent = answer(page(), {"if-none-match": '"tag"'})

    assert (304, b"") == (sent.status, sent.body)


@pytest.mark.parametrize(
    ("said", "status", "body", "place"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-99", 206, BODY, "bytes 0-9/10"),
        ("bytes=0-99", 206, BODY, "bytes 0-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=0-1,4-5", 200, BODY, None),
        ("bytes=-", 200, BODY, None),
        ("seconds=1-2", 200, BODY, None),
    ],
)
def test_part_of_a_file(said: str, status: int, body: bytes, place: str | None) -> None:
    """A player that seeks gets the range it asks for; one that cannot be read gets the whole."""
    sent = answer(page(), {"range": said})

    assert (status, body, place) == (sent.status, sent.body, sent.headers.get("content-range"))
