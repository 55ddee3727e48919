"""The two doors' addresses: taken before anything else is started, so that a taken port is said at once and plainly."""

import errno
import ipaddress
import os
import socket
from pathlib import Path

from playhead.app.settings import ConsoleSettings
from playhead.base.errors import PlayheadError, UsageError

BACKLOG = 4096


class AddressError(PlayheadError):
    """An address cannot be listened on."""


def listen(host: str, port: int, option: str) -> socket.socket:
    """
    A listening socket.

    Args:
        host: Name or address.
        port: 0 takes a free one.
        option: The option that chooses another port, for the message.

    Raises:
        AddressError: Somebody else listens there, or we may not; the message says what would help.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise AddressError(f"{host} is no address of this machine: {error.strerror}") from error
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise AddressError(_why_not(error, host, port, option)) from error
    return listener


def _why_not(error: OSError, host: str, port: int, option: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use by another program; choose another one with {option}"
    if error.errno == errno.EACCES:
        return f"port {port} is not ours to use: ports below 1024 need more rights; choose another one with {option}"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine"
    return f"cannot listen on {host} port {port}: {os.strerror(error.errno or 0)}"


def url_of(listener: socket.socket, *, secure: bool = False) -> str:
    """Address by which this machine reaches a listener, without a slash at the end."""
    host, port = listener.getsockname()[:2]
    address = ipaddress.ip_address(host.partition("%")[0])
    if address.is_unspecified:
        host = "127.0.0.1" if address.version == 4 else "::1"
    name = f"[{host}]" if address.version == 6 else host
    return f"{'https' if secure else 'http'}://{name}:{port}"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def console_token(console: ConsoleSettings) -> str | None:
    """
    The access token of the console; None where none is configured.

    Raises:
        UsageError: Others could reach the console and there is no token, or its file cannot be used.
    """
    if console.token_file is None:
        if is_loopback(console.host):
            return None
        raise UsageError(
            f"the console on {console.host} could be reached by others, so it needs an access token. Make one with\n"
            "    (umask 077; openssl rand -hex 32 > console-token)\n"
            "and name the file: [console] token_file in playhead.toml, or PLAYHEAD_CONSOLE_TOKEN_FILE=console-token"
        )
    try:
        lines = Path(console.token_file).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the console's token from {console.token_file}: {error}") from error
    token = lines[0].strip() if lines else ""
    if len(token) < 16:
        raise UsageError(f"the first line of {console.token_file} is no token: it must have 16 characters or more")
    return token
