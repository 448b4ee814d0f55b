"""Slow provider: how long reads take while calls to the payment provider hang."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bench import child, load, stock
from bench.child import Child
from bench.locks import take
from bench.report import Table

#: As many payments begin and hang as the thread pool of the provider has threads, and more.
HANGING = (0, 6, 12)
PATHS = ("/readyz", "/v1/tickets?limit=20")


def run(folder: Path, *, quick: bool) -> Iterator[Table]:
    """Ask for reads while 0, 6 and 12 payments wait for a provider that never answers."""
    count = 40 if quick else 400
    market = stock.build(folder / "slow.db", 2_000)
    table = Table(
        "Reads beside payments whose provider hangs, one connection",
        ("hanging calls", *(f"{path} {name}" for path in PATHS for name in ("p50 ms", "p99 ms"))),
    )
    for hanging in HANGING:
        fresh = market.fresh(f"slow-{hanging}.db")
        with _hanging_provider() as port:
            stripe = {
                "TICKETING_STRIPE_KEY": "sk_test_bench",
                "TICKETING_STRIPE_BASE": f"http://127.0.0.1:{port}",
            }
            with child.server(fresh.path, **stripe) as server:
                payments = _start_payments(server, fresh, hanging)
                try:
                    found = [
                        load.ask(server, [load.get(path)] * count, connections=1, seconds=60)
                        for path in PATHS
                    ]
                finally:
                    for payment in payments:
                        payment.close()
                server.process.kill()  # it would wait for the calls that hang
        table.rows.append((str(hanging), *(r.percentile(p) for r in found for p in (0.5, 0.99))))
    table.notes.append("the provider accepts a connection and never answers; a call waits 15 s")
    yield table


def _start_payments(server: Child, market: stock.Stock, count: int) -> list[socket.socket]:
    """Lock `count` tickets and begin to pay each; return the connections that wait."""
    waiting = []
    for request in take((load.lock(*pick) for pick in market.picks()), count):
        order = msgspec.json.decode(load.reply(server, request), type=dict[str, object])["id"]
        token = request.partition("Bearer ")[2].partition("\r\n")[0]
        payment = socket.create_connection(("127.0.0.1", server.port))
        payment.sendall(load.post(f"/v1/orders/{order}/pay", token, f"p-{order}", "{}").encode())
        waiting.append(payment)
    return waiting


@contextlib.contextmanager
def _hanging_provider() -> Iterator[int]:
    """Listen on a port, take every connection, and never answer."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:

        def accept() -> None:
            with contextlib.suppress(OSError):  # the listener was closed
                while True:
                    taken.append(listener.accept()[0])

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)
    for connection in taken:
        connection.close()
