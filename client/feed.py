"""Feed: hear every fact as it is committed, across broken connections, without missing one."""

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

from client.api import Api, refusal
from client.sanitize import clean
from client.transport import Answer, Letter, Unreachable, because
from contract.base import Model
from contract.feed import FEED, FeedEntry
from contract.problems import Problem

if TYPE_CHECKING:
    import httpx

#: Pauses before connecting again, in seconds; the last one repeats.
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
#: The server pings every few seconds; a line silent for longer is dead.
SILENCE = 45.0
#: How long a server may be away, in seconds, before the listener is told so.
PATIENCE = 60.0
#: Clocks closer than this are taken for one.
SKEW = timedelta(seconds=2)
#: One fact is about 500 bytes.
LONGEST_LINE = 1024 * 1024
#: Answers that mean: not now.
PASSING = frozenset({429, 502, 503, 504})


class Signal(StrEnum):
    """What a listener hears besides facts."""

    LIVE = "live"
    """Connected: from here on no fact is missed."""
    LOST = "lost"
    """The connection broke; facts are held back until it is live again."""
    RESYNC = "resync"
    """Facts were lost for good. Read again what you show, then go on listening."""
    TICK = "tick"
    """Nothing happened for a while; time to draw the clock."""


Heard = FeedEntry | Signal


def listen(  # noqa: PLR0913  how long, how often, how patiently: all about time
    api: Api,
    *,
    cursor: str | None = None,
    everything: bool = False,
    seconds: float | None = None,
    tick: float | None = None,
    patience: float = PATIENCE,
) -> Generator[Heard, None, None]:
    """Yield facts and signals, in order, until `seconds` are over or the caller stops.

    Starts after `cursor`, or now. `everything` is for admins. With `tick`, a TICK comes after each
    such number of silent seconds. A broken connection is resumed where it broke. Raise the Problem
    the server refused with, and Unreachable when it cannot be reached at the start, or not again
    within `patience` seconds.
    """
    api.delivery.http  # noqa: B018  made here, before a second thread could make another
    listener = _Listener(api, cursor=cursor, everything=everything)
    threading.Thread(target=listener.run, daemon=True, name="feed").start()
    clock = api.clock
    end = math.inf if seconds is None else clock.monotonic() + seconds
    lost_at: float | None = None
    try:
        while (left := end - clock.monotonic()) > 0:
            heard = listener.next(min(left, math.inf if tick is None else tick))
            if heard is Signal.LOST:
                lost_at = lost_at or clock.monotonic()
                if clock.monotonic() - lost_at > patience:
                    raise Unreachable(api.server, "the connection broke off")
            elif heard is Signal.LIVE:
                lost_at = None
            if heard is not Signal.TICK or tick is not None:
                yield heard
    finally:
        listener.stop()


class _Listener:
    """Reads the stream in a thread of its own, so that the caller can watch the clock."""

    def __init__(self, api: Api, *, cursor: str | None, everything: bool) -> None:
        self._heard: queue.SimpleQueue[Heard | Exception] = queue.SimpleQueue()
        self._delivery = api.delivery
        self._clock = api.clock
        self._cursor = cursor
        self._params = {"all": "true"} if everything else {}
        self._was_live = False
        self._stopped = threading.Event()
        self._response: httpx.Response | None = None

    def next(self, wait: float) -> Heard:
        """Return what comes next, or a TICK after `wait` seconds; raise what the thread met."""
        try:
            heard = self._heard.get(timeout=None if math.isinf(wait) else wait)
        except queue.Empty:
            return Signal.TICK
        if isinstance(heard, Exception):
            raise heard
        return heard

    def stop(self) -> None:
        """End the thread, also when it waits for a line that never comes."""
        self._stopped.set()
        if self._response is not None:
            stream = self._response.extensions.get("network_stream")
            if stream is not None:
                # Closing would not wake a thread that waits in recv; shutting down does.
                with contextlib.suppress(OSError):
                    stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def run(self) -> None:
        """Connect, and connect again, until stopped or refused."""
        import httpx

        failures = 0
        while not self._stopped.is_set():
            try:
                if self._connect():
                    failures = 0
            except httpx.HTTPError as error:
                if not self._was_live:
                    self._heard.put(Unreachable(self._delivery.server, because(error)))
                    return
            except (Problem, Unreachable) as error:
                self._heard.put(error)
                return
            if not self._stopped.is_set():
                self._heard.put(Signal.LOST)
                self._stopped.wait(PAUSES[min(failures, len(PAUSES) - 1)])
                failures += 1

    def _connect(self) -> bool:
        """Listen on one connection until it ends; say whether anything was heard."""
        headers = {"Accept": "text/event-stream"}
        if self._cursor is not None:
            headers["Last-Event-ID"] = self._cursor
        any_heard = False
        letter = Letter(method="GET", path=FEED.path, params=self._params, headers=headers)
        with self._delivery.listen(letter, silence=SILENCE) as response:
            self._response = response
            if self._stopped.is_set():
                return False  # stopped while connecting, when there was nothing to shut down yet
            if response.status_code in PASSING:
                return False
            kind = response.headers.get("content-type", "")
            answer = Answer(
                status=response.status_code, headers=dict(response.headers), content=b""
            )
            if not answer.is_reply or not kind.startswith("text/event-stream"):
                answer = dataclasses.replace(answer, content=response.read())
                raise refusal(self._delivery.server, answer)
            for message in parse(lines(response.iter_bytes())):
                self._take(message)
                any_heard = True
        return any_heard

    def _take(self, message: Message) -> None:
        """Hand one message on, and remember how far we are."""
        if message.id:
            self._cursor = message.id
        if message.event in {"hello", "resync"}:
            self._set_clock(message.data)
        if message.event == "hello":
            self._was_live = True
            self._heard.put(Signal.LIVE)
        elif message.event == "resync":
            self._heard.put(Signal.RESYNC)
        else:
            # A newer server may tell facts this client has no name for.
            with contextlib.suppress(msgspec.ValidationError):
                self._heard.put(clean(msgspec.json.decode(message.data, type=FeedEntry)))

    def _set_clock(self, greeting: bytes) -> None:
        """Note how far the server's clock is ahead: its deadlines are told by it."""
        with contextlib.suppress(msgspec.DecodeError):
            now = msgspec.json.decode(greeting, type=_Greeting).now
            ahead = now - self._clock.now()
            # Less is the way here, and would only make countdowns jump.
            self._delivery.ahead = ahead if abs(ahead) >= SKEW else timedelta()


class _Greeting(Model, frozen=True, kw_only=True):
    """What the server says first."""

    now: datetime


@dataclass(frozen=True)
class Message:
    """One server-sent event."""

    event: str
    data: bytes
    id: str


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield whole lines. Not str.splitlines, which also cuts at U+2028 inside a title."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r")
        if len(rest) > LONGEST_LINE:
            return


def parse(stream: Iterable[bytes]) -> Iterator[Message]:
    """Yield the events of a text/event-stream (WHATWG HTML, 9.2); comments are pings."""
    event, cursor = "", ""
    data: list[bytes] = []
    for line in stream:
        if not line:
            if event or data:
                yield Message(event or "message", b"\n".join(data), cursor)
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
