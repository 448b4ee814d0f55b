"""Load: a process of its own that asks over keep-alive connections, each waiting for its answer.

It is a plain loop over sockets, so that it never is what limits the figure; `busy` says how much
of its core it needed.
"""

from __future__ import annotations

import os
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from bench.child import LOAD_CORE, TOP, Child, keep_to


class Job(msgspec.Struct):
    """What to ask: every request once, in order, for at most `seconds`."""

    port: int
    connections: int
    seconds: float
    requests: list[str]


class Result(msgspec.Struct):
    """What came of it; latencies in microseconds."""

    seconds: float
    busy: float
    latencies: list[int]
    statuses: dict[int, int]
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Return the latency, in milliseconds, that `share` of the answers kept within."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] / 1000

    @property
    def cost(self) -> float:
        """Microseconds of processor the server spent on one answer."""
        return self.cpu / len(self.latencies) * 1e6


def ask(child: Child, requests: Sequence[str], *, connections: int, seconds: float) -> Result:
    """Put load on a server from another process and core; every answer must be a success."""
    job = Job(child.port, connections, seconds, list(requests))
    before = child.cpu
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=msgspec.json.encode(job), stdout=subprocess.PIPE, check=True, cwd=TOP,
    )  # fmt: skip
    result = msgspec.json.decode(done.stdout, type=Result)
    result.cpu = child.cpu - before
    assert all(status in (200, 201) for status in result.statuses), result.statuses
    return result


def reply(child: Child, request: str) -> bytes:
    """Ask one thing and return the body of the answer."""
    with socket.create_connection(("127.0.0.1", child.port)) as opened:
        line = Line(opened)
        line.ask(request.encode())
        while not (status := line.hear()):
            pass
    assert status in (200, 201), line.received
    return line.received.partition(b"\r\n\r\n")[2]


def post(path: str, token: str, key: str, body: str) -> str:
    """Return a write as it goes over the wire."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
        f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\n"
        f"Accept: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )


def lock(ticket: str, token: str) -> str:
    """Return the request that locks a ticket, under a key of its own."""
    return post("/v1/orders", token, f"key-{ticket}-{token[-12:]}", f'{{"ticket_id":"{ticket}"}}')


def get(path: str) -> str:
    """Return a read as it goes over the wire."""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: application/json\r\n\r\n"


@dataclass
class Line:
    """A connection, and since when it waits for its answer."""

    socket: socket.socket
    since: int = 0
    received: bytes = b""
    whole: int = 0

    def ask(self, request: bytes) -> None:
        """Send a request."""
        self.received, self.whole = b"", 0
        self.since = time.perf_counter_ns()
        self.socket.sendall(request)

    def hear(self) -> int:
        """Take in what has arrived; return the status once the answer is whole, else 0."""
        chunk = self.socket.recv(1 << 18)
        assert chunk, "the server hung up"
        self.received = self.received + chunk if self.received else chunk
        if not self.whole:
            head, _, rest = self.received.partition(b"\r\n\r\n")
            at = head.lower().find(b"content-length:")
            if not rest or at < 0:
                return 0
            length = int(head[at + 15 :].partition(b"\r\n")[0])
            self.whole = len(head) + 4 + length
        return int(self.received[9:12]) if len(self.received) >= self.whole else 0


def run(job: Job) -> Result:
    """Do a job on this very process."""
    waiting: Iterator[bytes] = iter([request.encode() for request in job.requests])
    ready = selectors.DefaultSelector()
    for _ in range(job.connections):
        opened = socket.create_connection(("127.0.0.1", job.port))
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ready.register(opened, selectors.EVENT_READ, Line(opened))
    latencies: list[int] = []
    statuses: Counter[int] = Counter()
    clock, busy, out = time.perf_counter_ns, time.process_time(), 0
    began = clock()
    stop = began + int(job.seconds * 1e9)
    for key in list(ready.get_map().values()):
        if (request := next(waiting, None)) is not None:
            key.data.ask(request)
            out += 1
    ended = began
    while out:
        for key, _ in ready.select():
            line: Line = key.data
            if not (status := line.hear()):
                continue
            ended = clock()
            latencies.append((ended - line.since) // 1000)
            statuses[status] += 1
            request = next(waiting, None) if ended < stop else None
            if request is None:
                out -= 1
            else:
                line.ask(request)
    seconds = (ended - began) / 1e9
    return Result(seconds, (time.process_time() - busy) / seconds, latencies, dict(statuses))


def main() -> None:
    """Read a job from stdin and write its result to stdout."""
    keep_to(os.getpid(), LOAD_CORE)
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    sys.stdout.buffer.write(msgspec.json.encode(run(job)))


if __name__ == "__main__":
    main()
