"""Load: a separate process that sends requests over keep-alive connections, one at a time on each.

It is a plain loop over sockets, so that it is never the bottleneck; `busy` is the share of its core
that it used.
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

#: Seconds without any reply after which the other side has failed, instead of waiting for ever.
PATIENCE = 60


class LoadPlan(msgspec.Struct):
    """What to send: every request once, in order, for at most `seconds`."""

    port: int
    connections: int
    seconds: float
    requests: list[str]


class Result(msgspec.Struct):
    """What was measured; latencies are in microseconds."""

    seconds: float
    busy: float
    latencies: list[int]
    statuses: dict[int, int]
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        """Responses per second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Return a percentile of the latency in milliseconds; the median is `percentile(0.5)`."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] / 1000

    @property
    def cost(self) -> float:
        """Processor time of the server for one response, in microseconds."""
        return self.cpu / len(self.latencies) * 1e6


def ask(child: Child, requests: Sequence[str], *, connections: int, seconds: float) -> Result:
    """Put load on a server from another process and core. Every response must be a success."""
    plan = LoadPlan(child.port, connections, seconds, list(requests))
    before = child.cpu
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=msgspec.json.encode(plan), stdout=subprocess.PIPE, check=True, cwd=TOP,
    )  # fmt: skip
    result = msgspec.json.decode(done.stdout, type=Result)
    result.cpu = child.cpu - before
    assert all(status in (200, 201) for status in result.statuses), result.statuses
    return result


def reply(child: Child, request: str) -> bytes:
    """Send one request and return the body of its response."""
    with socket.create_connection(("127.0.0.1", child.port)) as opened:
        client = KeepAlive(opened)
        client.send(request.encode())
        while not (status := client.receive()):
            pass
    assert status in (200, 201), client.received
    return client.received.partition(b"\r\n\r\n")[2]


def post(path: str, token: str, key: str, body: str) -> str:
    """Return the text of a POST request."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
        f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\n"
        f"Accept: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )


def lock(ticket: str, token: str) -> str:
    """Return a request that locks a ticket, with its own idempotency key."""
    return post("/v1/orders", token, f"key-{ticket}-{token[-12:]}", f'{{"ticket_id":"{ticket}"}}')


def get(path: str) -> str:
    """Return the text of a GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: application/json\r\n\r\n"


@dataclass
class KeepAlive:
    """A connection, and when its pending request was sent."""

    socket: socket.socket
    sent_at: int = 0
    received: bytes = b""
    expected: int = 0

    def send(self, request: bytes) -> None:
        """Send a request."""
        self.received, self.expected = b"", 0
        self.sent_at = time.perf_counter_ns()
        self.socket.sendall(request)

    def receive(self) -> int:
        """Read what has arrived. Return the status when the response is complete, else 0."""
        chunk = self.socket.recv(1 << 18)
        assert chunk, "the server closed the connection"
        self.received = self.received + chunk if self.received else chunk
        if not self.expected:
            head, _, rest = self.received.partition(b"\r\n\r\n")
            at = head.lower().find(b"content-length:")
            if not rest or at < 0:
                return 0
            length = int(head[at + 15 :].partition(b"\r\n")[0])
            self.expected = len(head) + 4 + length
        return int(self.received[9:12]) if len(self.received) >= self.expected else 0


def run(plan: LoadPlan) -> Result:
    """Send the requests from this process."""
    waiting: Iterator[bytes] = iter([request.encode() for request in plan.requests])
    ready = selectors.DefaultSelector()
    for _ in range(plan.connections):
        opened = socket.create_connection(("127.0.0.1", plan.port))
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ready.register(opened, selectors.EVENT_READ, KeepAlive(opened))
    latencies: list[int] = []
    statuses: Counter[int] = Counter()
    clock, busy, pending = time.perf_counter_ns, time.process_time(), 0
    began = clock()
    stop = began + int(plan.seconds * 1e9)
    for key in list(ready.get_map().values()):
        if (request := next(waiting, None)) is not None:
            key.data.send(request)
            pending += 1
    ended = began
    while pending:
        answered = ready.select(PATIENCE)
        assert answered, f"{pending} requests got no reply for {PATIENCE} s"
        for key, _ in answered:
            client: KeepAlive = key.data
            if not (status := client.receive()):
                continue
            ended = clock()
            latencies.append((ended - client.sent_at) // 1000)
            statuses[status] += 1
            request = next(waiting, None) if ended < stop else None
            if request is None:
                pending -= 1
            else:
                client.send(request)
    seconds = (ended - began) / 1e9
    return Result(seconds, (time.process_time() - busy) / seconds, latencies, dict(statuses))


def main() -> None:
    """Read a plan from stdin and write its result to stdout."""
    keep_to(os.getpid(), LOAD_CORE)
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=LoadPlan)
    sys.stdout.buffer.write(msgspec.json.encode(run(plan)))


if __name__ == "__main__":
    main()
