"""Neighbours: what somebody else's slow work costs those who read and lock.

The neighbours are payments whose provider hangs, feeds that nobody reads, and a large import.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from bench import child, load, stock
from bench.child import Child
from bench.load import Result
from bench.locks import take
from bench.report import Table
from contract.tickets import IMPORT_ROWS

PATHS = ("/readyz", "/v1/tickets?limit=20")
#: As many payments hang as the thread pool of the provider has threads, and more.
HANGING = 12
STREAMS = 100
#: Seats per show in the import.
SEATS = 2_000
Neighbour = Callable[[Child, stock.Stock], contextlib.AbstractContextManager[threading.Event]]


def run(folder: Path, *, quick: bool) -> Iterator[Table]:
    """Ask and lock beside each neighbour, and with none, for as long as it is at work."""
    market = stock.build(folder / "neighbours.db", 3_000 if quick else 40_000)
    figures = [f"{name} {p}" for name in ("readyz", "list", "lock") for p in ("p50", "p99")]
    table = Table(
        "Reads and locks beside a slow neighbour, one connection",
        ("neighbour", *figures, "lock p50 to none", "lock p99 to none", "MB"),
    )
    measure = _Measure(count=40 if quick else 400, rounds=1 if quick else 5, table=table)
    measure.row("none", market, _nobody)
    with _hanging_provider() as port:
        stripe = {
            "TICKETING_STRIPE_KEY": "sk_test_bench",
            "TICKETING_STRIPE_BASE": f"http://127.0.0.1:{port}",
        }
        measure.row(f"{HANGING} hanging payments", market, _hanging_payments, **stripe)
    measure.row(f"{STREAMS} feeds, half unread", market, _unread_feeds)
    rows = 2_000 if quick else 200_000
    measure.row(f"import of {rows:,} rows", market, lambda *known: _import(*known, rows=rows))
    table.notes += [
        "milliseconds; the provider accepts a connection and never answers, a call waits 15 s",
        f"the import sends {IMPORT_ROWS} rows in a request, one request after the other",
        "MB: memory of the server at the end",
    ]
    yield table


class _Measure:
    """Measures one row of the table after the other."""

    def __init__(self, *, count: int, rounds: int, table: Table) -> None:
        self._count, self._rounds, self._table = count, rounds, table
        self._base: list[float] = []

    def row(self, name: str, market: stock.Stock, beside: Neighbour, **settings: str) -> None:
        """Ask in turn for at least some rounds, and until the neighbour has done its work."""
        fresh = market.fresh("neighbour.db")
        found: list[list[Result]] = [[], [], []]
        with child.server(fresh.path, **settings) as server:
            locks = (load.lock(*pick) for pick in fresh.picks())
            load.ask(server, take(locks, self._count), connections=1, seconds=60)
            with beside(server, fresh) as done:
                while len(found[0]) < self._rounds or not done.is_set():
                    asked = [[load.get(path)] * self._count for path in PATHS]
                    asked.append(take(locks, self._count))
                    for results, requests in zip(found, asked, strict=True):
                        if requests:
                            results.append(load.ask(server, requests, connections=1, seconds=60))
                memory = _megabytes(server)
            server.process.kill()  # it would wait for the calls that hang
        figures = [_percentile(results, p) for results in found for p in (0.5, 0.99)]
        self._base = self._base or figures[-2:]
        ratios = (ours / base for ours, base in zip(figures[-2:], self._base, strict=True))
        self._table.rows.append((name, *figures, *ratios, memory))


def _percentile(results: list[Result], share: float) -> float:
    return Result(1, 0, [each for one in results for each in one.latencies], {}).percentile(share)


def _megabytes(server: Child) -> float:
    status = Path(f"/proc/{server.process.pid}/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.exists() else []
    resident = next((line.split()[1] for line in lines if line.startswith("VmRSS")), "0")
    return int(resident) / 1024


@contextlib.contextmanager
def _nobody(_: Child, __: stock.Stock) -> Iterator[threading.Event]:
    yield _done()


@contextlib.contextmanager
def _hanging_payments(server: Child, market: stock.Stock) -> Iterator[threading.Event]:
    """Lock some tickets and begin to pay each; the connections wait."""
    waiting = []
    for request in take((load.lock(*pick) for pick in market.picks(seed=2)), HANGING):
        order = msgspec.json.decode(load.reply(server, request), type=dict[str, object])["id"]
        token = request.partition("Bearer ")[2].partition("\r\n")[0]
        payment = socket.create_connection(("127.0.0.1", server.port))
        payment.sendall(load.post(f"/v1/orders/{order}/pay", token, f"p-{order}", "{}").encode())
        waiting.append(payment)
    yield _done()
    for payment in waiting:
        payment.close()


@contextlib.contextmanager
def _unread_feeds(server: Child, _: stock.Stock) -> Iterator[threading.Event]:
    """Open streams of all events that there ever were, and read every second one."""
    streams: list[socket.socket] = []
    stop = threading.Event()
    for _number in range(STREAMS):
        stream = socket.socket()
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stream.connect(("127.0.0.1", server.port))
        stream.sendall(load.get("/v1/feed?cursor=0.0").encode())
        streams.append(stream)
    reader = threading.Thread(target=_read_all, args=(streams[::2], stop))
    reader.start()
    yield _done()
    stop.set()
    reader.join()
    for stream in streams:
        stream.close()


def _read_all(streams: list[socket.socket], stop: threading.Event) -> None:
    with selectors.DefaultSelector() as ready:
        for stream in streams:
            ready.register(stream, selectors.EVENT_READ)
        while not stop.is_set():
            for key, _ in ready.select(timeout=0.1):
                key.fileobj.recv(1 << 16)  # type: ignore[union-attr]
            time.sleep(0.01)  # the benchmark itself must not keep the processor busy


@contextlib.contextmanager
def _import(server: Child, market: stock.Stock, *, rows: int) -> Iterator[threading.Event]:
    """Import rows, one full request after the other."""
    done = threading.Event()

    def send() -> None:
        try:
            for start in range(0, rows, IMPORT_ROWS):
                body = {"rows": [_listing(n) for n in range(start, start + IMPORT_ROWS)]}
                text = msgspec.json.encode(body).decode()
                key = f"import-{start}"
                load.reply(server, load.post("/v1/tickets/import", market.tokens[0], key, text))
        finally:
            done.set()

    sender = threading.Thread(target=send)
    sender.start()
    yield done
    sender.join()


def _listing(n: int) -> dict[str, object]:
    starts_at = datetime(2031, 1, 1, 20, tzinfo=UTC) + timedelta(days=n // SEATS % 28)
    return {
        "show": {
            "name": f"Imported {n // SEATS}", "category": "concert", "venue": "Hall",
            "city": "Reykjavik", "country": "IS", "starts_at": starts_at.isoformat(),
        },
        "section": "A", "row": str(n // 50), "seat": str(n), "external_id": f"i-{n}",
        "price": {"amount": 4500, "currency": "EUR"},
    }  # fmt: skip


def _done() -> threading.Event:
    done = threading.Event()
    done.set()
    return done


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
