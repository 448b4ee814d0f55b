"""Pace: a separate process that changes prices at an even pace, so that events keep coming."""

from __future__ import annotations

import os
import socket
import sys
import time

import msgspec

from bench.child import SERVER_CORE, keep_to
from bench.load import KeepAlive


class Pace(msgspec.Struct):
    """Which tickets to change in turn, each with the token of its seller."""

    port: int
    each_second: int
    seconds: float
    tickets: list[tuple[str, str]]


class PaceResult(msgspec.Struct):
    """How many changes were made, and in how many seconds."""

    changes: int
    seconds: float


def edit(ticket: str, token: str, amount: int) -> str:
    """Return a request that changes a price."""
    body = f'{{"price":{{"amount":{amount},"currency":"EUR"}}}}'
    return (
        f"PATCH /v1/tickets/{ticket} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nAccept: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )


def run(pace: Pace) -> PaceResult:
    """Change one price after the other, each when it is due."""
    with socket.create_connection(("127.0.0.1", pace.port)) as opened:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = KeepAlive(opened)
        began, count = time.perf_counter(), 0
        while (spent := time.perf_counter() - began) < pace.seconds:
            time.sleep(max(0.0, count / pace.each_second - spent))
            ticket, token = pace.tickets[count % len(pace.tickets)]
            client.send(edit(ticket, token, 2_000 + count % 9_000).encode())
            while not (status := client.receive()):
                pass
            assert status == 200, client.received
            count += 1
        return PaceResult(count, time.perf_counter() - began)


def main() -> None:
    """Read the pace from stdin and write the result to stdout."""
    keep_to(os.getpid(), SERVER_CORE)
    result = run(msgspec.json.decode(sys.stdin.buffer.read(), type=Pace))
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main()
