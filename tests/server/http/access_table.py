"""Every route of the server, and the status that each kind of client gets there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from time import monotonic
from typing import Any

from contract.endpoint import Endpoint
from tests.contract import source
from tests.server.http.http_client import LISTING, PASSWORD, SHOW, HttpClient
from tests.server.http.marketplace import Marketplace

#: Every endpoint of the contract, found where it is written.
ENDPOINTS: tuple[Endpoint[Any, Any], ...] = tuple(dict.fromkeys(source.endpoints().values()))
_NUMBERS = count()


class ClientKind(StrEnum):
    """Kinds of clients: the `owner` owns the entity of the request."""

    ANONYMOUS = "anonymous"
    OTHER = "other"
    OWNER = "owner"
    ADMIN = "admin"


@dataclass(frozen=True)
class Call:
    """A request: the parameters of its path, and its body."""

    names: Mapping[str, str] = field(default_factory=dict)
    body: object = None


@dataclass(frozen=True)
class AccessRule:
    """The status for each kind of client. `call` makes an entity that belongs to the owner.

    A `private` entity must look to others as if it did not exist. `fresh` is for requests that end
    sessions: they are sent by a new user.
    """

    anonymous: int
    other: int
    owner: int
    admin: int
    call: Callable[[Marketplace], Call] = lambda _: Call()
    private: bool = False
    fresh: bool = False

    def status_for(self, who: ClientKind) -> int:
        """Return the status that a client gets."""
        status: int = getattr(self, who.value)
        return status


def person(market: Marketplace, who: ClientKind) -> HttpClient:
    """Return a client of that kind; the owner is the seller of tickets, and the buyer otherwise."""
    if who is ClientKind.OWNER:
        return market.buyer
    found: HttpClient = getattr(market, who.value)
    return found


def newcomer(market: Marketplace, who: ClientKind) -> HttpClient:
    """Return a new client of that kind, which no other test uses."""
    if who is ClientKind.ANONYMOUS:
        return market.anonymous
    return market.sign_up(f"{who}-{next(_NUMBERS)}", admin=who is ClientKind.ADMIN)


def public(status: int, call: Callable[[Marketplace], Call] = lambda _: Call()) -> AccessRule:
    """Make the rule of a public route."""
    return AccessRule(status, status, status, status, call)


def signed_in(status: int, call: Callable[[Marketplace], Call] = lambda _: Call()) -> AccessRule:
    """Make the rule of a route that every signed-in user may use."""
    return AccessRule(401, status, status, status, call)


def operators(status: int, call: Callable[[Marketplace], Call] = lambda _: Call()) -> AccessRule:
    """Make the rule of a route for operators."""
    return AccessRule(401, 403, 403, status, call)


def an_order(market: Marketplace) -> Call:
    return Call({"order_id": market.buyer.lock_ticket(market.seller.list_ticket()["id"])["id"]})


def a_listing_to_withdraw(market: Marketplace) -> Call:
    return Call(
        {"ticket_id": market.seller.list_ticket()["id"]}, {"reason": "The seat does not exist."}
    )


def an_order_being_paid(market: Marketplace) -> Call:
    asked = an_order(market)
    market.buyer.post(f"/v1/orders/{asked.names['order_id']}/pay")
    return asked


def a_pay_link(market: Marketplace) -> Call:
    order = market.buyer.lock_ticket(market.seller.list_ticket()["id"])
    return Call({"code": order["payment_url"].rpartition("/")[2]})


def a_ticket(market: Marketplace) -> Call:
    return Call({"ticket_id": market.buyer.list_ticket()["id"]}, {"row": "Z"})


def a_ticket_to_withdraw(market: Marketplace) -> Call:
    return Call(a_ticket(market).names)


def a_show(market: Marketplace) -> Call:
    return Call({"show_id": market.seller.list_ticket()["show"]["id"]})


def a_show_to_merge(market: Marketplace) -> Call:
    return Call(a_show_to_cancel(market).names, {"into": a_show(market).names["show_id"]})


def a_show_to_cancel(market: Marketplace) -> Call:
    alone = {**SHOW, "name": f"Called off {next(_NUMBERS)}"}
    return Call({"show_id": market.seller.list_ticket(show=alone)["show"]["id"]})


def a_bought_ticket(market: Marketplace) -> Call:
    return Call({"ticket_id": _bought(market)["ticket_id"]})


def a_ticket_to_sell_on(market: Marketplace) -> Call:
    price = {"amount": 5000, "currency": "EUR"}
    return Call(a_bought_ticket(market).names, {"price": price})


def a_ticket_to_give(market: Marketplace) -> Call:
    return Call(a_bought_ticket(market).names, {"to": "somebody@example.org"})


def a_transfer(market: Marketplace) -> Call:
    ticket_id = a_bought_ticket(market).names["ticket_id"]
    body = {"to": "somebody@example.org"}
    made = market.buyer.post(f"/v1/tickets/{ticket_id}/transfer", body).json()
    return Call({"transfer_id": made["transfer"]["id"]})


def an_offer(market: Marketplace) -> Call:
    """Offer the buyer a ticket that somebody else has bought."""
    giver = market.sign_up(f"giver-{next(_NUMBERS)}")
    ticket_id = _bought(market, giver)["ticket_id"]
    body = {"to": market.buyer.email}
    made = giver.post(f"/v1/tickets/{ticket_id}/transfer", body).json()
    return Call({"transfer_id": made["transfer"]["id"]}, {})


def a_paid_order(market: Marketplace) -> Call:
    return Call({"order_id": _bought(market)["id"]})


def a_card_being_saved(market: Marketplace) -> Call:
    return Call({"setup_id": market.buyer.post("/v1/cards").json()["id"]})


def a_card_link(market: Marketplace) -> Call:
    return Call({"code": market.buyer.post("/v1/cards").json()["url"].rpartition("/")[2]})


def a_saved_card(market: Marketplace) -> Call:
    setup = market.buyer.post("/v1/cards").json()
    page = market.anonymous.get(setup["url"]).headers["Location"]
    _type_card(market, page)
    deadline = monotonic() + 20
    while (card := market.buyer.get_json(f"/v1/cards/setups/{setup['id']}")["card"]) is None:
        assert monotonic() < deadline, "the card was not saved"
    return Call({"card_id": card["id"]})


def no_payout(_: Marketplace) -> Call:
    return Call({"payout_id": "out_nothing"})


def a_payee(market: Marketplace) -> Call:
    return Call({"user_id": market.seller.user_id}, {"account": None})


def no_alert(_: Marketplace) -> Call:
    return Call({"alert_id": "att_nothing"}, {"note": "seen to"})


def no_job(_: Marketplace) -> Call:
    return Call({"job_id": "job_nothing"})


def _bought(market: Marketplace, buyer: HttpClient | None = None) -> Any:
    buyer = buyer or market.buyer
    order = buyer.lock_ticket(market.seller.list_ticket()["id"])
    page = market.anonymous.get(order["payment_url"]).headers["Location"]
    _type_card(market, page)
    deadline = monotonic() + 20
    while buyer.get_json(f"/v1/orders/{order['id']}")["status"] != "complete":
        assert monotonic() < deadline, "the payment was not confirmed"
    return order


def _type_card(market: Marketplace, page: str) -> None:
    form = b"card_number=4242424242424242&exp=12%2F34&cvc=123"
    kind = "application/x-www-form-urlencoded"
    market.anonymous.send("POST", page, raw=form, Content_Type=kind)


def a_session(market: Marketplace) -> Call:
    market.anonymous.post("/v1/auth/login", {"email": market.buyer.email, "password": PASSWORD})
    sessions = market.buyer.get_json("/v1/auth/sessions")["items"]
    return Call({"session_id": next(s["id"] for s in sessions if not s["current"])})


def a_user(market: Marketplace) -> Call:
    return Call({"user_id": market.sign_up(f"banned-{next(_NUMBERS)}").user_id}, {"banned": True})


def a_user_for_the_gate(market: Marketplace) -> Call:
    return Call({"user_id": market.sign_up(f"gate-{next(_NUMBERS)}").user_id}, {"role": "gate"})


def a_scan(market: Marketplace) -> Call:
    body = {"code": "NOBODY", "scan_id": f"scan{next(_NUMBERS):016d}"}
    return Call({}, {**a_show(market).names, **body})


def an_offline_scan(market: Marketplace) -> Call:
    scan = {
        **a_show(market).names, "scan_id": f"scan{next(_NUMBERS):016d}", "digest": "0" * 64,
        "ticket_id": None, "verdict": "refused", "scanned_at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    return Call({}, {"scans": [scan]})


def no_admission(_: Marketplace) -> Call:
    return Call({"admission_id": "adm_nothing"})


def a_new_account(_: Marketplace) -> Call:
    return Call({}, {"email": f"new-{next(_NUMBERS)}@example.org", "password": PASSWORD})


def credentials(market: Marketplace) -> Call:
    return Call({}, {"email": market.buyer.email, "password": PASSWORD})


def a_listing(_: Marketplace) -> Call:
    return Call({}, {**LISTING})


def an_import(_: Marketplace) -> Call:
    return Call({}, {"rows": [{**LISTING}], "dry_run": True})


def a_free_ticket(market: Marketplace) -> Call:
    return Call({}, {"ticket_id": market.seller.list_ticket()["id"]})


def a_password(_: Marketplace) -> Call:
    return Call({}, {"current": PASSWORD, "new": PASSWORD})


def a_page(_: Marketplace) -> Call:
    return Call({"session": "cs_test_nobodys"})


ACCESS_RULES: Mapping[str, AccessRule] = {
    "POST /v1/auth/signup": public(201, a_new_account),
    "POST /v1/auth/login": public(200, credentials),
    "POST /v1/auth/logout": AccessRule(401, 200, 200, 200, fresh=True),
    "GET /v1/auth/me": signed_in(200),
    "POST /v1/auth/password": AccessRule(401, 200, 200, 200, a_password, fresh=True),
    "GET /v1/auth/sessions": signed_in(200),
    "DELETE /v1/auth/sessions/{session_id}": AccessRule(
        401, 404, 200, 404, a_session, private=True
    ),
    "GET /v1/admin/users": operators(200),
    "POST /v1/admin/users/{user_id}/ban": operators(200, a_user),
    "POST /v1/admin/users/{user_id}/role": operators(200, a_user_for_the_gate),
    "GET /v1/shows": public(200),
    "GET /v1/shows/{show_id}": public(200, a_show),
    "GET /v1/shows/{show_id}/sales": public(200, a_show),
    "POST /v1/admin/tickets/{ticket_id}/withdraw": operators(200, a_listing_to_withdraw),
    "PATCH /v1/admin/shows/{show_id}": operators(200, a_show),
    "POST /v1/admin/shows/{show_id}/merge": operators(200, a_show_to_merge),
    "POST /v1/admin/shows/{show_id}/cancel": operators(200, a_show_to_cancel),
    "GET /v1/admin/shows/{show_id}/cancellation": operators(200, a_show),
    "GET /v1/tickets": public(200),
    "POST /v1/tickets": signed_in(201, a_listing),
    "POST /v1/tickets/import": signed_in(200, an_import),
    "GET /v1/tickets/{ticket_id}": public(200, a_ticket_to_withdraw),
    "PATCH /v1/tickets/{ticket_id}": AccessRule(401, 403, 200, 403, a_ticket),
    "DELETE /v1/tickets/{ticket_id}": AccessRule(401, 403, 200, 403, a_ticket_to_withdraw),
    "POST /v1/tickets/{ticket_id}/relist": AccessRule(401, 403, 200, 403, a_ticket_to_sell_on),
    "POST /v1/tickets/{ticket_id}/transfer": AccessRule(401, 403, 201, 403, a_ticket_to_give),
    "GET /v1/transfers": signed_in(200),
    "POST /v1/transfers/{transfer_id}/accept": AccessRule(401, 404, 200, 404, an_offer),
    "POST /v1/transfers/{transfer_id}/decline": AccessRule(401, 404, 200, 404, an_offer),
    "POST /v1/transfers/{transfer_id}/cancel": AccessRule(
        401, 404, 200, 404, a_transfer, private=True
    ),
    "POST /v1/orders": signed_in(201, a_free_ticket),
    "GET /v1/orders": signed_in(200),
    "GET /v1/orders/{order_id}": AccessRule(401, 404, 200, 200, an_order, private=True),
    "POST /v1/orders/{order_id}/cancel": AccessRule(401, 404, 200, 404, an_order, private=True),
    "POST /v1/orders/{order_id}/pay": AccessRule(401, 404, 200, 404, an_order, private=True),
    "GET /v1/orders/{order_id}/payment": AccessRule(
        401, 404, 200, 404, an_order_being_paid, private=True
    ),
    "GET /v1/wallet": signed_in(200),
    "GET /v1/wallet/{ticket_id}": AccessRule(401, 404, 200, 404, a_bought_ticket, private=True),
    "GET /v1/orders/{order_id}/receipt": AccessRule(401, 404, 200, 200, a_paid_order, private=True),
    "GET /v1/admin/orders": operators(200),
    "POST /v1/admin/orders/{order_id}/cancel": operators(200, an_order),
    "GET /v1/admin/orders/{order_id}/trace": operators(200, an_order),
    "POST /v1/admin/orders/{order_id}/refund": operators(201, a_paid_order),
    "GET /v1/admin/refunds": operators(200),
    "POST /v1/admin/orders/{order_id}/release": operators(409, an_order),
    "GET /v1/terms": public(200),
    "GET /v1/cards": signed_in(200),
    "POST /v1/cards": signed_in(201),
    "GET /v1/cards/setups/{setup_id}": AccessRule(
        401, 404, 200, 404, a_card_being_saved, private=True
    ),
    "DELETE /v1/cards/{card_id}": AccessRule(401, 404, 200, 404, a_saved_card, private=True),
    "GET /v1/sales": signed_in(200),
    "GET /v1/balance": signed_in(200),
    "GET /v1/payouts": signed_in(200),
    "GET /v1/payouts/{payout_id}": signed_in(404, no_payout),
    "GET /v1/admin/ledger": operators(200),
    "GET /v1/admin/payouts": operators(200),
    "POST /v1/admin/payouts": operators(200),
    "PUT /v1/admin/users/{user_id}/payee": operators(200, a_payee),
    "POST /v1/admin/reconcile": operators(200),
    "GET /v1/admin/attention": operators(200),
    "POST /v1/admin/attention/{alert_id}/settle": operators(404, no_alert),
    "GET /v1/admin/jobs": operators(200),
    "POST /v1/admin/jobs/{job_id}/retry": operators(404, no_job),
    "POST /v1/gate/admissions": operators(200, a_scan),
    "POST /v1/gate/admissions/{admission_id}/undo": operators(404, no_admission),
    "POST /v1/gate/sync": operators(200, an_offline_scan),
    "GET /v1/gate/shows/{show_id}": operators(200, a_show),
    "GET /v1/gate/shows/{show_id}/list": operators(200, a_show),
    "GET /v1/admin/stats": operators(200),
    "GET /v1/admin/flow": operators(200),
    "GET /v1/admin/events": operators(200),
    "GET /v1/feed": public(200),
    "POST /v1/stripe/webhook": public(400),  # nothing is believed without Stripe's signature
    "GET /c/{code}": public(303, a_card_link),  # whoever has the link may save a card
    "GET /p/{code}": public(303, a_pay_link),  # whoever has the link may pay
    "GET /sandbox/pay/{session}": public(404, a_page),
    "POST /sandbox/pay/{session}": public(404, a_page),
    "GET /sandbox/pay/{session}/challenge": public(404, a_page),
    "POST /sandbox/pay/{session}/challenge": public(404, a_page),
    "GET /healthz": public(200),
    "GET /readyz": public(200),
    "GET /metrics": public(200),
    "GET /openapi.json": public(200),
}
