"""
The players: 64 connections, each with one request under way, on core 1.

With `wrk` (Debian: apt-get install wrk). Without it a small asyncio client does it, which is slower than the servers and
says so: its figures are about itself.
"""

import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from servers import CLIENT_CORE, pinned

CONNECTIONS = 64

LUA = """
local requests, at = {}, 0
local headers = { ["Content-Type"] = "application/json" }
init = function(args)
  for body in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("POST", args[2], headers, body)
  end
end
request = function()
  at = at % #requests + 1
  return requests[at]
end
done = function(summary, latency, _)
  local e = summary.errors
  print(string.format('{"requests": %d, "seconds": %f, "p50_ms": %f, "p99_ms": %f, "failed": %d}', summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


class Measured(Struct, frozen=True):
    """What the players saw. `failed`: requests without an answer below 400."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    failed: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def has_wrk() -> bool:
    """Whether the good load generator is here."""
    return shutil.which("wrk") is not None


def load(directory: Path, port: int, path: str, bodies: Sequence[bytes], for_s: float) -> Measured:
    """POST the bodies in turn for so many seconds, after a short warming up."""
    if not has_wrk():
        return asyncio.run(_load(port, path, bodies, for_s))
    (directory / "bodies.txt").write_bytes(b"\n".join(bodies) + b"\n")
    (directory / "post.lua").write_text(LUA)
    for seconds in (1, max(1, round(for_s))):
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(directory / "post.lua")]
        command += [f"http://127.0.0.1:{port}", "--", str(directory / "bodies.txt"), path]
        out = subprocess.run(pinned(command, CLIENT_CORE), capture_output=True, text=True, check=True).stdout
    return Measured(**json.loads(out.splitlines()[-1]))


async def _load(port: int, path: str, bodies: Sequence[bytes], for_s: float) -> Measured:
    took: list[float] = []
    failed = 0
    end = time.perf_counter() + for_s

    async def connection(number: int) -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        body = bodies[number % len(bodies)]
        head = f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        request = head.encode() + body
        while (began := time.perf_counter()) < end:
            writer.write(request)
            answer = await reader.readuntil(b"\r\n\r\n")
            took.append(time.perf_counter() - began)
            failed += not answer.startswith((b"HTTP/1.1 2", b"HTTP/1.0 2"))
        writer.close()

    await asyncio.gather(*(connection(number) for number in range(CONNECTIONS)))
    took.sort()
    return Measured(len(took), for_s, took[len(took) // 2] * 1e3, took[len(took) * 99 // 100] * 1e3, failed)
