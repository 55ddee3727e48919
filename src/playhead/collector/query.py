"""The query string and the content type of a request, read without a library in their common forms."""

import re
from functools import lru_cache
from urllib.parse import unquote_plus

from msgspec import Struct

from playhead.base.limits import DATASTREAM_ID_CHARS_MAX, REQUEST_ID_CHARS_MAX


class Query(Struct, frozen=True, gc=False):
    """
    What the query says.

    Attributes:
        config_id: `configId` or `datastreamId` as sent, with its `:env` suffix; None when absent or empty.
        datastream_id: The same without `:env` (protocol.md C35); empty when absent or longer than the limit.
        request_id: `requestId` as sent; None when absent, empty or longer than the limit.
        silent: Whether `silent=true`.
    """

    config_id: str | None = None
    datastream_id: str = ""
    request_id: str | None = None
    silent: bool = False


_NOTHING = Query()
_CONFIG = re.compile(rb"configId=([A-Za-z0-9._:-]{1,256})")
_REQUEST = re.compile(rb"[A-Za-z0-9._-]{1,256}")
"""What all SDKs send: two plain values in this order."""
_CONFIG_BYTES_MAX = 300


def read_query(raw: bytes) -> Query:
    """The query; of a name that comes twice the first counts, bytes that are no UTF-8 are replaced. Never raises."""
    config, named, request = raw.partition(b"&requestId=")
    common = _read_config(config) if len(config) <= _CONFIG_BYTES_MAX else None
    if common is None or (named and not _REQUEST.fullmatch(request)):
        return _read_any(raw)
    return Query(common.config_id, common.datastream_id, request.decode()) if named else common


@lru_cache(maxsize=1024)
def _read_config(raw: bytes) -> Query | None:
    """The query without its `requestId`, which is the same for all viewers of a site; None when it is not common."""
    if not raw:
        return _NOTHING
    common = _CONFIG.fullmatch(raw)
    return None if common is None else _query(common[1].decode())


def _query(config_id: str | None, request_id: str | None = None, *, silent: bool = False) -> Query:
    datastream_id = (config_id or "").partition(":")[0]
    if len(datastream_id) > DATASTREAM_ID_CHARS_MAX:
        datastream_id = ""
    return Query(config_id, datastream_id, request_id, silent)


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
    return _query(config_id, request_id, silent=silent)


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
