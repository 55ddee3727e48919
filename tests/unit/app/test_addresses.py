"""The doors' addresses, and the token the console asks for."""

import socket
from pathlib import Path

import pytest

from playhead.app.addresses import AddressError, console_token, is_loopback, listen, url_of
from playhead.app.settings import ConsoleSettings
from playhead.base.errors import UsageError


def test_a_taken_port_is_said_plainly() -> None:
    """A second listener on a port is refused with the port and the option that chooses another."""
    with listen("127.0.0.1", 0, "--port") as first:
        port = first.getsockname()[1]
        with pytest.raises(AddressError) as caught:
            listen("127.0.0.1", port, "--port")
    expected = f"port {port} on 127.0.0.1 is in use by another program; choose another one with --port"
    assert expected == str(caught.value)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_somebody_else(host: str) -> None:
    """An address this machine does not have is named."""
    with pytest.raises(AddressError, match=f"{host} is no address of this machine"):
        listen(host, 0, "--port")


def test_urls_can_be_used_on_this_machine() -> None:
    """A listener on every address is reached by the loopback one; https is said."""
    with listen("0.0.0.0", 0, "--port") as everywhere:  # noqa: S104 - the default of the collector
        port = everywhere.getsockname()[1]
        assert url_of(everywhere, secure=True) == f"https://127.0.0.1:{port}"
        with socket.create_connection(("127.0.0.1", port), timeout=60):
            pass


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("LocalHost", True), ("0.0.0.0", False), ("example.com", False)],  # noqa: S104
)  # fmt: skip
def test_loopback(host: str, expected: bool) -> None:
    """Loopback addresses are known, names other than localhost are not trusted."""
    assert is_loopback(host) == expected


def test_a_console_others_reach_needs_a_token() -> None:
    """Without a token the console stays on this machine; the refusal says how to make one."""
    assert console_token(ConsoleSettings()) is None
    with pytest.raises(UsageError, match="openssl rand -hex 32 > console-token"):
        console_token(ConsoleSettings(host="0.0.0.0"))  # noqa: S104


def test_the_token_is_the_first_line(tmp_path: Path) -> None:
    """The token file's first line counts, without blanks around it."""
    path = tmp_path / "token"
    path.write_text(" 0123456789abcdef \nmore\n")
    assert console_token(ConsoleSettings(host="0.0.0.0", token_file=str(path))) == "0123456789abcdef"  # noqa: S104


@pytest.mark.parametrize(
    ("content", "reason"), [("", "is no token"), ("short\n", "is no token"), (None, "cannot read")]
)
def test_a_bad_token_file_is_refused(tmp_path: Path, content: str | None, reason: str) -> None:
    """A missing, empty or guessable token stops the start."""
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=reason):
        console_token(ConsoleSettings(token_file=str(path)))
