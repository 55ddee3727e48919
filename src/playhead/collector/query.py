"""The query string and the content type of a request, read without a library in their common forms."""

import re
from urllib.parse import unquote_plus

from msgspec import Struct

from playhead.base.limits import DATASTREAM_ID_CHARS_MAX, REQUEST_ID_CHARS_MAX


class Query(Struct, frozen=True, gc=False):
    """
    What the query says.

    Attributes:
        config_id: `configId` or `datastreamId` as sent, with its `:env` suffix; None when absent or empty.
        request_id: `requestId` as sent; None when absent, empty or longer than the limit.
        silent: Whether `silent=true`.
    """

    config_id: str | None = None
    request_id: str | None = None
    silent: bool = False

    @property
    def datastream_id(self) -> str:
        """The datastream's id without `:env` (protocol.md C35); empty when absent or longer than the limit."""
        plain = (self.config_id or "").partition(":")[0]
        return plain if len(plain) <= DATASTREAM_ID_CHARS_MAX else ""


_NOTHING = Query()
_COMMON = re.compile(rb"configId=([A-Za-z0-9._:-]{1,256})(?:&requestId=([A-Za-z0-9._-]{1,256}))?")
"""What all SDKs send: two plain values in this order."""


def read_query(raw: bytes) -> Query:
    """The query; of a name that comes twice the first counts, bytes that are no UTF-8 are replaced. Never raises."""
    if not raw:
        return _NOTHING
    common = _COMMON.fullmatch(raw)
    if common is not None:
        config, request = common.groups()
        return Query(config.decode(), None if request is None else request.decode())
    return _read_any(raw)


def _read_any(raw: bytes) -> Query:
    config_id: str | None = None
    request_id: str | None = None
    silent = False
    plain = b"%" not in raw and b"+" not in raw
    for pair in raw.decode("utf-8", "replace").split("&"):
        name, _, value = pair.partition("=")
        if not plain:
            name, value = unquote_plus(name, errors="replace"), unquote_plus(value, errors="replace")
        if name == "configId" or name == "datastreamId":  # noqa: PLR1714 - twice as fast as a set on this path
            config_id = config_id or value or None
        elif name == "requestId":
            request_id = request_id or value or None
        elif name == "silent":
            silent = value == "true"
    if request_id is not None and len(request_id) > REQUEST_ID_CHARS_MAX:
        request_id = None
    return Query(config_id, request_id, silent)


_USUAL = frozenset(
    {None, b"application/json", b"text/plain; charset=UTF-8", b"text/plain;charset=UTF-8", b"text/plain"}
)
_MEDIA_TYPES = frozenset({b"", b"application/json", b"text/plain", b"text/javascript"})


def content_type_taken(value: bytes | None) -> bool:
    """Whether a body of this Content-Type is read: three media types, parameters ignored; none counts as JSON (4.5 E)."""
    return value in _USUAL or (value is not None and value.partition(b";")[0].strip().lower() in _MEDIA_TYPES)


def is_plain_text(value: bytes | None) -> bool:
    """Whether the Content-Type is text/plain, which only alloy sends (protocol.md C2)."""
    return value is not None and value[:10].lower() == b"text/plain"
