"""Fresh bytes, drawn in bulk: one call of the system's dice feeds some hundred requests."""

from collections.abc import Callable
from typing import Protocol


class Entropy(Protocol):
    """The dice as a port. Bytes are unguessable and never given twice."""

    def take(self, count: int) -> bytes:
        """Exactly `count` fresh bytes."""
        ...


class BufferedEntropy:
    """Draws from a source such as `os.urandom` in blocks. Not for use by several threads, nor across a fork."""

    def __init__(self, source: Callable[[int], bytes], block_bytes: int = 8_192) -> None:
        self._source = source
        self._block_bytes = block_bytes
        self._block = b""
        self._at = 0

    def take(self, count: int) -> bytes:
        """Exactly `count` fresh bytes."""
        at = self._at
        end = at + count
        if end > len(self._block):
            self._block = self._source(max(self._block_bytes, count))
            at, end = 0, count
        self._at = end
        return self._block[at:end]
