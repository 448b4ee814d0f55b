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
from tests.server.http.http_client import LISTING, PASSWORD, SHOW, Visitor
from tests.server.http.marketplace import Shop

#: Every endpoint of the contract, found where it is written.
ENDPOINTS: tuple[Endpoint[Any, Any], ...] = tuple(dict.fromkeys(source.endpoints().values()))
_NUMBERS = count()


class Who(StrEnum):
    """Kinds of principals: `owner` is whose thing it is."""

    NOBODY = "nobody"
    OTHER = "other"
    OWNER = "owner"
    ADMIN = "admin"


@dataclass(frozen=True)
class Ask:
    """What is asked for: names for the address, and a body."""

    names: Mapping[str, str] = field(default_factory=dict)
    body: object = None


@dataclass(frozen=True)
class Door:
    """What `nobody`, `other`, `owner` and `admin` get. `ask` makes something of the owner's.

    A `private` thing must look to others as if it did not exist. `fresh` is for what ends
    sessions: whoever asks is somebody new.
    """

    nobody: int
    other: int
    owner: int
    admin: int
    ask: Callable[[Shop], Ask] = lambda _: Ask()
    private: bool = False
    fresh: bool = False

    def gives(self, who: Who) -> int:
        """Return the status somebody gets."""
        status: int = getattr(self, who.value)
        return status


def person(shop: Shop, who: Who) -> Visitor:
    """Return somebody of that kind; the owner buys, and lists what is about tickets."""
    if who is Who.OWNER:
        return shop.buyer
    found: Visitor = getattr(shop, who.value)
    return found


def newcomer(shop: Shop, who: Who) -> Visitor:
    """Return somebody of that kind whom no other test will miss."""
    if who is Who.NOBODY:
        return shop.nobody
    return shop.meet(f"{who}-{next(_NUMBERS)}", admin=who is Who.ADMIN)


def public(status: int, ask: Callable[[Shop], Ask] = lambda _: Ask()) -> Door:
    """Make a door that is the same for everybody."""
    return Door(status, status, status, status, ask)


def signed_in(status: int, ask: Callable[[Shop], Ask] = lambda _: Ask()) -> Door:
    """Make a door to one's own things: open to whoever is signed in."""
    return Door(401, status, status, status, ask)


def operators(status: int, ask: Callable[[Shop], Ask] = lambda _: Ask()) -> Door:
    """Make a door that only operators pass."""
    return Door(401, 403, 403, status, ask)


def an_order(shop: Shop) -> Ask:
    return Ask({"order_id": shop.buyer.locks(shop.seller.lists()["id"])["id"]})


def an_order_being_paid(shop: Shop) -> Ask:
    asked = an_order(shop)
    shop.buyer.post(f"/v1/orders/{asked.names['order_id']}/pay")
    return asked


def a_pay_link(shop: Shop) -> Ask:
    order = shop.buyer.locks(shop.seller.lists()["id"])
    return Ask({"code": order["payment_url"].rpartition("/")[2]})


def a_ticket(shop: Shop) -> Ask:
    return Ask({"ticket_id": shop.buyer.lists()["id"]}, {"row": "Z"})


def a_ticket_to_withdraw(shop: Shop) -> Ask:
    return Ask(a_ticket(shop).names)


def a_show(shop: Shop) -> Ask:
    return Ask({"show_id": shop.seller.lists()["show"]["id"]})


def a_show_to_cancel(shop: Shop) -> Ask:
    alone = {**SHOW, "name": f"Called off {next(_NUMBERS)}"}
    return Ask({"show_id": shop.seller.lists(show=alone)["show"]["id"]})


def a_bought_ticket(shop: Shop) -> Ask:
    return Ask({"ticket_id": _bought(shop)["ticket_id"]})


def a_paid_order(shop: Shop) -> Ask:
    return Ask({"order_id": _bought(shop)["id"]})


def a_card_being_saved(shop: Shop) -> Ask:
    return Ask({"setup_id": shop.buyer.post("/v1/cards").json()["id"]})


def a_card_link(shop: Shop) -> Ask:
    return Ask({"code": shop.buyer.post("/v1/cards").json()["url"].rpartition("/")[2]})


def a_saved_card(shop: Shop) -> Ask:
    setup = shop.buyer.post("/v1/cards").json()
    page = shop.nobody.get(setup["url"]).headers["Location"]
    _type_card(shop, page)
    deadline = monotonic() + 20
    while (card := shop.buyer.gets(f"/v1/cards/setups/{setup['id']}")["card"]) is None:
        assert monotonic() < deadline, "the card was not saved"
    return Ask({"card_id": card["id"]})


def no_payout(_: Shop) -> Ask:
    return Ask({"payout_id": "out_nothing"})


def a_payee(shop: Shop) -> Ask:
    return Ask({"user_id": shop.seller.user_id}, {"account": None})


def no_matter(_: Shop) -> Ask:
    return Ask({"alert_id": "att_nothing"}, {"note": "seen to"})


def no_job(_: Shop) -> Ask:
    return Ask({"job_id": "job_nothing"})


def _bought(shop: Shop) -> Any:
    order = shop.buyer.locks(shop.seller.lists()["id"])
    page = shop.nobody.get(order["payment_url"]).headers["Location"]
    _type_card(shop, page)
    deadline = monotonic() + 20
    while shop.buyer.gets(f"/v1/orders/{order['id']}")["status"] != "complete":
        assert monotonic() < deadline, "the payment was not confirmed"
    return order


def _type_card(shop: Shop, page: str) -> None:
    form = b"card_number=4242424242424242&exp=12%2F34&cvc=123"
    kind = "application/x-www-form-urlencoded"
    shop.nobody.send("POST", page, raw=form, Content_Type=kind)


def a_session(shop: Shop) -> Ask:
    shop.nobody.post("/v1/auth/login", {"email": shop.buyer.email, "password": PASSWORD})
    sessions = shop.buyer.gets("/v1/auth/sessions")["items"]
    return Ask({"session_id": next(s["id"] for s in sessions if not s["current"])})


def a_user(shop: Shop) -> Ask:
    return Ask({"user_id": shop.meet(f"banned-{next(_NUMBERS)}").user_id}, {"banned": True})


def a_user_for_the_gate(shop: Shop) -> Ask:
    return Ask({"user_id": shop.meet(f"gate-{next(_NUMBERS)}").user_id}, {"role": "gate"})


def a_scan(shop: Shop) -> Ask:
    said = {"code": "NOBODY", "scan_id": f"scan{next(_NUMBERS):016d}"}
    return Ask({}, {**a_show(shop).names, **said})


def a_scan_without_a_line(shop: Shop) -> Ask:
    scan = {
        **a_show(shop).names, "scan_id": f"scan{next(_NUMBERS):016d}", "digest": "0" * 64,
        "ticket_id": None, "verdict": "refused", "scanned_at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    return Ask({}, {"scans": [scan]})


def no_admission(_: Shop) -> Ask:
    return Ask({"admission_id": "adm_nothing"})


def a_new_account(_: Shop) -> Ask:
    return Ask({}, {"email": f"new-{next(_NUMBERS)}@example.org", "password": PASSWORD})


def credentials(shop: Shop) -> Ask:
    return Ask({}, {"email": shop.buyer.email, "password": PASSWORD})


def a_listing(_: Shop) -> Ask:
    return Ask({}, {**LISTING})


def an_import(_: Shop) -> Ask:
    return Ask({}, {"rows": [{**LISTING}], "dry_run": True})


def a_free_ticket(shop: Shop) -> Ask:
    return Ask({}, {"ticket_id": shop.seller.lists()["id"]})


def a_password(_: Shop) -> Ask:
    return Ask({}, {"current": PASSWORD, "new": PASSWORD})


def a_page(_: Shop) -> Ask:
    return Ask({"session": "cs_test_nobodys"})


DOORS: Mapping[str, Door] = {
    "POST /v1/auth/signup": public(201, a_new_account),
    "POST /v1/auth/login": public(200, credentials),
    "POST /v1/auth/logout": Door(401, 200, 200, 200, fresh=True),
    "GET /v1/auth/me": signed_in(200),
    "POST /v1/auth/password": Door(401, 200, 200, 200, a_password, fresh=True),
    "GET /v1/auth/sessions": signed_in(200),
    "DELETE /v1/auth/sessions/{session_id}": Door(401, 404, 200, 404, a_session, private=True),
    "GET /v1/admin/users": operators(200),
    "POST /v1/admin/users/{user_id}/ban": operators(200, a_user),
    "POST /v1/admin/users/{user_id}/role": operators(200, a_user_for_the_gate),
    "GET /v1/shows": public(200),
    "GET /v1/shows/{show_id}": public(200, a_show),
    "GET /v1/shows/{show_id}/sales": public(200, a_show),
    "POST /v1/admin/shows/{show_id}/cancel": operators(200, a_show_to_cancel),
    "GET /v1/admin/shows/{show_id}/cancellation": operators(200, a_show),
    "GET /v1/tickets": public(200),
    "POST /v1/tickets": signed_in(201, a_listing),
    "POST /v1/tickets/import": signed_in(200, an_import),
    "GET /v1/tickets/{ticket_id}": public(200, a_ticket_to_withdraw),
    "PATCH /v1/tickets/{ticket_id}": Door(401, 403, 200, 403, a_ticket),
    "DELETE /v1/tickets/{ticket_id}": Door(401, 403, 200, 403, a_ticket_to_withdraw),
    "POST /v1/orders": signed_in(201, a_free_ticket),
    "GET /v1/orders": signed_in(200),
    "GET /v1/orders/{order_id}": Door(401, 404, 200, 200, an_order, private=True),
    "POST /v1/orders/{order_id}/cancel": Door(401, 404, 200, 404, an_order, private=True),
    "POST /v1/orders/{order_id}/pay": Door(401, 404, 200, 404, an_order, private=True),
    "GET /v1/orders/{order_id}/payment": Door(
        401, 404, 200, 404, an_order_being_paid, private=True
    ),
    "GET /v1/wallet": signed_in(200),
    "GET /v1/wallet/{ticket_id}": Door(401, 404, 200, 404, a_bought_ticket, private=True),
    "GET /v1/orders/{order_id}/receipt": Door(401, 404, 200, 200, a_paid_order, private=True),
    "GET /v1/admin/orders": operators(200),
    "POST /v1/admin/orders/{order_id}/cancel": operators(200, an_order),
    "GET /v1/admin/orders/{order_id}/trace": operators(200, an_order),
    "POST /v1/admin/orders/{order_id}/refund": operators(201, a_paid_order),
    "GET /v1/admin/refunds": operators(200),
    "POST /v1/admin/orders/{order_id}/release": operators(409, an_order),
    "GET /v1/terms": public(200),
    "GET /v1/cards": signed_in(200),
    "POST /v1/cards": signed_in(201),
    "GET /v1/cards/setups/{setup_id}": Door(401, 404, 200, 404, a_card_being_saved, private=True),
    "DELETE /v1/cards/{card_id}": Door(401, 404, 200, 404, a_saved_card, private=True),
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
    "POST /v1/admin/attention/{alert_id}/settle": operators(404, no_matter),
    "GET /v1/admin/jobs": operators(200),
    "POST /v1/admin/jobs/{job_id}/retry": operators(404, no_job),
    "POST /v1/gate/admissions": operators(200, a_scan),
    "POST /v1/gate/admissions/{admission_id}/undo": operators(404, no_admission),
    "POST /v1/gate/sync": operators(200, a_scan_without_a_line),
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
