"""Sandbox: pay with test cards while no Stripe key is set, as a browser does."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from client.page import ForeignPage, Page, PageState, Shown
from contract.payments import START_PAYMENT
from contract.wire import Model
from ticketing_cli.shell import options
from ticketing_cli.shell.context import Run
from ticketing_cli.shell.exits import Exit, Stop
from ticketing_cli.shell.output import as_json

ENDS = {
    PageState.PAID: Exit.OK,
    PageState.DECLINED: Exit.PAYMENT_FAILED,
    PageState.EXPIRED: Exit.CONFLICT,
    PageState.INVALID: Exit.USAGE,
}


class Challenge(StrEnum):
    """How to answer when the bank asks (3-D Secure)."""

    PASS = "pass"  # noqa: S105  an answer, not a password
    FAIL = "fail"


class Attempt(Model, frozen=True, kw_only=True):
    """What the page said to a card."""

    order_id: str
    state: PageState
    message: str


def pay(
    ctx: typer.Context,
    order: options.OrderId,
    card: Annotated[str, typer.Option(help="A test card's number.")],
    exp: Annotated[str, typer.Option(help="Any month to come.")] = "12/34",
    cvc: Annotated[str, typer.Option(help="Any three digits.")] = "123",
    challenge: Annotated[
        Challenge, typer.Option(help="What to answer when the bank asks.")
    ] = Challenge.PASS,
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
    form = {"card_number": card, "exp": exp, "cvc": cvc}
    shown = _attempt(run, order, form, challenge)
    if fields is not None:
        attempt = Attempt(order_id=order, state=shown.state, message=shown.message)
        run.out.line(as_json(attempt, fields))
    if shown.state is not PageState.PAID:
        raise Stop(ENDS.get(shown.state, Exit.FAILED), shown.message, code=shown.state.value)
    if fields is None:
        run.out.line(f"paid order {order} with TEST money")
        run.out.say("next: ticketing wallet")
    return Exit.OK


def _attempt(run: Run, order: str, form: dict[str, str], challenge: Challenge) -> Shown:
    """Try a card on the order's page; raise Stop where it would reach anything but the sandbox."""
    payment = run.api.call(START_PAYMENT, order_id=order)
    if payment.live:
        raise Stop(
            Exit.USAGE,
            "this server takes LIVE money; a card number is never sent from a terminal",
            hint=f"`ticketing pay {order}` shows the payment page",
            code="live_payment",
        )
    try:
        with Page(run.api.server, timeout=run.api.timeout) as page:
            return _try_card(page, payment.url, form, challenge)
    except ForeignPage as error:
        raise Stop(Exit.USAGE, f"{error}; no card was sent to it", code="foreign_page") from None


def _try_card(page: Page, url: str, form: dict[str, str], challenge: Challenge) -> Shown:
    """Open the page, send the card, answer the bank; return what the page says in the end."""
    shown = page.open(url)
    if shown.state is PageState.OPEN:
        shown = page.submit(form, to=shown.next)
    if shown.state is PageState.CHALLENGE:
        shown = page.submit({"answer": challenge.value}, to=shown.next)
    return shown
