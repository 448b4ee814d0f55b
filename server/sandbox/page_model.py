"""Page model: what a hosted page shows, before it becomes HTML or JSON."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlsplit

from server.sandbox import checkout_sessions
from server.sandbox.amounts import format_amount
from server.sandbox.confirmation import IntentStatus, last_error
from server.sandbox.context import Context
from server.sandbox.line_items import LineItem, Product
from server.sandbox.models import CheckoutSession, PaymentIntent, SetupIntent


class SandboxPageState(StrEnum):
    """The state of a page, or the result of the last attempt on it."""

    OPEN = "open"
    PAID = "paid"
    SAVED = "saved"
    DECLINED = "declined"
    CHALLENGE = "challenge"
    EXPIRED = "expired"
    INVALID = "invalid"


@dataclass(frozen=True, kw_only=True)
class PageItem:
    """One item that the page sells."""

    name: str
    note: str
    quantity: int
    amount: str


@dataclass(frozen=True, kw_only=True)
class PageModel:
    """What a page shows. `id` is None when the page does not exist.

    `path` is the page's own path, `next` the address where to continue, and `cancel_url` the way
    back to the shop. `session` is None on the page of an intent that an API call made. A page that
    `saves` a card has no total. `failed` means that a card has failed on it before.
    """

    id: str | None
    state: SandboxPageState
    message: str
    total: str = ""
    items: tuple[PageItem, ...] = ()
    path: str = ""
    next: str | None = None
    cancel_url: str | None = None
    invalid_field: str | None = None
    session: CheckoutSession | None = None
    saves: bool = False
    failed: bool = False

    def with_message(
        self, state: SandboxPageState, message: str, *, invalid_field: str | None = None
    ) -> PageModel:
        """Return the page in another state."""
        return replace(self, state=state, message=message, invalid_field=invalid_field)


def of_session(ctx: Context, session: CheckoutSession) -> PageModel:
    """Return the page of a Checkout Session."""
    url = f"{ctx.base_url}/sandbox/pay/{session.id}"
    intent = checkout_sessions.payment_intent_of(ctx, session)
    setup = checkout_sessions.setup_intent_of(ctx, session)
    page = PageModel(
        id=session.id,
        state=SandboxPageState.OPEN,
        message="Save a test card. Nothing will be charged.",
        path=urlsplit(url).path,
        next=url,
        cancel_url=session.cancel_url,
        session=session,
        saves=setup is not None,
    )
    if setup is None:
        page = _with_items(ctx, page, session)
    if session.status == "expired":
        return replace(_expired(page), next=session.cancel_url)
    if intent is not None and intent.status == IntentStatus.CANCELED:
        return replace(_canceled(page), next=session.cancel_url)
    if session.status == "complete":
        success_url = (session.success_url or "").replace("{CHECKOUT_SESSION_ID}", session.id)
        return replace(_saved(page) if page.saves else _paid(page), next=success_url or None)
    attempted = setup or intent
    return page if attempted is None else _after_attempt(page, attempted, url)


def of_payment_intent(ctx: Context, intent: PaymentIntent) -> PageModel:
    """Return the page of an intent made by an API call: it only has a challenge to answer."""
    url = f"{ctx.base_url}/sandbox/pay/{intent.id}"
    page = replace(_idle(intent.id, url), total=format_amount(intent.amount, intent.currency))
    if intent.status == IntentStatus.CANCELED:
        return _canceled(page)
    if intent.status in {IntentStatus.REQUIRES_CAPTURE, IntentStatus.SUCCEEDED}:
        return _paid(page)
    return _after_attempt(page, intent, url)


def of_setup_intent(ctx: Context, setup: SetupIntent) -> PageModel:
    """Return the page of an intent made by an API call: it only has a challenge to answer."""
    url = f"{ctx.base_url}/sandbox/pay/{setup.id}"
    page = replace(_idle(setup.id, url), saves=True)
    if setup.status == IntentStatus.CANCELED:
        return _canceled(page)
    if setup.status == IntentStatus.SUCCEEDED:
        return _saved(page)
    return _after_attempt(page, setup, url)


def not_found() -> PageModel:
    """Return the page for an id that does not exist."""
    message = "There is no such payment page."
    return PageModel(id=None, state=SandboxPageState.INVALID, message=message)


def _idle(page_id: str, url: str) -> PageModel:
    message = "There is nothing to do here. Go back to the shop."
    return PageModel(
        id=page_id, state=SandboxPageState.INVALID, message=message, path=urlsplit(url).path
    )


def _with_items(ctx: Context, page: PageModel, session: CheckoutSession) -> PageModel:
    """Add the items and the total."""
    total = format_amount(session.amount_total or 0, session.currency or "")
    items = ctx.store.list_owned(LineItem, session.id)
    return replace(
        page,
        message=f"Pay {total} with a test card.",
        total=total,
        items=tuple(_item(ctx, item) for item in items),
    )


def _item(ctx: Context, item: LineItem) -> PageItem:
    (product,) = ctx.store.list_owned(Product, item.id)
    return PageItem(
        name=product.name,
        note=product.description or "",
        quantity=item.quantity,
        amount=format_amount(item.amount_total, item.currency),
    )


def _after_attempt(page: PageModel, intent: PaymentIntent | SetupIntent, url: str) -> PageModel:
    """Show the challenge of the last attempt, or why it failed, if it did."""
    if intent.status == IntentStatus.REQUIRES_ACTION:
        message = "Your bank wants to confirm that it's you."
        challenge = f"{url}/challenge"
        return replace(page, state=SandboxPageState.CHALLENGE, message=message, next=challenge)
    error = last_error(intent)
    if error is None:
        return page
    advice = "Try another card." if page.session else "Go back to the shop."
    return replace(page, message=f"{error['message']} {advice}", failed=True)


def _paid(page: PageModel) -> PageModel:
    return page.with_message(SandboxPageState.PAID, "Paid. Go back to your terminal.")


def _saved(page: PageModel) -> PageModel:
    return page.with_message(SandboxPageState.SAVED, "Card saved. Go back to your terminal.")


def _expired(page: PageModel) -> PageModel:
    message = f"This page has expired, and {_nothing(page)}. Go back to your terminal."
    return page.with_message(SandboxPageState.EXPIRED, message)


def _canceled(page: PageModel) -> PageModel:
    what = "This page" if page.saves else "This payment"
    message = f"{what} was cancelled, and {_nothing(page)}. Go back to your terminal."
    return page.with_message(SandboxPageState.EXPIRED, message)


def _nothing(page: PageModel) -> str:
    return "no card was saved" if page.saves else "no money was taken"
