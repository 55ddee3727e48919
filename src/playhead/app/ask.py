"""What commands ask of the store: through the running server, or, when none runs, of the store itself (decision 0064)."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from playhead.app.clock import SystemClock
from playhead.app.prepared import ConsoleAddress
from playhead.base.errors import AlreadyRunningError, PlayheadError, StoreError, UsageError
from playhead.deployment.layout import Hold, Layout, hold, holder
from playhead.store.port import QueryFormat

PIECE_BYTES = 64 * 1024
TIMEOUT_S = 60.0
"""Longer than the store lets one question run."""

_QUERY_PATH = "/api/v1/query"
_COPY_PATH = "/api/v1/store/copy"


def ask(layout: Layout, sql: str, form: QueryFormat) -> Iterator[bytes]:
    """
    The answer, in pieces.

    Raises:
        UsageError: The question cannot be answered; the message says why. Before the first piece.
        PlayheadError: Neither the server nor the store can be asked.
    """
    address = running_console(layout)
    if address is not None:
        yield from _ask_server(address, sql, form)
        return
    with held_alone(layout):
        yield from _ask_file(layout, sql, form)


def held_alone(layout: Layout) -> Hold:
    """
    The directory, of which no server is running.

    Raises:
        PlayheadError: One is, after all.
    """
    try:
        return hold(layout)
    except AlreadyRunningError as error:
        raise PlayheadError("the server is just starting or stopping; try again in a moment") from error


def copy_store(address: ConsoleAddress, path: Path) -> None:
    """
    Make a copy of the store of a running server, as of one instant.

    Args:
        address: Its console.
        path: Where the copy is made.

    Raises:
        PlayheadError: The server did not give all of it, or there is no room.
    """
    from playhead.store.transfer import fill  # noqa: PLC0415 - brings the database

    with asked(address, "GET", _COPY_PATH) as answer:
        fill(path, answer)


def running_console(layout: Layout) -> ConsoleAddress | None:
    """The console of the server that holds the directory; a note left by a killed one does not count."""
    try:
        address = msgspec.json.decode(layout.console_address.read_bytes(), type=ConsoleAddress)
    except (OSError, msgspec.MsgspecError):
        return None
    return address if holder(layout) == address.process else None


def _ask_server(address: ConsoleAddress, sql: str, form: QueryFormat) -> Iterator[bytes]:
    with asked(address, "POST", _QUERY_PATH, msgspec.json.encode({"sql": sql, "format": form})) as answer:
        while piece := answer.read(PIECE_BYTES):
            yield piece


@contextmanager
def asked(
    address: ConsoleAddress, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
) -> Iterator[http.client.HTTPResponse]:
    """
    The answer of the server, if it is one.

    Args:
        address: Its console.
        method: Of the route.
        path: Of the route.
        body: None: it has none.
        kind: The body's media type.

    Raises:
        UsageError: The server refused it; the message says why.
        PlayheadError: It did not answer, or cannot.
    """
    where = urlsplit(address.url)
    headers = {"content-type": kind} if body is not None else {}
    if address.token_file is not None:
        headers["authorization"] = f"Bearer {_token_in(Path(address.token_file))}"
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=TIMEOUT_S)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        if answer.status != http.HTTPStatus.OK:
            raise _refusal(answer.status, answer.read())
        yield answer
    except (OSError, http.client.HTTPException) as error:
        raise PlayheadError(f"the server at {address.url} did not answer: {error}") from error
    finally:
        connection.close()


def _ask_file(layout: Layout, sql: str, form: QueryFormat) -> Iterator[bytes]:
    if not layout.store.exists():
        raise StoreError(f"there is no store in {layout.root} yet; `playhead serve` makes it")
    from playhead.store.duck import DuckStore  # noqa: PLC0415 - 150 ms that a question to the server does not need

    store = DuckStore(layout.store, SystemClock())
    try:
        yield from store.query(sql, form)
    finally:
        store.close()


def _token_in(path: Path) -> str:
    try:
        return path.read_text("utf-8").splitlines()[0].strip()
    except (OSError, UnicodeDecodeError, IndexError) as error:
        raise UsageError(f"the console asks for the token in {path}, which cannot be read") from error


def _refusal(status: int, body: bytes) -> PlayheadError:
    """What the server said, as an error of ours."""
    try:
        problem = msgspec.json.decode(body)
        reasons = [str(error["reason"]) for error in problem.get("errors", ())]
        text = "; ".join(reasons) or str(problem["detail"])
    except (msgspec.MsgspecError, KeyError, TypeError, AttributeError):
        text = f"the server answered with status {status}"
    return UsageError(text) if status == http.HTTPStatus.BAD_REQUEST else PlayheadError(text)
