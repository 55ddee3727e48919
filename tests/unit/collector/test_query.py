"""Query and content type in their common and uncommon forms."""

import pytest

from playhead.collector.query import Query, content_type_taken, is_plain_text, read_query


@pytest.mark.parametrize(
    ("raw", "query"),
    [
        (b"", Query()),
        (b"configId=ds&requestId=r", Query("ds", "ds", "r")),
        (b"datastreamId=ds", Query("ds", "ds")),
        (b"configId=&requestId=", Query()),
        (b"configId=a&configId=b", Query("a", "a")),
        (b"silent=true", Query(silent=True)),
        (b"silent=1", Query()),
        (b"x&=&&a=b=c&configId=ds", Query("ds", "ds")),
        (b"configId=a%3Adev&requestId=a+b%20c", Query("a:dev", "a", "a b c")),
        (b"%63onfigId=ds", Query("ds", "ds")),
        (b"configId=\xff%ff", Query("\ufffd\ufffd", "\ufffd\ufffd")),
        (b"requestId=" + b"r" * 257, Query()),
        (b"configId=ds&requestId=" + b"r" * 257, Query("ds", "ds")),
        (b"configId=ds&requestId=r&requestId=s", Query("ds", "ds", "r")),
        (b"configId=ds:dev&requestId=", Query("ds:dev", "ds")),
        (b"&requestId=r", Query(request_id="r")),
        (b"configId=" + b"d" * 300, Query("d" * 300)),
    ],
)
def test_query_is_read(raw: bytes, query: Query) -> None:
    """First of a name, percent-decoded, nothing raised; an overlong request id counts as not sent."""
    assert query == read_query(raw)


@pytest.mark.parametrize(
    ("config_id", "datastream_id"),
    [(None, ""), ("ds", "ds"), ("ds:dev", "ds"), ("ds:a:b", "ds"), (":dev", ""), ("x" * 257, "")],
)
def test_datastream_is_without_its_environment(config_id: str | None, datastream_id: str) -> None:
    """Protocol.md C35."""
    raw = b"" if config_id is None else f"configId={config_id}".encode()
    assert datastream_id == read_query(raw).datastream_id
    assert datastream_id == read_query(raw + b"&silent=true").datastream_id


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"application/json",
        b"Application/JSON ; charset=utf-8",
        b"text/plain; charset=UTF-8",
        b"text/plain;charset=UTF-8",
        b"text/javascript",
    ],
)
def test_three_media_types_are_taken(value: bytes | None) -> None:
    """Protocol.md 4.5 E: parameters are ignored, none given is JSON."""
    assert content_type_taken(value)


@pytest.mark.parametrize("value", [b"application/xml", b"multipart/form-data; boundary=x", b"text/html", b"json"])
def test_other_media_types_are_not(value: bytes) -> None:
    """Protocol.md 4.5 E: EXEG-0111-415."""
    assert not content_type_taken(value)


def test_plain_text_is_told_apart() -> None:
    """Protocol.md C2: only alloy sends it."""
    assert is_plain_text(b"Text/Plain; charset=UTF-8")
    assert not is_plain_text(b"application/json")
    assert not is_plain_text(None)
