from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import httpx
import msgspec
import pytest

from client.api import Api, Unreachable
from contract.auth import ME, SIGN_UP, SignUp
from contract.base import Done, Empty, Page
from contract.orders import PLACE_ORDER, PlaceOrder
from contract.problems import FieldError, Invalid, StaleVersion
from contract.tickets import (
    EDIT_TICKET,
    LIST_TICKETS,
    VIEW_TICKET,
    WITHDRAW_TICKET,
    EditTicket,
    Price,
    Ticket,
    TicketsQuery,
    TicketUnavailable,
)
from tests.hostile import CORPUS, STEERING
from tests.samples import ORDER, TICKET, body, refusal
from tests.still import Still

Answer = Callable[[httpx.Request], httpx.Response]


def api(answer: Answer, *, token: str | None = "tok") -> Api:
    return Api(
        "http://127.0.0.1:9", token, http_transport=httpx.MockTransport(answer), clock=Still()
    )


def caught(answer: httpx.Response, *, token: str | None = "tok") -> tuple[Api, list[httpx.Request]]:
    requests: list[httpx.Request] = []

    def keep(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return answer

    return api(keep, token=token), requests


def test_a_read_sends_what_differs_from_the_defaults_and_the_token() -> None:
    client, requests = caught(httpx.Response(200, content=body(Page[Ticket](items=()))))
    client.call(LIST_TICKETS, TicketsQuery(q="curaçao", mine=True, limit=50))
    (request,) = requests
    assert dict(request.url.params) == {"q": "curaçao", "mine": "true"}
    assert request.headers["Authorization"] == "Bearer tok"
    assert "Idempotency-Key" not in request.headers
    assert request.content == b""


def test_a_write_sends_json_with_a_key_of_its_own() -> None:
    client, requests = caught(httpx.Response(201, content=body(ORDER)))
    order = client.call(PLACE_ORDER, PlaceOrder(ticket_id="tkt_1a"))
    client.call(PLACE_ORDER, PlaceOrder(ticket_id="tkt_1a"))
    assert (order.id, order.continued) == (ORDER.id, False)
    assert requests[0].content == b'{"ticket_id":"tkt_1a"}'
    assert requests[0].headers["Content-Type"] == "application/json"
    assert [request.headers["Idempotency-Key"] for request in requests] == ["key-1", "key-2"]


def test_a_given_idempotency_key_is_sent() -> None:
    client, requests = caught(httpx.Response(201, content=body(ORDER)))
    client.call(PLACE_ORDER, PlaceOrder(ticket_id="tkt_1a"), idempotency_key="mine")
    assert requests[0].headers["Idempotency-Key"] == "mine"


def test_an_edit_names_the_version_it_is_based_on_and_only_what_changes() -> None:
    client, requests = caught(httpx.Response(200, content=body(TICKET)))
    change = EditTicket(price=Price(amount=100, currency="EUR"))
    client.call(EDIT_TICKET, change, ticket_id="tkt_1a", if_match=3)
    assert requests[0].headers["If-Match"] == '"3"'
    assert requests[0].content == b'{"price":{"amount":100,"currency":"EUR"}}'


def test_a_delete_has_no_body() -> None:
    client, requests = caught(httpx.Response(200, content=body(TICKET)))
    client.call(WITHDRAW_TICKET, Empty(), ticket_id="tkt_1a")
    assert (requests[0].method, requests[0].content) == ("DELETE", b"")


def test_nobody_signed_in_sends_no_authorization() -> None:
    client, requests = caught(httpx.Response(200, content=body(TICKET)), token=None)
    client.call(VIEW_TICKET, ticket_id="tkt_1a")
    assert "Authorization" not in requests[0].headers


@pytest.mark.parametrize("bad", ["..", "../orders", "tkt_1a/x", "", "TKT_1", "tkt_1?x", "tkt_é"])
def test_an_invalid_id_is_refused_before_anything_is_sent(bad: str) -> None:
    client, requests = caught(httpx.Response(200, content=body(TICKET)))
    with pytest.raises(Invalid) as refused:
        client.call(VIEW_TICKET, ticket_id=bad)
    assert refused.value.errors[0].field == "ticket_id"
    assert requests == []


def test_half_a_character_is_refused_before_anything_is_sent() -> None:
    client, requests = caught(httpx.Response(200, content=body(Done())))
    with pytest.raises(Invalid):
        client.call(SIGN_UP, SignUp(email="a@b.c", password="\ud800"))
    assert requests == []


def test_a_problem_is_raised_as_the_class_that_the_server_named() -> None:
    status, content = refusal(TicketUnavailable("sold", rule="r", retry_after=4))
    client, _ = caught(httpx.Response(status, content=content))
    with pytest.raises(TicketUnavailable) as refused:
        client.call(PLACE_ORDER, PlaceOrder(ticket_id="tkt_1a"))
    assert (refused.value.detail, refused.value.rule, refused.value.retry_after) == ("sold", "r", 4)


def test_a_problem_names_its_fields() -> None:
    error = FieldError(field="price", message="is missing")
    status, content = refusal(Invalid(errors=(error,)))
    client, _ = caught(httpx.Response(status, content=content))
    with pytest.raises(Invalid) as refused:
        client.call(PLACE_ORDER, PlaceOrder(ticket_id="tkt_1a"))
    assert refused.value.errors == (error,)


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS)
def test_text_from_other_people_is_safe_once_it_is_decoded(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    show = {"name": text, "category": "sports", "venue": text, "city": text, "country": text,
            "id": "shw_1a", "starts_at": "2028-06-18T19:00:00-06:00"}  # fmt: skip
    raw = httpx.Response(200, json={**_builtins(TICKET), "show": show, "section": text})
    client, _ = caught(raw)
    ticket = client.call(VIEW_TICKET, ticket_id="tkt_1a")
    said = (ticket.section, ticket.show.name, ticket.show.venue, ticket.show.city)
    assert not any(STEERING.search(each) for each in said)


def test_a_problem_of_a_module_not_imported_yet_is_recognised() -> None:
    code = """
import httpx
from client.api import Api
from contract.problems import Problem
from contract.shows import VIEW_SHOW
refusal = {"type": "", "title": "", "status": 403, "code": "account_banned", "detail": "banned"}
answer = httpx.MockTransport(lambda _: httpx.Response(403, json=refusal))
try:
    Api("http://127.0.0.1:9", http_transport=answer).call(VIEW_SHOW, show_id="shw_1a")
except Problem as problem:
    print(type(problem).__name__)
"""
    # A process of its own: here, some test has imported everything already.
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "AccountBanned\n"


def test_a_problem_with_hostile_text_is_made_safe() -> None:
    status, content = refusal(StaleVersion("\x1b[2Jgone"))
    client, _ = caught(httpx.Response(status, content=content))
    with pytest.raises(StaleVersion, match="\ufffd"):
        client.call(EDIT_TICKET, EditTicket(), ticket_id="tkt_1a")


def test_a_redirect_is_not_followed_with_a_token() -> None:
    client, requests = caught(httpx.Response(302, headers={"Location": "https://evil.example"}))
    with pytest.raises(Unreachable, match=r"redirects to https://evil\.example"):
        client.call(ME, Empty())
    assert len(requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, html="<h1>Welcome</h1>"),
        httpx.Response(404, html="<h1>nothing</h1>"),
        httpx.Response(200, json={"id": 1}),
        httpx.Response(200, content=b"\xff\xfe"),
        httpx.Response(200, content=b"[" * 100_000),
    ],
)
def test_another_kind_of_server_is_recognised(answer: httpx.Response) -> None:
    client, _ = caught(answer)
    with pytest.raises(Unreachable, match="it is not a ticketing server"):
        client.call(VIEW_TICKET, ticket_id="tkt_1a")


def pages_of(count: int) -> tuple[Api, list[httpx.Request]]:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        start, size = int(request.url.params.get("cursor", "0")), _size(request)
        end = min(start + size, count)
        page = Page[Ticket](
            items=(TICKET,) * (end - start),
            next=str(end) if end < count else None,
            total=count if "count" in request.url.params else None,
        )
        return httpx.Response(200, content=body(page))

    return api(answer), requests


def _size(request: httpx.Request) -> int:
    return int(request.url.params.get("limit", "50"))


@pytest.mark.parametrize(
    ("count", "limit", "given", "calls"),
    [(0, 50, 0, 1), (7, 50, 7, 1), (213, 50, 50, 1), (213, 0, 213, 3), (213, 150, 150, 2)],
)
def test_pages_are_fetched_on_iteration(count: int, limit: int, given: int, calls: int) -> None:
    client, requests = pages_of(count)
    listing = client.pages(LIST_TICKETS, TicketsQuery(), limit=limit)
    assert requests == []
    assert len(list(listing)) == given
    assert listing.total == count
    assert len(requests) == calls
    assert ["count" in request.url.params for request in requests] == [True] + [False] * (calls - 1)


def test_a_list_that_never_ends_does_not_block_the_client() -> None:
    page = Page[Ticket](items=(TICKET,), next="same", total=1)
    client, _ = caught(httpx.Response(200, content=body(page)))
    assert len(list(client.pages(LIST_TICKETS, TicketsQuery(), limit=0))) == 2


def _builtins(ticket: Ticket) -> dict[str, object]:
    values: dict[str, object] = msgspec.to_builtins(ticket)
    return values
