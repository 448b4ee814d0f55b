"""Feed: receive every event as it is committed, across broken connections, without missing one."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import queue
import socket
import threading
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from client.api import Api, error_from
from client.config import BadConfig
from client.connection import explain_failure
from client.sanitize import clean
from client.transport import PreparedRequest, RawResponse, Unreachable
from contract.base import Model
from contract.feed import FEED, FeedEntry
from contract.problems import Problem

if TYPE_CHECKING:
    import httpx

#: Pauses before reconnecting, in seconds; the last one repeats.
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
#: In seconds. The server pings every few seconds; a connection silent for longer is dead.
IDLE_TIMEOUT = 45.0
#: How long the server may be away, in seconds, before `listen` raises Unreachable.
PATIENCE = 60.0
#: Clock differences below this count as none.
CLOCK_TOLERANCE = timedelta(seconds=2)
#: How long stopping waits for the thread, in seconds; only a hanging connect takes longer.
JOIN_TIMEOUT = 1.0
#: One event takes about 500 bytes.
MAX_LINE_BYTES = 1024 * 1024
#: Statuses that mean: try again later.
TRANSIENT = frozenset({429, 502, 503, 504})


class Signal(StrEnum):
    """What a listener receives besides events."""

    LIVE = "live"
    """Connected: from here on no event is missed."""
    LOST = "lost"
    """The connection broke; events resume when it is live again."""
    RESYNC = "resync"
    """Events were lost for good. Reload what is displayed, then continue."""
    TICK = "tick"
    """Nothing happened for a while; update what shows the time."""


FeedItem = FeedEntry | Signal


def listen(  # noqa: PLR0913  all of them are about time
    api: Api,
    *,
    cursor: str | None = None,
    everything: bool = False,
    seconds: float | None = None,
    tick: float | None = None,
    patience: float = PATIENCE,
) -> Generator[FeedItem, None, None]:
    """Yield events and signals, in order, for `seconds` or until the generator is closed.

    Starts after `cursor`, or now. `everything` is for admins. With `tick`, a TICK comes after each
    such number of silent seconds. A broken connection resumes where it broke. Raise the Problem
    that the server returned, and Unreachable when it cannot be reached at the start, or not again
    within `patience` seconds.
    """
    api.transport.http  # noqa: B018  created here, before a second thread could create another
    reader = _FeedReader(api, cursor=cursor, everything=everything)
    reader.start()
    clock = api.clock
    end = math.inf if seconds is None else clock.monotonic() + seconds
    lost_at: float | None = None
    try:
        while (remaining := end - clock.monotonic()) > 0:
            item = reader.next(min(remaining, math.inf if tick is None else tick))
            if item is Signal.LOST:
                lost_at = lost_at or clock.monotonic()
                if clock.monotonic() - lost_at > patience:
                    raise Unreachable(api.server, "the connection was lost")
            elif item is Signal.LIVE:
                lost_at = None
            if item is not Signal.TICK or tick is not None:
                yield item
    finally:
        reader.stop()


class _FeedReader:
    """Reads the stream in its own thread, so that `listen` can time out."""

    def __init__(self, api: Api, *, cursor: str | None, everything: bool) -> None:
        self._items: queue.SimpleQueue[FeedItem | Exception] = queue.SimpleQueue()
        self._transport = api.transport
        self._clock = api.clock
        self._cursor = cursor
        self._params = {"all": "true"} if everything else {}
        self._was_live = False
        self._stopped = threading.Event()
        self._response: httpx.Response | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="feed")

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def next(self, wait: float) -> FeedItem:
        """Return the next item, or a TICK after `wait` seconds; raise the thread's exception."""
        try:
            item = self._items.get(timeout=None if math.isinf(wait) else wait)
        except queue.Empty:
            return Signal.TICK
        if isinstance(item, Exception):
            raise item
        return item

    def stop(self) -> None:
        """End the thread, even while it waits for a line that never comes."""
        self._stopped.set()
        if self._response is not None:
            stream = self._response.extensions.get("network_stream")
            if stream is not None:
                # Closing would not wake a thread that waits in recv; shutting down does.
                with contextlib.suppress(OSError):
                    stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        # A daemon thread that still runs while the interpreter shuts down can abort the process.
        self._thread.join(JOIN_TIMEOUT)

    def _run(self) -> None:
        """Connect and reconnect, until stopped or refused."""
        import httpx

        failures = 0
        while not self._stopped.is_set():
            try:
                if self._connect():
                    failures = 0
            except httpx.HTTPError as error:
                if not self._was_live:
                    server = self._transport.server
                    self._items.put(Unreachable(server, explain_failure(error, server)))
                    return
            except (Problem, Unreachable, BadConfig) as error:
                self._items.put(error)
                return
            if not self._stopped.is_set():
                self._items.put(Signal.LOST)
                self._stopped.wait(PAUSES[min(failures, len(PAUSES) - 1)])
                failures += 1

    def _connect(self) -> bool:
        """Read one connection until it ends; return whether anything was received."""
        headers = {"Accept": "text/event-stream"}
        if self._cursor is not None:
            headers["Last-Event-ID"] = self._cursor
        received = False
        request = PreparedRequest(
            method="GET", path=FEED.path, params=self._params, headers=headers
        )
        with self._transport.stream(request, idle_timeout=IDLE_TIMEOUT) as response:
            self._response = response
            if self._stopped.is_set():
                return False  # stopped while connecting, when there was nothing to shut down yet
            if response.status_code in TRANSIENT:
                return False
            kind = response.headers.get("content-type", "")
            raw = RawResponse(
                status=response.status_code, headers=dict(response.headers), content=b""
            )
            if not raw.is_success or not kind.startswith("text/event-stream"):
                raw = dataclasses.replace(raw, content=response.read())
                raise error_from(self._transport.server, raw)
            for message in parse(lines(response.iter_bytes())):
                self._handle(message)
                received = True
        return received

    def _handle(self, message: ServerSentEvent) -> None:
        """Queue one message, and store its cursor for the next connection."""
        if message.id:
            self._cursor = message.id
        if message.event in {"hello", "resync"}:
            self._set_clock(message.data)
        if message.event == "hello":
            self._was_live = True
            self._items.put(Signal.LIVE)
        elif message.event == "resync":
            self._items.put(Signal.RESYNC)
        else:
            # A newer server may send events that this client does not know.
            with contextlib.suppress(msgspec.ValidationError):
                self._items.put(clean(msgspec.json.decode(message.data, type=FeedEntry)))

    def _set_clock(self, greeting: bytes) -> None:
        """Store how far the server's clock is ahead: its deadlines are in its own time."""
        with contextlib.suppress(msgspec.DecodeError):
            now = msgspec.json.decode(greeting, type=_Greeting).now
            ahead = now - self._clock.now()
            # Less is network latency, and would only make countdowns jump.
            self._transport.clock_offset = ahead if abs(ahead) >= CLOCK_TOLERANCE else timedelta()


class _Greeting(Model, frozen=True, kw_only=True):
    """The server's first message."""

    now: datetime


@dataclass(frozen=True)
class ServerSentEvent:
    """One message of a text/event-stream."""

    event: str
    data: bytes
    id: str


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield whole lines. str.splitlines would also split at U+2028 inside a title."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r")
        if len(rest) > MAX_LINE_BYTES:
            return


def parse(stream: Iterable[bytes]) -> Iterator[ServerSentEvent]:
    """Yield the messages of a text/event-stream (WHATWG HTML, 9.2); comments are pings."""
    event, cursor = "", ""
    data: list[bytes] = []
    for line in stream:
        if not line:
            if event or data:
                yield ServerSentEvent(event or "message", b"\n".join(data), cursor)
            event, data, cursor = "", [], ""
            continue
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            data.append(value)
        elif name == b"event":
            event = value.decode("utf-8", "replace")
        elif name == b"id":
            cursor = value.decode("utf-8", "replace")
