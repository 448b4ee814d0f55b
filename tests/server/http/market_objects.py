"""Objects of a marketplace that requests are about: each maker returns a request for a new one.

The object belongs to `owner`, or to nobody in particular.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import Any

from db.engine import sqlite_path
from db.sqlite import connect
from tests.server.http.http_client import LISTING, PASSWORD, SHOW, HttpClient, done
from tests.server.http.marketplace import Marketplace

NUMBERS = count(1)


@dataclass(frozen=True)
class Call:
    """A request: the parameters of its path, and its body."""

    names: Mapping[str, str] = field(default_factory=dict)
    body: object = None

    def about_nothing(self) -> Call:
        """Return the same request about what does not exist; the ids are as long as real ones."""
        nothing = {
            name: f"{value.partition('_')[0]}_" + "0" * (len(value.partition("_")[2]))
            if "_" in value
            else "0" * len(value)
            for name, value in self.names.items()
        }
        return Call(nothing, self.body)


Maker = Callable[[Marketplace, HttpClient], Call]


def nothing(_: Marketplace, __: HttpClient) -> Call:
    return Call()


def order(market: Marketplace, owner: HttpClient) -> Call:
    return Call({"order_id": owner.lock_ticket(market.seller.list_ticket()["id"])["id"]})


def order_being_paid(market: Marketplace, owner: HttpClient) -> Call:
    call = order(market, owner)
    done(owner.post(f"/v1/orders/{call.names['order_id']}/pay"))
    return call


def paid_order(market: Marketplace, owner: HttpClient) -> Call:
    return Call({"order_id": _bought(market, owner)["id"]})


def order_to_report(market: Marketplace, owner: HttpClient) -> Call:
    return Call(paid_order(market, owner).names, {"problem": "refused_at_door"})


def report(market: Marketplace, _: HttpClient) -> Call:
    call = order_to_report(market, market.buyer)
    done(market.buyer.post(f"/v1/orders/{call.names['order_id']}/report", call.body))
    reports = market.admin.get_json("/v1/admin/reports")["items"]
    return Call({"report_id": reports[0]["id"]}, {"note": "seen to"})


def pay_link(market: Marketplace, owner: HttpClient) -> Call:
    placed = owner.lock_ticket(market.seller.list_ticket()["id"])
    return Call({"code": placed["payment_url"].rpartition("/")[2]})


def page(_: Marketplace, __: HttpClient) -> Call:
    return Call({"session": "cs_test_nobodys"})


def listing(_: Marketplace, owner: HttpClient) -> Call:
    return Call({"ticket_id": owner.list_ticket()["id"]})


def listing_to_edit(market: Marketplace, owner: HttpClient) -> Call:
    return Call(listing(market, owner).names, {"row": "Z"})


def listing_to_take_down(market: Marketplace, owner: HttpClient) -> Call:
    return Call(listing(market, owner).names, {"reason": "The seat does not exist."})


def listing_to_lock(market: Marketplace, _: HttpClient) -> Call:
    return Call({}, {"ticket_id": market.seller.list_ticket()["id"]})


def new_listing(_: Marketplace, __: HttpClient) -> Call:
    return Call({}, {**LISTING})


def new_import(_: Marketplace, __: HttpClient) -> Call:
    return Call({}, {"rows": [{**LISTING}], "dry_run": True})


def bought_ticket(market: Marketplace, owner: HttpClient) -> Call:
    return Call({"ticket_id": _bought(market, owner)["ticket_id"]})


def code_to_replace(market: Marketplace, owner: HttpClient) -> Call:
    return Call(bought_ticket(market, owner).names, {"reason": "Somebody else has seen it."})


def ticket_to_sell_on(market: Marketplace, owner: HttpClient) -> Call:
    price = {"amount": 5000, "currency": "EUR"}
    return Call(bought_ticket(market, owner).names, {"price": price})


def ticket_to_give(market: Marketplace, owner: HttpClient) -> Call:
    return Call(bought_ticket(market, owner).names, {"to": "somebody@example.org"})


def transfer(market: Marketplace, owner: HttpClient) -> Call:
    call = ticket_to_give(market, owner)
    made = done(owner.post(f"/v1/tickets/{call.names['ticket_id']}/transfer", call.body))
    return Call({"transfer_id": made["transfer"]["id"]})


def offer(market: Marketplace, owner: HttpClient) -> Call:
    """Offer the owner a ticket that somebody else has bought."""
    ticket_id = _bought(market, market.colleague)["ticket_id"]
    made = done(market.colleague.post(f"/v1/tickets/{ticket_id}/transfer", {"to": owner.email}))
    return Call({"transfer_id": made["transfer"]["id"]}, {})


def show(market: Marketplace, _: HttpClient) -> Call:
    alone = {**SHOW, "name": f"Show {next(NUMBERS)}"}
    return Call({"show_id": market.seller.list_ticket(show=alone)["show"]["id"]})


def show_to_merge(market: Marketplace, owner: HttpClient) -> Call:
    return Call(show(market, owner).names, {"into": show(market, owner).names["show_id"]})


def card_being_saved(_: Marketplace, owner: HttpClient) -> Call:
    return Call({"setup_id": done(owner.post("/v1/cards"))["id"]})


def card_link(_: Marketplace, owner: HttpClient) -> Call:
    return Call({"code": done(owner.post("/v1/cards"))["url"].rpartition("/")[2]})


def saved_card(market: Marketplace, owner: HttpClient) -> Call:
    setup = done(owner.post("/v1/cards"))
    form = b"card_number=4242424242424242&exp=12%2F34&cvc=123"
    kind = "application/x-www-form-urlencoded"
    location = market.anonymous.get(setup["url"]).headers["Location"]
    market.anonymous.send("POST", location, raw=form, Content_Type=kind)
    card = wait(lambda: owner.get_json(f"/v1/cards/setups/{setup['id']}")["card"])
    return Call({"card_id": card["id"]})


def payout(market: Marketplace, owner: HttpClient) -> Call:
    """Write a payout into the database: a real one takes a show that is over."""
    call = Call({"payout_id": f"out_{next(NUMBERS):019d}"})
    payout_id, seller_id = call.names["payout_id"], owner.user_id
    _write(
        market,
        "INSERT INTO payouts (id, seller_id, amount, currency, sales, method, status, version, "
        "batch_id, created_at, updated_at) "
        "VALUES (?, ?, 900, 'EUR', 1, 'file', 'prepared', 1, 'bat_1', 0, 0)",
        (payout_id, seller_id),
    )
    return call


def unpaid_payout(market: Marketplace, owner: HttpClient) -> Call:
    return Call(payout(market, owner).names, body={"reason": "The bank returned it."})


def payee(_: Marketplace, owner: HttpClient) -> Call:
    return Call({"user_id": owner.user_id}, {"account": None})


def alert(market: Marketplace, _: HttpClient) -> Call:
    """Alert operators: two people list one seat."""
    seat = f"seat {next(NUMBERS)}"
    market.seller.list_ticket(seat=seat)
    market.colleague.post("/v1/tickets", {**LISTING, "seat": seat})
    alerts = market.admin.get_json("/v1/admin/attention")["items"]
    return Call({"alert_id": alerts[0]["id"]}, {"note": "seen to"})


def alert_to_view(market: Marketplace, owner: HttpClient) -> Call:
    return Call(alert(market, owner).names)


def failed_job(market: Marketplace, _: HttpClient) -> Call:
    """Write a failed job into the database."""
    job_id = f"job_{next(NUMBERS):019d}"
    row = (job_id, "payment.capture", f"pay_{job_id}", None, "failed", 1, 1, 0, 0, None, 0, None)
    _write(market, "INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    return Call({"job_id": job_id})


def new_account(_: Marketplace, __: HttpClient) -> Call:
    return Call({}, {"email": f"new-{next(NUMBERS)}@example.org", "password": PASSWORD})


def credentials(market: Marketplace, _: HttpClient) -> Call:
    return Call({}, {"email": market.seller.email, "password": PASSWORD})


def password(_: Marketplace, __: HttpClient) -> Call:
    return Call({}, {"current": PASSWORD, "new": PASSWORD})


def session(market: Marketplace, owner: HttpClient) -> Call:
    """Sign the owner in a second time."""
    account = {"email": owner.email, "password": PASSWORD}
    done(market.anonymous.post("/v1/auth/login", account))
    sessions = owner.get_json("/v1/auth/sessions")["items"]
    return Call({"session_id": next(s["id"] for s in sessions if not s["current"])})


def user_to_ban(market: Marketplace, _: HttpClient) -> Call:
    name = f"banned-{next(NUMBERS)}"
    return Call({"user_id": market.sign_up(name).user_id}, {"banned": True})


def user_for_the_gate(market: Marketplace, _: HttpClient) -> Call:
    return Call({"user_id": market.sign_up(f"gate-{next(NUMBERS)}").user_id}, {"role": "gate"})


def scan(market: Marketplace, owner: HttpClient) -> Call:
    body = {"code": "NOBODY", "scan_id": f"scan{next(NUMBERS):016d}"}
    return Call({}, {**show(market, owner).names, **body})


def offline_scan(market: Marketplace, owner: HttpClient) -> Call:
    made = {
        **show(market, owner).names, "scan_id": f"scan{next(NUMBERS):016d}", "digest": "0" * 64,
        "ticket_id": None, "verdict": "refused", "scanned_at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    return Call({}, {"scans": [made]})


def admission(market: Marketplace, owner: HttpClient) -> Call:
    """Admit a ticket: `owner` scans it if they may, and a colleague otherwise."""
    bought = bought_ticket(market, market.colleague)
    held = market.colleague.get_json(f"/v1/wallet/{bought.names['ticket_id']}")
    body = {
        "show_id": held["ticket"]["show"]["id"], "code": held["code"],
        "scan_id": f"scan{next(NUMBERS):016d}",
    }  # fmt: skip
    staff = owner if owner in (market.gatekeeper, market.admin) else market.colleague
    scanned = done(staff.post("/v1/gate/admissions", body))
    return Call({"admission_id": scanned["admission_id"]})


def new_organiser(_: Marketplace, __: HttpClient) -> Call:
    return Call({}, {"name": f"Hall {next(NUMBERS)}"})


def organiser(_: Marketplace, owner: HttpClient) -> Call:
    made = done(owner.post("/v1/organisers", {"name": f"Hall {next(NUMBERS)}"}))
    return Call({"organiser_id": made["id"]})


def member_to_add(market: Marketplace, owner: HttpClient) -> Call:
    body = {"email": market.seller.email, "role": "gate"}
    return Call(organiser(market, owner).names, body)


def member_to_remove(market: Marketplace, owner: HttpClient) -> Call:
    call = member_to_add(market, owner)
    done(owner.post(f"/v1/organisers/{call.names['organiser_id']}/members", call.body))
    return Call({**call.names, "user_id": market.seller.user_id})


def organiser_to_suspend(market: Marketplace, owner: HttpClient) -> Call:
    return Call(organiser(market, owner).names, {"reason": "Unknown to the venue."})


def new_show(market: Marketplace, owner: HttpClient) -> Call:
    call = organiser(market, owner)
    done(market.admin.post(f"/v1/admin/organisers/{call.names['organiser_id']}/approve"))
    return Call(call.names, {**SHOW, "name": f"Official {next(NUMBERS)}"})


def own_show(market: Marketplace, owner: HttpClient) -> Call:
    call = new_show(market, owner)
    made = done(owner.post(f"/v1/organisers/{call.names['organiser_id']}/shows", call.body))
    return Call({"show_id": made["id"]})


def own_show_to_edit(market: Marketplace, owner: HttpClient) -> Call:
    return Call(own_show(market, owner).names, {"venue": "Elsewhere"})


def own_show_with_rules(market: Marketplace, owner: HttpClient) -> Call:
    return Call(own_show(market, owner).names, {"resale_cap": 100})


def own_show_to_issue(market: Marketplace, owner: HttpClient) -> Call:
    place = {"section": "A", "seat": "1", "price": {"amount": 4500, "currency": "EUR"}}
    return Call(own_show(market, owner).names, {"places": [place]})


def order_of_own_show(market: Marketplace, owner: HttpClient) -> Call:
    call = own_show_to_issue(market, owner)
    done(owner.post(f"/v1/shows/{call.names['show_id']}/tickets", call.body))
    (ticket,) = owner.get_json(f"/v1/tickets?show_id={call.names['show_id']}")["items"]
    return Call({"order_id": _bought(market, market.colleague, ticket["id"])["id"]})


def order_to_return(market: Marketplace, owner: HttpClient) -> Call:
    call = own_show_to_issue(market, market.colleague)
    path = f"/v1/shows/{call.names['show_id']}"
    done(market.colleague.post(f"{path}/tickets", call.body))
    done(market.colleague.send("PATCH", path, {"starts_at": "2031-07-18T19:00:00-04:00"}))
    (ticket,) = owner.get_json(f"/v1/tickets?show_id={call.names['show_id']}")["items"]
    return Call({"order_id": _bought(market, owner, ticket["id"])["id"]})


def _bought(market: Marketplace, buyer: HttpClient, ticket_id: str = "") -> Any:
    """Let somebody buy a ticket with a saved card, which takes a tenth of a second."""
    cards = buyer.get_json("/v1/cards")["items"]
    card_id = cards[0]["id"] if cards else saved_card(market, buyer).names["card_id"]
    placed = buyer.lock_ticket(ticket_id or market.seller.list_ticket()["id"])
    done(buyer.post(f"/v1/orders/{placed['id']}/pay", {"card_id": card_id}))
    wait(lambda: buyer.get_json(f"/v1/orders/{placed['id']}")["status"] == "complete")
    return placed


def wait(condition: Callable[[], Any]) -> Any:
    """Ask until the answer is true, and return it."""
    deadline = monotonic() + 20
    while not (found := condition()):
        assert monotonic() < deadline, "it did not happen"
    return found


def _write(market: Marketplace, statement: str, row: tuple[object, ...]) -> None:
    path = sqlite_path(market.server.settings.database)
    assert path is not None
    with closing(connect(path)) as raw:
        raw.execute(statement, row)
