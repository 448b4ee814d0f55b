"""Pace: a process of its own that changes prices at an even pace, so that events keep coming."""

from __future__ import annotations

import os
import socket
import sys
import time

import msgspec

from bench.child import SERVER_CORE, keep_to
from bench.load import Line


class Pace(msgspec.Struct):
    """Whose tickets to change, round and round: each with the token of its seller."""

    port: int
    each_second: int
    seconds: float
    tickets: list[tuple[str, str]]


class Kept(msgspec.Struct):
    """How many changes there were, and in how many seconds."""

    changes: int
    seconds: float


def edit(ticket: str, token: str, amount: int) -> str:
    """Return the request that changes a price."""
    body = f'{{"price":{{"amount":{amount},"currency":"EUR"}}}}'
    return (
        f"PATCH /v1/tickets/{ticket} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nAccept: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )


def run(pace: Pace) -> Kept:
    """Change one price after the other, each at its moment."""
    with socket.create_connection(("127.0.0.1", pace.port)) as opened:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = Line(opened)
        began, count = time.perf_counter(), 0
        while (spent := time.perf_counter() - began) < pace.seconds:
            time.sleep(max(0.0, count / pace.each_second - spent))
            ticket, token = pace.tickets[count % len(pace.tickets)]
            line.ask(edit(ticket, token, 2_000 + count % 9_000).encode())
            while not (status := line.hear()):
                pass
            assert status == 200, line.received
            count += 1
        return Kept(count, time.perf_counter() - began)


def main() -> None:
    """Read what to do from stdin and write what was done to stdout."""
    keep_to(os.getpid(), SERVER_CORE)
    kept = run(msgspec.json.decode(sys.stdin.buffer.read(), type=Pace))
    sys.stdout.buffer.write(msgspec.json.encode(kept))


if __name__ == "__main__":
    main()
