"""Sheet: what a hosted page has to show, before it becomes HTML or JSON."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlsplit

from server.payments.sandbox import sessions
from server.payments.sandbox.amounts import said
from server.payments.sandbox.checkout import LineItem, Product, Session
from server.payments.sandbox.shapes import Intent
from server.payments.sandbox.states import IntentStatus
from server.payments.sandbox.turn import Turn


class PageState(StrEnum):
    """How a page stands, or how the last attempt on it went."""

    OPEN = "open"
    PAID = "paid"
    DECLINED = "declined"
    CHALLENGE = "challenge"
    EXPIRED = "expired"
    INVALID = "invalid"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that is paid for."""

    name: str
    note: str
    quantity: int
    amount: str


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What a page shows. `id` is None when there is no such page.

    `address` is the page's own path; `next` is where to go on; `back` is the shop's way out.
    `field` names what was mistyped. `session` is None on the page of an intent made by an API call.
    """

    id: str | None
    state: PageState
    message: str
    total: str = ""
    lines: tuple[Line, ...] = ()
    address: str = ""
    next: str | None = None
    back: str | None = None
    field: str | None = None
    session: Session | None = None

    def saying(self, state: PageState, message: str, *, field: str | None = None) -> Sheet:
        """Return the sheet in another state."""
        return replace(self, state=state, message=message, field=field)


def of_session(turn: Turn, session: Session) -> Sheet:
    """Return the sheet of a Checkout Session."""
    intent = sessions.intent_of(turn, session)
    total = said(session.amount_total, session.currency)
    url = f"{turn.base_url}/sandbox/pay/{session.id}"
    sheet = Sheet(
        id=session.id,
        state=PageState.OPEN,
        message=f"Pay {total} with a test card.",
        total=total,
        lines=tuple(_line(turn, item) for item in turn.store.owned(LineItem, session.id)),
        address=urlsplit(url).path,
        next=url,
        back=session.cancel_url,
        session=session,
    )
    if session.status == "expired":
        return replace(_expired(sheet), next=session.cancel_url)
    if intent is not None and intent.status == IntentStatus.CANCELED:
        return replace(_cancelled(sheet), next=session.cancel_url)
    if session.status == "complete":
        done = (session.success_url or "").replace("{CHECKOUT_SESSION_ID}", session.id)
        return replace(_paid(sheet), next=done or None)
    return sheet if intent is None else _with_intent(sheet, intent, url)


def of_intent(turn: Turn, intent: Intent) -> Sheet:
    """Return the sheet of an intent whose bank asks something: its only page is the challenge."""
    url = f"{turn.base_url}/sandbox/pay/{intent.id}"
    sheet = Sheet(
        id=intent.id,
        state=PageState.INVALID,
        message="There is nothing to do here. Go back to the shop.",
        total=said(intent.amount, intent.currency),
        address=urlsplit(url).path,
    )
    if intent.status == IntentStatus.CANCELED:
        return _cancelled(sheet)
    if intent.status in {IntentStatus.REQUIRES_CAPTURE, IntentStatus.SUCCEEDED}:
        return _paid(sheet)
    return _with_intent(sheet, intent, url)


def unknown() -> Sheet:
    """Return the sheet of a page that does not exist."""
    return Sheet(id=None, state=PageState.INVALID, message="There is no such payment page.")


def _with_intent(sheet: Sheet, intent: Intent, url: str) -> Sheet:
    if intent.status == IntentStatus.REQUIRES_ACTION:
        message = "Your bank wants to know that it is you."
        return replace(sheet, state=PageState.CHALLENGE, message=message, next=f"{url}/challenge")
    if intent.last_payment_error is not None:
        again = "Try another card." if sheet.session else "Go back to the shop."
        return replace(sheet, message=f"{intent.last_payment_error['message']} {again}")
    return sheet


def _paid(sheet: Sheet) -> Sheet:
    return replace(sheet, state=PageState.PAID, message="Paid: go back to your terminal.")


def _expired(sheet: Sheet) -> Sheet:
    message = "This page has expired, and no money was taken. Go back to your terminal."
    return replace(sheet, state=PageState.EXPIRED, message=message)


def _cancelled(sheet: Sheet) -> Sheet:
    message = "This payment was cancelled, and no money was taken. Go back to your terminal."
    return replace(sheet, state=PageState.EXPIRED, message=message)


def _line(turn: Turn, item: LineItem) -> Line:
    (product,) = turn.store.owned(Product, item.id)
    return Line(
        name=product.name,
        note=product.description or "",
        quantity=item.quantity,
        amount=said(item.amount_total, item.currency),
    )
