from __future__ import annotations

from collections.abc import Iterator
from email.utils import formatdate

import httpx
import msgspec
import pytest

from client.api import Api, Unreachable
from contract.orders import PLACE_ORDER, PlacedOrder, PlaceOrder
from contract.problems import Busy, Invalid
from contract.tickets import LIST_TICKETS, VIEW_TICKET, TicketsQuery
from tests.samples import ORDER, TICKET, body, refusal
from tests.still import Still

LOST = httpx.ReadError("reset")
REFUSED = httpx.ConnectError("[Errno 111] Connection refused")
PLACED = PlacedOrder(**msgspec.structs.asdict(ORDER))
DONE = httpx.Response(201, content=body(PLACED))


def busy(**headers: str) -> httpx.Response:
    status, content = refusal(Busy())
    return httpx.Response(status, content=content, headers=headers)


class Script:
    """Answers each request with the next outcome; the last one repeats."""

    def __init__(self, *outcomes: httpx.Response | Exception) -> None:
        self.outcomes = list(outcomes)
        self.requests: list[httpx.Request] = []
        self.clock = Still()
        self.api = Api(
            "http://127.0.0.1:9", "tok", http_transport=httpx.MockTransport(self.answer),
            clock=self.clock,
        )  # fmt: skip

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def place(self) -> object:
        return self.api.call(PLACE_ORDER, PlaceOrder(ticket_id="tkt_1a"))


def test_a_request_with_a_lost_reply_is_repeated_with_the_same_key() -> None:
    script = Script(LOST, DONE)
    assert script.place() == PLACED
    keys = {request.headers["Idempotency-Key"] for request in script.requests}
    assert (len(script.requests), len(keys)) == (2, 1)


def test_a_busy_server_is_tried_again_after_a_pause() -> None:
    script = Script(busy(), busy(), DONE)
    assert script.place() == PLACED
    assert script.clock.slept == [0.1, 0.3]


def test_the_retry_after_header_is_obeyed() -> None:
    script = Script(busy(**{"Retry-After": "4"}), DONE)
    assert script.place() == PLACED
    assert script.clock.slept == [4.0]


def test_a_wait_beyond_the_timeout_is_not_started() -> None:
    script = Script(busy(**{"Retry-After": "60"}))
    with pytest.raises(Busy):
        script.place()
    assert script.clock.slept == []


def test_a_refused_connection_is_final_at_once() -> None:
    script = Script(REFUSED)
    with pytest.raises(Unreachable, match=r"http://127\.0\.0\.1:9: no server is running there"):
        script.place()
    assert len(script.requests) == 1


def test_a_restarting_server_is_tried_again_after_a_lost_reply() -> None:
    script = Script(LOST, REFUSED, REFUSED, DONE)
    assert script.place() == PLACED


@pytest.mark.parametrize("outcome", [LOST, busy()])
def test_retries_end_within_the_timeout(outcome: httpx.Response | Exception) -> None:
    script = Script(outcome)
    with pytest.raises((Unreachable, Busy)):
        script.place()
    assert script.clock.passed <= 10.0
    assert 2 <= len(script.requests) <= 6


def test_a_slow_reply_is_cut_off_at_the_deadline() -> None:
    clock = Still()

    def drip() -> Iterator[bytes]:
        while True:
            clock.passed += 1.0
            yield b" "

    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=drip()))
    api = Api("http://127.0.0.1:9", http_transport=transport, clock=clock)
    with pytest.raises(Unreachable, match="does not respond"):
        api.call(VIEW_TICKET, ticket_id="tkt_1a")
    assert clock.passed <= 12.0


def test_an_endless_reply_is_not_kept_in_memory() -> None:
    def flood() -> Iterator[bytes]:
        while True:
            yield b" " * 1_000_000

    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=flood()))
    api = Api("http://127.0.0.1:9", http_transport=transport, clock=Still())
    with pytest.raises(Unreachable, match="too large"):
        api.call(VIEW_TICKET, ticket_id="tkt_1a")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (REFUSED, "no server is running there"),
        (httpx.ConnectError("[Errno -2] Name or service not known"), "is it correct"),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] expired"), "not trusted"),
        (httpx.ConnectTimeout("timed out"), "does not respond"),
        (LOST, "was lost"),
    ],
)
def test_the_reason_is_given_in_plain_words(error: Exception, words: str) -> None:
    with pytest.raises(Unreachable, match=words):
        Script(error).place()


def test_no_proxy_is_used_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:3128")
    near = Api("http://127.0.0.1:9").transport.http
    far = Api("https://tickets.example.org").transport.http
    assert near._mounts == {}  # noqa: SLF001  httpx shows its proxies nowhere else
    assert far._mounts != {}  # noqa: SLF001  the same


def test_a_listed_ticket_reads_back_as_it_was_sent() -> None:
    assert Script(httpx.Response(200, content=body(TICKET))).api.call(
        VIEW_TICKET, ticket_id="tkt_1a"
    ) == TICKET  # fmt: skip


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [(0, 0), (2, 0), (-2, 0), (1200, 1200), (-1200, -1200)],
)
def test_the_servers_time_is_learned_from_a_response(ahead: int, expected: int) -> None:
    script = Script(DONE)
    sent = formatdate(script.clock.now().timestamp() + ahead, usegmt=True)
    script.outcomes = [httpx.Response(201, content=body(ORDER), headers={"Date": sent})]
    script.place()
    assert round((script.api.now() - script.clock.now()).total_seconds()) == expected


@pytest.mark.parametrize("sent", ["", "soon", "-1"])
def test_a_date_that_is_none_leaves_the_clock_alone(sent: str) -> None:
    script = Script(httpx.Response(201, content=body(ORDER), headers={"Date": sent}))
    script.place()
    assert script.api.now() == script.clock.now()


@pytest.mark.parametrize("status", [502, 504])
def test_a_proxy_that_got_no_answer_is_tried_again_with_the_same_key(status: int) -> None:
    page = httpx.Response(
        status, content=b"<html>Bad Gateway", headers={"Content-Type": "text/html"}
    )
    script = Script(page, page, DONE)
    assert script.place() == PLACED
    assert script.clock.slept == [0.1, 0.3]
    assert len({request.headers["Idempotency-Key"] for request in script.requests}) == 1


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxy_that_gets_no_answer_is_named_in_the_end(status: int) -> None:
    script = Script(httpx.Response(status, content=b"<html>Bad Gateway"))
    with pytest.raises(Unreachable, match=rf"a proxy .* got no answer from it \(status {status}\)"):
        script.place()
    assert script.clock.passed <= 10.0


def test_a_query_that_is_too_long_is_not_sent() -> None:
    script = Script(DONE)
    with pytest.raises(Invalid) as refused:
        script.api.call(LIST_TICKETS, TicketsQuery(q="é" * 2_000))
    assert [error.field for error in refused.value.errors] == ["q"]
    assert "2000 characters" in refused.value.errors[0].message
    assert script.requests == []


@pytest.mark.parametrize("status", [414, 431])
def test_a_proxy_that_refuses_a_long_request_is_understood(status: int) -> None:
    script = Script(httpx.Response(status, content=b"<html>"))
    with pytest.raises(Unreachable, match="the request is too long for it"):
        script.place()
