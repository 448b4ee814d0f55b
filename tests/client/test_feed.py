from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest

from client import feed
from client.api import Api, Unreachable
from client.clock import SYSTEM
from client.feed import FeedItem, ServerSentEvent, Signal, lines, listen, parse
from contract.feed import FeedEntry
from contract.orders import OrderCompleted, OrderStatus
from contract.problems import Busy, Forbidden, Problem
from tests.samples import NOON, ORDER


def entry(number: int, *, actor: str = "usr_1a") -> FeedEntry:
    event = OrderCompleted(
        id="ord_1a", version=number, ticket_id="tkt_1a", buyer_id="usr_1a",
        status=OrderStatus.COMPLETE, price=ORDER.price, expires_at=NOON,
    )  # fmt: skip
    return FeedEntry(cursor=str(number), id=f"evt_{number:05d}", at=NOON, actor=actor, event=event)


def event_message(number: int) -> bytes:
    data = msgspec.json.encode(entry(number))
    return b"id: %d\nevent: order.completed\ndata: %b\n\n" % (number, data)


HELLO = b"id: 0\nevent: hello\ndata:\n\n"
RESYNC = b"id: 9\nevent: resync\ndata:\n\n"
PING = b": ping\n\n"


class Server(ThreadingHTTPServer):
    """Plays one script per connection, then closes it; the last stays open."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.scripts: list[bytes | Problem] = []
        self.seen: list[str | None] = []
        self.paths: list[str] = []
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.server.seen.append(self.headers.get("Last-Event-ID"))
        self.server.paths.append(self.path)
        script = self.server.scripts.pop(0)
        self.close_connection = True
        if isinstance(script, Problem):
            body = msgspec.json.encode(script.document())
            self.send_response(script.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(script)
        self.wfile.flush()
        if not self.server.scripts:
            self.server.over.wait(10.0)

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(feed, "PAUSES", (0.01,))
    with Server() as http:
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        yield http
        http.over.set()
        http.shutdown()


def receive(server: Server, *, until: FeedItem, tick: float | None = None) -> list[FeedItem]:
    items: list[FeedItem] = []
    with contextlib.closing(Api(server.url)) as api:
        for each in listen(api, seconds=5.0, tick=tick):
            items.append(each)
            if each == until:
                break
    return items


def first(server: Server, *, cursor: str | None = None, everything: bool = False) -> FeedItem:
    with contextlib.closing(Api(server.url)) as api:
        return next(listen(api, cursor=cursor, everything=everything, seconds=5.0))


def test_events_come_in_order_after_the_live_signal(server: Server) -> None:
    server.scripts = [HELLO + event_message(1) + PING + event_message(2)]
    assert receive(server, until=entry(2)) == [Signal.LIVE, entry(1), entry(2)]


def test_a_broken_connection_is_resumed_where_it_broke(server: Server) -> None:
    server.scripts = [
        HELLO + event_message(1) + event_message(2),
        HELLO.replace(b"0", b"2") + event_message(3),
    ]
    items = receive(server, until=entry(3))
    assert items == [
        Signal.LIVE, entry(1), entry(2), Signal.LOST, Signal.LIVE, entry(3),
    ]  # fmt: skip
    assert server.seen == [None, "2"]


def test_an_event_cut_in_half_is_neither_repeated_nor_lost(server: Server) -> None:
    server.scripts = [HELLO + event_message(1)[:-20], HELLO + event_message(1)]
    assert receive(server, until=entry(1)).count(entry(1)) == 1
    assert server.seen == [None, "0"]


def test_a_busy_server_is_tried_again(server: Server) -> None:
    server.scripts = [Busy(), HELLO]
    assert receive(server, until=Signal.LIVE) == [Signal.LOST, Signal.LIVE]


def test_events_lost_for_good_are_signalled(server: Server) -> None:
    server.scripts = [HELLO + RESYNC + event_message(10)]
    assert receive(server, until=entry(10)) == [Signal.LIVE, Signal.RESYNC, entry(10)]


def test_an_unknown_event_is_skipped(server: Server) -> None:
    unknown = event_message(1).replace(b"order.completed", b"order.teleported")
    server.scripts = [HELLO + unknown + event_message(2)]
    assert receive(server, until=entry(2)) == [Signal.LIVE, entry(2)]


def test_a_problem_is_raised_as_its_class(server: Server) -> None:
    server.scripts = [Forbidden()]
    with pytest.raises(Forbidden):
        receive(server, until=Signal.LIVE)


def test_admins_may_receive_everything(server: Server) -> None:
    server.scripts = [HELLO]
    first(server, everything=True)
    assert server.paths == ["/v1/feed?all=true"]


def test_listening_can_start_at_a_cursor(server: Server) -> None:
    server.scripts = [HELLO]
    first(server, cursor="7")
    assert server.seen == ["7"]


def test_listening_ends_after_its_time_even_without_events(server: Server) -> None:
    server.scripts = [HELLO]
    with contextlib.closing(Api(server.url)) as api:
        assert list(listen(api, seconds=0.1)) == [Signal.LIVE]


def test_silence_yields_ticks_on_request(server: Server) -> None:
    server.scripts = [HELLO]
    assert receive(server, until=Signal.TICK, tick=0.02)[-1] is Signal.TICK


def test_closing_the_generator_leaves_no_thread_behind(server: Server) -> None:
    server.scripts = [HELLO]
    before = set(threading.enumerate())
    with contextlib.closing(Api(server.url)) as api:
        items = listen(api, seconds=5.0)
        next(items)
        threads = [each for each in set(threading.enumerate()) - before if each.name == "feed"]
        assert threads
        items.close()
        for thread in threads:
            thread.join(2.0)
        assert not any(thread.is_alive() for thread in threads)


def test_a_missing_server_is_unreachable_at_once() -> None:
    with pytest.raises(Unreachable, match="no server is running there"):
        next(listen(Api("http://127.0.0.1:9"), seconds=5.0))


def test_hostile_text_in_an_event_is_made_safe(server: Server) -> None:
    hostile = msgspec.json.encode(entry(1, actor="\x1b[2J"))
    server.scripts = [HELLO + b"id: 1\ndata: " + hostile + b"\n\n"]
    safe = entry(1, actor="\ufffd[2J")
    assert receive(server, until=safe)[-1] == safe


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_lines_are_complete_however_the_bytes_arrive(size: int) -> None:
    text = "id: 1\r\ndata: a\u2028b\n\n".encode()
    chunks = [text[at : at + size] for at in range(0, len(text), size)]
    assert list(lines(chunks)) == [b"id: 1", "data: a\u2028b".encode(), b""]


def test_events_are_parsed_according_to_the_standard() -> None:
    stream = [b": comment", b"data:one", b"data: two", b"id: 7", b"odd", b"", b"", b"data: cut"]
    assert list(parse(stream)) == [ServerSentEvent("message", b"one\ntwo", "7")]


def test_an_endless_line_is_not_kept_in_memory() -> None:
    assert list(lines(b"x" * 600_000 for _ in range(1_000))) == []


def test_the_servers_clock_counts(server: Server) -> None:
    greeting = {"now": SYSTEM.now() + timedelta(hours=1)}
    server.scripts = [b"id: 0\nevent: hello\ndata: " + msgspec.json.encode(greeting) + b"\n\n"]
    with contextlib.closing(Api(server.url)) as api:
        assert abs(api.now() - SYSTEM.now()) < timedelta(seconds=1)
        next(listen(api, seconds=5.0))
        assert timedelta(minutes=59) < api.now() - SYSTEM.now() < timedelta(minutes=61)
