"""The tests of the original application over HTTP: `tests/course.md` lists their numbers."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import Server
from tests.server.http.http_client import LISTING, PASSWORD, HttpClient, fields
from tests.server.http.marketplace import Marketplace

NEW = {"email": "new@example.org", "password": PASSWORD}


@pytest.fixture
def market(server: Server) -> Iterator[Marketplace]:
    """Give a server with its users."""
    market = Marketplace(server)
    yield market
    for visitor in market.people:
        visitor.client.close()


def pays(buyer: HttpClient, order: dict[str, str], card: str = "4242424242424242") -> None:
    """Pay an order as a browser does, and wait until the server has received it."""
    link = httpx.get(order["payment_url"])
    form = {"card_number": card, "exp": "12/34", "cvc": "123"}
    httpx.post(link.headers["Location"], data=form, headers={"Accept": "application/json"})
    late = time.monotonic() + 30
    while buyer.get_json(f"/v1/orders/{order['id']}")["status"] != "complete":
        assert time.monotonic() < late, "the order never completed"


def test_signing_up_returns_201(market: Marketplace) -> None:
    answer = market.anonymous.post("/v1/auth/signup", NEW)
    assert answer.status_code == 201
    assert answer.json()["account"]["email"] == NEW["email"]


@pytest.mark.parametrize("email", ["", "not an address", "a@b", "a b@c.org", "@c.org"])
def test_a_malformed_address_returns_422(market: Marketplace, email: str) -> None:
    answer = market.anonymous.post("/v1/auth/signup", {**NEW, "email": email})
    assert (answer.status_code, fields(answer)) == (422, ["email"])


@pytest.mark.parametrize("password", ["", "short", "x" * 257, " " * 10])
def test_an_invalid_password_returns_422(market: Marketplace, password: str) -> None:
    answer = market.anonymous.post("/v1/auth/signup", {**NEW, "password": password})
    assert (answer.status_code, fields(answer)) == (422, ["password"])


@pytest.mark.parametrize("missing", ["email", "password"])
def test_a_missing_field_returns_422(market: Marketplace, missing: str) -> None:
    body = {name: value for name, value in NEW.items() if name != missing}
    answer = market.anonymous.post("/v1/auth/signup", body)
    assert (answer.status_code, fields(answer)) == (422, [missing])


def test_the_same_address_again_returns_409(market: Marketplace) -> None:
    taken = {"email": market.seller.email.upper(), "password": PASSWORD}
    assert market.anonymous.post("/v1/auth/signup", taken).status_code == 409


def test_signing_up_returns_a_token_and_sets_no_cookie(market: Marketplace) -> None:
    answer = market.anonymous.post("/v1/auth/signup", NEW)
    assert "set-cookie" not in answer.headers
    assert market.client_of(answer.json()["token"]).get("/v1/auth/me").status_code == 200


@pytest.mark.parametrize("wrong", ["email", "password"])
def test_a_wrong_address_or_password_returns_401(market: Marketplace, wrong: str) -> None:
    body = {"email": market.seller.email, "password": PASSWORD, wrong: "wrong@example.org"}
    answer = market.anonymous.post("/v1/auth/login", body)
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_credentials")


def test_signing_in_returns_200_with_a_token(market: Marketplace) -> None:
    body = {"email": market.seller.email, "password": PASSWORD}
    answer = market.anonymous.post("/v1/auth/login", body)
    assert answer.status_code == 200
    assert answer.json()["token"] != market.seller.token


def test_signing_out_returns_200_and_ends_the_token(market: Marketplace) -> None:
    assert market.other.post("/v1/auth/logout").status_code == 200
    assert market.other.get("/v1/auth/me").status_code == 401


def test_the_current_user_is_returned_with_the_address(market: Marketplace) -> None:
    answer = market.seller.get("/v1/auth/me")
    assert (answer.status_code, answer.json()["email"]) == (200, market.seller.email)


def test_the_current_user_of_an_anonymous_client_returns_401(market: Marketplace) -> None:
    answer = market.anonymous.get("/v1/auth/me")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_listing_a_ticket_requires_signing_in(market: Marketplace) -> None:
    assert market.anonymous.post("/v1/tickets", LISTING).status_code == 401


def test_listing_a_ticket_returns_201_with_the_ticket(market: Marketplace) -> None:
    answer = market.seller.post("/v1/tickets", LISTING)
    assert answer.status_code == 201
    assert answer.json()["price"] == LISTING["price"]
    assert answer.json()["show"]["name"] == LISTING["show"]["name"]


@pytest.mark.parametrize("name", ["", "   ", None])
def test_an_empty_or_missing_name_returns_422(market: Marketplace, name: str | None) -> None:
    show = {**LISTING["show"], "name": name}
    if name is None:
        del show["name"]
    answer = market.seller.post("/v1/tickets", {**LISTING, "show": show})
    assert (answer.status_code, fields(answer)) == (422, ["show.name"])


@pytest.mark.parametrize("amount", [-1, 0, None])
def test_an_invalid_or_missing_price_returns_422(market: Marketplace, amount: int | None) -> None:
    price = {"currency": "EUR"} if amount is None else {"amount": amount, "currency": "EUR"}
    answer = market.seller.post("/v1/tickets", {**LISTING, "price": price})
    assert (answer.status_code, fields(answer)) == (422, ["price.amount"])


def test_an_unknown_ticket_returns_404_and_a_known_one_200(market: Marketplace) -> None:
    listed = market.seller.list_ticket()
    assert market.anonymous.get("/v1/tickets/tkt_none0").status_code == 404
    assert market.anonymous.get_json(f"/v1/tickets/{listed['id']}") == listed


def test_the_list_has_all_tickets_and_is_empty_before(market: Marketplace) -> None:
    assert market.anonymous.get_json("/v1/tickets")["items"] == []
    ids = {market.seller.list_ticket()["id"] for _ in range(3)}
    assert {item["id"] for item in market.anonymous.get_json("/v1/tickets")["items"]} == ids


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_changing_a_ticket_returns_the_right_status(market: Marketplace, method: str) -> None:
    body = {"price": {"amount": 100, "currency": "EUR"}} if method == "PATCH" else None
    listed, locked = market.seller.list_ticket(), market.seller.list_ticket()
    market.buyer.lock_ticket(locked["id"])

    def change(who: HttpClient, ticket_id: str) -> int:
        return who.send(method, f"/v1/tickets/{ticket_id}", body).status_code

    assert change(market.seller, "tkt_none0") == 404
    assert change(market.anonymous, listed["id"]) == 401
    assert change(market.other, listed["id"]) == 403
    assert change(market.other, locked["id"]) == 403
    assert change(market.seller, locked["id"]) == 409
    assert change(market.seller, listed["id"]) == 200


def test_an_invalid_edit_returns_422(market: Marketplace) -> None:
    listed = market.seller.list_ticket()
    bad = {"price": {"amount": -5, "currency": "EUR"}}
    answer = market.seller.send("PATCH", f"/v1/tickets/{listed['id']}", bad)
    assert (answer.status_code, fields(answer)) == (422, ["price.amount"])


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_malformed_id_returns_404(market: Marketplace, method: str) -> None:
    assert market.seller.send(method, "/v1/tickets/nonsense", {}).status_code == 404


def test_an_order_requires_a_buyer_and_a_ticket(market: Marketplace) -> None:
    wanted = {"ticket_id": "tkt_none0"}
    assert market.buyer.post("/v1/orders", wanted).status_code == 404
    assert market.anonymous.post("/v1/orders", wanted).status_code == 401
    malformed = market.buyer.post("/v1/orders", {"ticket_id": "nonsense"})
    assert (malformed.status_code, fields(malformed)) == (422, ["ticket_id"])


def test_locking_a_ticket_returns_201_and_then_409(market: Marketplace) -> None:
    listed = market.seller.list_ticket()
    answer = market.buyer.post("/v1/orders", {"ticket_id": listed["id"]})
    order = answer.json()
    assert answer.status_code == 201
    assert (order["ticket_id"], order["buyer_id"]) == (listed["id"], market.buyer.user_id)
    assert order["status"] == "awaiting_payment"
    assert market.other.post("/v1/orders", {"ticket_id": listed["id"]}).status_code == 409


def test_an_order_is_shown_to_its_buyer_and_unknown_to_others(market: Marketplace) -> None:
    order = market.buyer.lock_ticket(market.seller.list_ticket()["id"])
    del order["continued"]
    assert market.buyer.get_json(f"/v1/orders/{order['id']}") == order
    assert market.other.get(f"/v1/orders/{order['id']}").status_code == 404


def test_cancelling_returns_200_then_410_and_404_for_an_unknown_order(market: Marketplace) -> None:
    order = market.buyer.lock_ticket(market.seller.list_ticket()["id"])
    address = f"/v1/orders/{order['id']}/cancel"
    assert market.anonymous.post(address).status_code == 401
    assert market.other.post(address).status_code == 404
    answer = market.buyer.post(address)
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert market.buyer.post(address).status_code == 410
    assert market.buyer.post("/v1/orders/ord_none0/cancel").status_code == 404


def test_cancelling_a_complete_order_returns_410(market: Marketplace) -> None:
    order = market.buyer.lock_ticket(market.seller.list_ticket()["id"])
    pays(market.buyer, order)
    assert market.buyer.post(f"/v1/orders/{order['id']}/cancel").status_code == 410


def test_orders_and_payments_require_signing_in(market: Marketplace) -> None:
    order = market.buyer.lock_ticket(market.seller.list_ticket()["id"])
    one = f"/v1/orders/{order['id']}"
    asked = [
        market.anonymous.get("/v1/orders"), market.anonymous.get(one),
        market.anonymous.post(f"{one}/cancel"),
        market.anonymous.post(f"{one}/pay"), market.anonymous.get("/v1/wallet"),
    ]  # fmt: skip
    assert [answer.status_code for answer in asked] == [401] * 5


def test_paying_returns_the_right_status(market: Marketplace) -> None:
    order = market.buyer.lock_ticket(market.seller.list_ticket()["id"])
    address = f"/v1/orders/{order['id']}/pay"
    assert market.buyer.post("/v1/orders/ord_none0/pay").status_code == 404
    assert market.other.post(address).status_code == 404
    answer = market.buyer.post(address)
    assert (answer.status_code, answer.json()["amount"]) == (200, order["price"])
    pays(market.buyer, order)
    assert market.buyer.post(address).status_code == 410


def test_paying_a_cancelled_order_returns_410(market: Marketplace) -> None:
    order = market.buyer.lock_ticket(market.seller.list_ticket()["id"])
    market.buyer.post(f"/v1/orders/{order['id']}/cancel")
    assert market.buyer.post(f"/v1/orders/{order['id']}/pay").status_code == 410


def test_a_card_token_is_an_unknown_field(market: Marketplace) -> None:
    order = market.buyer.lock_ticket(market.seller.list_ticket()["id"])
    answer = market.buyer.post(f"/v1/orders/{order['id']}/pay", {"token": "tok_visa"})
    assert (answer.status_code, fields(answer)) == (422, ["token"])
    assert market.buyer.post("/v1/payments", {"token": "tok_visa"}).status_code == 404
