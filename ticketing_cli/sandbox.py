"""Sandbox: use test cards while no Stripe key is set, as a browser does."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from client.hosted_page import ForeignPage, PageClient, PageState, PageView
from contract.base import Model
from contract.cards import ADD_CARD, CardSetup
from contract.payments import START_PAYMENT
from ticketing_cli import cards
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import Exit, Stop
from ticketing_cli.runtime.output import as_json

ENDS = {
    PageState.DECLINED: Exit.PAYMENT_FAILED,
    PageState.EXPIRED: Exit.CONFLICT,
    PageState.INVALID: Exit.USAGE,
}


class Challenge(StrEnum):
    """How to answer when the bank asks (3-D Secure)."""

    PASS = "pass"  # noqa: S105  an answer, not a password
    FAIL = "fail"


Number = Annotated[str, typer.Option("--card", help="A test card's number.")]
Expiry = Annotated[str, typer.Option("--exp", help="Any month to come.")]
Digits = Annotated[str, typer.Option("--cvc", help="Any three digits.")]
Answer = Annotated[
    Challenge, typer.Option("--challenge", help="What to answer when the bank asks.")
]


class Attempt(Model, frozen=True, kw_only=True):
    """What the page said to a card."""

    order_id: str
    state: PageState
    message: str


def pay(
    ctx: typer.Context,
    order: options.OrderId,
    card: Number,
    exp: Expiry = "12/34",
    cvc: Digits = "123",
    challenge: Answer = Challenge.PASS,
    json: options.Json = None,
) -> Exit:
    """Pay an order on the sandbox's page over HTTP, as a browser does. Test cards only.

    Refused where real money moves. Exit code 0 paid, 7 declined, 6 the lock ran out.

    Examples:
      ticketing sandbox pay ord_7k --card 4242424242424242
      ticketing sandbox pay ord_7k --card 4000000000003220 --challenge fail
    """
    run = Run.of(ctx)
    fields = run.fields(json, Attempt)
    payment = run.api.call(START_PAYMENT, order_id=order)
    _refuse_live(live=payment.live, instead=f"ticketing pay {order}")
    form = {"card_number": card, "exp": exp, "cvc": cvc}
    shown = _type(run, payment.url, form, challenge)
    if fields is not None:
        attempt = Attempt(order_id=order, state=shown.state, message=shown.message)
        run.out.line(as_json(attempt, fields))
    _refuse(shown, wanted=PageState.PAID)
    if fields is None:
        run.out.line(f"paid order {order} with TEST money")
        run.out.say("next: ticketing wallet")
    return Exit.OK


def save_card(
    ctx: typer.Context,
    card: Number,
    exp: Expiry = "12/34",
    cvc: Digits = "123",
    challenge: Answer = Challenge.PASS,
    json: options.Json = None,
) -> Exit:
    """Save a card on the sandbox's page over HTTP, as a browser does. Test cards only.

    Refused where real money moves. Exit code 0 saved, 7 declined.

    Examples:
      ticketing sandbox save-card --card 4242424242424242
      ticketing sandbox save-card --card 4000000000000341 --json card
    """
    run = Run.of(ctx)
    fields = run.fields(json, CardSetup)
    setup = run.api.call(ADD_CARD)
    _refuse_live(live=setup.live, instead="ticketing cards add")
    form = {"card_number": card, "exp": exp, "cvc": cvc}
    _refuse(_type(run, setup.url, form, challenge), wanted=PageState.SAVED)
    return cards.finish(run, cards.saved(run, setup), fields)


def _refuse_live(*, live: bool, instead: str) -> None:
    """Raise Stop where a number would reach anything but the sandbox."""
    if live:
        raise Stop(
            Exit.USAGE,
            "this server takes LIVE money; a card number is never sent from a terminal",
            hint=f"`{instead}` shows the page",
            code="live_payment",
        )


def _refuse(shown: PageView, *, wanted: PageState) -> None:
    """Raise Stop with what the page says, unless it is what was wanted."""
    if shown.state is not wanted:
        raise Stop(ENDS.get(shown.state, Exit.FAILED), shown.message, code=shown.state.value)


def _type(run: Run, url: str, form: dict[str, str], challenge: Challenge) -> PageView:
    """Type a card on a page; raise Stop where that is not the sandbox's."""
    try:
        with PageClient(run.api.server, timeout=run.api.timeout) as page:
            return _try_card(page, url, form, challenge)
    except ForeignPage as error:
        raise Stop(Exit.USAGE, f"{error}; no card was sent to it", code="foreign_page") from None


def _try_card(page: PageClient, url: str, form: dict[str, str], challenge: Challenge) -> PageView:
    """Open the page, send the card, answer the bank; return what the page says in the end."""
    shown = page.open(url)
    if shown.state is PageState.OPEN:
        shown = page.submit(form, to=shown.next)
    if shown.state is PageState.CHALLENGE:
        shown = page.submit({"answer": challenge.value}, to=shown.next)
    return shown
