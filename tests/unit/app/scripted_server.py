"""A server that says what a test tells it to, in a thread."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Answerer = Callable[[str, bytes], bytes]
"""Given the path and the body of a request, the whole answer; empty: the connection is closed without one."""


def answer(status: int, body: bytes = b"", *headers: str) -> bytes:
    """An answer with its length."""
    lines = [f"HTTP/1.1 {status} Said", f"content-length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextmanager
def scripted(answerer: Answerer) -> Iterator[str]:
    """Its address."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while line := self.rfile.readline():
                length = 0
                while (header := self.rfile.readline().strip()) != b"":
                    name, _, value = header.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                said = answerer(line.split()[1].decode(), self.rfile.read(length))
                self.wfile.write(said)
                if not said or b"connection: close" in said:
                    return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
