"""Sheet: what a hosted page has to show, before it becomes HTML or JSON."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlsplit

from server.sandbox import hosted
from server.sandbox.amounts import said
from server.sandbox.checkout import LineItem, Product, Session
from server.sandbox.saving import Setup
from server.sandbox.shapes import Data, Intent
from server.sandbox.states import IntentStatus, SetupStatus
from server.sandbox.turn import Turn


class PageState(StrEnum):
    """How a page stands, or how the last attempt on it went."""

    OPEN = "open"
    PAID = "paid"
    SAVED = "saved"
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
    A page that `saves` a card has no total; `tried` says that a card has failed on it before.
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
    saves: bool = False
    tried: bool = False

    def saying(self, state: PageState, message: str, *, field: str | None = None) -> Sheet:
        """Return the sheet in another state."""
        return replace(self, state=state, message=message, field=field)


def of_session(turn: Turn, session: Session) -> Sheet:
    """Return the sheet of a Checkout Session."""
    url = f"{turn.base_url}/sandbox/pay/{session.id}"
    setup = hosted.setup_of(turn, session)
    sheet = Sheet(
        id=session.id,
        state=PageState.OPEN,
        message="Save a test card. Nothing is charged.",
        address=urlsplit(url).path,
        next=url,
        back=session.cancel_url,
        session=session,
        saves=setup is not None,
    )
    if setup is None:
        sheet = _priced(turn, sheet, session)
    if session.status == "expired":
        return replace(_expired(sheet), next=session.cancel_url)
    intent = hosted.intent_of(turn, session)
    if intent is not None and intent.status == IntentStatus.CANCELED:
        return replace(_cancelled(sheet), next=session.cancel_url)
    if session.status == "complete":
        done = (session.success_url or "").replace("{CHECKOUT_SESSION_ID}", session.id)
        return replace(_saved(sheet) if sheet.saves else _paid(sheet), next=done or None)
    if setup is not None:
        return _with_setup(sheet, setup, url)
    return sheet if intent is None else _with_intent(sheet, intent, url)


def of_intent(turn: Turn, intent: Intent) -> Sheet:
    """Return the sheet of an intent whose bank asks something: its only page is the challenge."""
    url = f"{turn.base_url}/sandbox/pay/{intent.id}"
    sheet = replace(_idle(intent.id, url), total=said(intent.amount, intent.currency))
    if intent.status == IntentStatus.CANCELED:
        return _cancelled(sheet)
    if intent.status in {IntentStatus.REQUIRES_CAPTURE, IntentStatus.SUCCEEDED}:
        return _paid(sheet)
    return _with_intent(sheet, intent, url)


def of_setup(turn: Turn, setup: Setup) -> Sheet:
    """Return the sheet of a setup whose bank asks something: its only page is the challenge."""
    url = f"{turn.base_url}/sandbox/pay/{setup.id}"
    sheet = replace(_idle(setup.id, url), saves=True)
    if setup.status == SetupStatus.CANCELED:
        return _cancelled(sheet)
    if setup.status == SetupStatus.SUCCEEDED:
        return _saved(sheet)
    return _with_setup(sheet, setup, url)


def unknown() -> Sheet:
    """Return the sheet of a page that does not exist."""
    return Sheet(id=None, state=PageState.INVALID, message="There is no such payment page.")


def _idle(page_id: str, url: str) -> Sheet:
    message = "There is nothing to do here. Go back to the shop."
    return Sheet(id=page_id, state=PageState.INVALID, message=message, address=urlsplit(url).path)


def _priced(turn: Turn, sheet: Sheet, session: Session) -> Sheet:
    """Say what is paid for, and how much."""
    total = said(session.amount_total or 0, session.currency or "")
    return replace(
        sheet,
        message=f"Pay {total} with a test card.",
        total=total,
        lines=tuple(_line(turn, item) for item in turn.store.owned(LineItem, session.id)),
    )


def _with_intent(sheet: Sheet, intent: Intent, url: str) -> Sheet:
    if intent.status == IntentStatus.REQUIRES_ACTION:
        return _asked(sheet, url)
    return _failed(sheet, intent.last_payment_error)


def _with_setup(sheet: Sheet, setup: Setup, url: str) -> Sheet:
    if setup.status == SetupStatus.REQUIRES_ACTION:
        return _asked(sheet, url)
    return _failed(sheet, setup.last_setup_error)


def _asked(sheet: Sheet, url: str) -> Sheet:
    message = "Your bank wants to know that it is you."
    return replace(sheet, state=PageState.CHALLENGE, message=message, next=f"{url}/challenge")


def _failed(sheet: Sheet, error: Data | None) -> Sheet:
    """Say why the last card failed, if one did."""
    if error is None:
        return sheet
    again = "Try another card." if sheet.session else "Go back to the shop."
    return replace(sheet, message=f"{error['message']} {again}", tried=True)


def _paid(sheet: Sheet) -> Sheet:
    return replace(sheet, state=PageState.PAID, message="Paid: go back to your terminal.")


def _saved(sheet: Sheet) -> Sheet:
    return replace(sheet, state=PageState.SAVED, message="Saved: go back to your terminal.")


def _expired(sheet: Sheet) -> Sheet:
    message = f"This page has expired, and {_nothing(sheet)}. Go back to your terminal."
    return replace(sheet, state=PageState.EXPIRED, message=message)


def _cancelled(sheet: Sheet) -> Sheet:
    what = "It" if sheet.saves else "This payment"
    message = f"{what} was cancelled, and {_nothing(sheet)}. Go back to your terminal."
    return replace(sheet, state=PageState.EXPIRED, message=message)


def _nothing(sheet: Sheet) -> str:
    return "no card was saved" if sheet.saves else "no money was taken"


def _line(turn: Turn, item: LineItem) -> Line:
    (product,) = turn.store.owned(Product, item.id)
    return Line(
        name=product.name,
        note=product.description or "",
        quantity=item.quantity,
        amount=said(item.amount_total, item.currency),
    )
