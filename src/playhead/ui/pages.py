"""
The files the browser gets: what `hatch_build.py` made of `web/`, read once, served from memory.

Law: only files that were there when we started are served, under their exact name; no path of a request touches the disk.
"""

import gzip
import re
from collections.abc import Mapping
from hashlib import blake2b
from html import escape
from pathlib import Path

from msgspec import Struct

STATIC = Path(__file__).parent / "static"
"""Where the build puts its result."""

NOT_BUILT = (
    "The console's pages are not there: the web part was not built.\n"
    "In a source checkout run `make setup`; elsewhere install Playhead again with pip.\n"
    "The report API at /api/v1 works without them.\n"
)

_TYPES: Mapping[str, str] = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webm": "video/webm",
    ".woff2": "font/woff2",
}
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


class Page(Struct, frozen=True):
    """
    One file.

    Attributes:
        body: Its bytes.
        packed: The same in gzip; None where that was not worth it.
        media_type: Without charset; the response adds UTF-8 to text.
        cache: `cache-control`: files under `assets/` carry a hash or version in their name and never change.
        etag: Strong, quoted.
    """

    body: bytes
    packed: bytes | None
    media_type: str
    cache: str
    etag: str


class Answer(Struct, frozen=True):
    """What to send: status, headers in lower case, bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def load(folder: Path = STATIC) -> Mapping[str, Page]:
    """
    Every file of a build by its path in it, `/` between the parts: `assets/console-Bx1.js`.

    Returns:
        An empty mapping when nothing was built.
    """
    pages = {}
    for path in sorted(folder.rglob("*")):
        kind = _TYPES.get(path.suffix)
        if kind is None or not path.is_file():
            continue
        name, body = path.relative_to(folder).as_posix(), path.read_bytes()
        packed = path.with_name(path.name + ".gz")
        cache = _FOR_EVER if name.startswith("assets/") else _ASK_AGAIN
        pages[name] = _page(body, packed.read_bytes() if packed.is_file() else None, kind, cache)
    return pages


def _page(body: bytes, packed: bytes | None, media_type: str, cache: str) -> Page:
    return Page(body, packed, media_type, cache, etag=f'"{blake2b(body, digest_size=12).hexdigest()}"')


def in_zone(page: Page, zone: str) -> Page:
    """A page of HTML that says which time zone it is to show times in, where its address names none."""
    body = page.body.replace(b"<html ", f'<html data-time-zone="{escape(zone)}" '.encode(), 1)
    return _page(body, gzip.compress(body, mtime=0), page.media_type, page.cache)


def answer(page: Page, request: Mapping[str, str]) -> Answer:
    """
    A file to one who asks for it.

    Args:
        page: The file.
        request: Headers by lower-case name; `accept-encoding`, `if-none-match` and `range` are looked at. Of several
            ranges none is served: the whole file is.
    """
    headers = {"content-type": page.media_type, "cache-control": page.cache, "etag": page.etag}
    if page.packed is not None:
        headers["vary"] = "accept-encoding"
    else:
        headers["accept-ranges"] = "bytes"
    if page.etag in request.get("if-none-match", ""):
        return Answer(304, headers, b"")
    if page.packed is not None and _takes_gzip(request.get("accept-encoding", "")):
        return Answer(200, {**headers, "content-encoding": "gzip"}, page.packed)
    wanted = _RANGE.fullmatch(request.get("range", "").strip()) if page.packed is None else None
    if wanted is None or wanted.groups() == ("", ""):
        return Answer(200, headers, page.body)
    return _part(page.body, headers, wanted.group(1), wanted.group(2))


def _part(body: bytes, headers: Mapping[str, str], first: str, last: str) -> Answer:
    """Bytes `first` to `last` included; without `first`, the last `last` bytes (RFC 9110 14.1)."""
    size = len(body)
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        return Answer(416, {**headers, "content-range": f"bytes */{size}"}, b"")
    return Answer(206, {**headers, "content-range": f"bytes {start}-{end}/{size}"}, body[start : end + 1])


def _takes_gzip(accepted: str) -> bool:
    """Whether an `accept-encoding` lists gzip, and not with a weight of zero."""
    for part in accepted.split(","):
        name, _, weight = part.partition(";")
        if name.strip().lower() == "gzip":
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
