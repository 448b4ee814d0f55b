"""Sandbox: pay with test cards on the sandbox's page, like a browser."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from client.hosted_page import ForeignPage, HostedPageState, PageClient, PageView
from contract.base import Model
from contract.cards import ADD_CARD, CardSetup
from contract.payments import START_PAYMENT
from ticketing_cli import cards
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode
from ticketing_cli.runtime.output import as_json

ENDS = {
    HostedPageState.DECLINED: ExitCode.PAYMENT_FAILED,
    HostedPageState.EXPIRED: ExitCode.CONFLICT,
    HostedPageState.INVALID: ExitCode.USAGE,
}


class Challenge(StrEnum):
    """How to answer the bank's confirmation (3-D Secure)."""

    PASS = "pass"  # noqa: S105  not a password
    FAIL = "fail"


Number = Annotated[str, typer.Option("--card", help="A test card's number.")]
Expiry = Annotated[str, typer.Option("--exp", help="Any future month.")]
Digits = Annotated[str, typer.Option("--cvc", help="Any three digits.")]
Answer = Annotated[
    Challenge, typer.Option("--challenge", help="How to answer if the bank asks for confirmation.")
]


class SandboxPayment(Model, frozen=True, kw_only=True):
    """The page's response to a card."""

    order_id: str
    state: HostedPageState
    message: str


def pay(
    ctx: typer.Context,
    order: options.OrderId,
    card: Number,
    exp: Expiry = "12/34",
    cvc: Digits = "123",
    challenge: Answer = Challenge.PASS,
    json: options.Json = None,
) -> ExitCode:
    """Pay an order on the sandbox's page over HTTP, like a browser. Test cards only.

    Refused on a server with real money. Exit code 0 paid, 7 declined, 6 the lock expired.

    Examples:
      ticketing sandbox pay ord_7k --card 4242424242424242
      ticketing sandbox pay ord_7k --card 4000000000003220 --challenge fail
    """
    run = Run.of(ctx)
    fields = run.fields(json, SandboxPayment)
    payment = run.api.call(START_PAYMENT, order_id=order)
    _refuse_live(live=payment.live, instead=f"ticketing pay {order}")
    form = {"card_number": card, "exp": exp, "cvc": cvc}
    view = _submit_card(run, payment.url, form, challenge)
    if fields is not None:
        result = SandboxPayment(order_id=order, state=view.state, message=view.message)
        run.out.line(as_json(result, fields))
    _require(view, HostedPageState.PAID)
    if fields is None:
        run.out.line(f"paid order {order} with TEST money")
        run.out.message("next: ticketing wallet")
    return ExitCode.OK


def save_card(
    ctx: typer.Context,
    card: Number,
    exp: Expiry = "12/34",
    cvc: Digits = "123",
    challenge: Answer = Challenge.PASS,
    json: options.Json = None,
) -> ExitCode:
    """Save a card on the sandbox's page over HTTP, like a browser. Test cards only.

    Refused on a server with real money. Exit code 0 saved, 7 declined.

    Examples:
      ticketing sandbox save-card --card 4242424242424242
      ticketing sandbox save-card --card 4000000000000341 --json card
    """
    run = Run.of(ctx)
    fields = run.fields(json, CardSetup)
    setup = run.api.call(ADD_CARD)
    _refuse_live(live=setup.live, instead="ticketing cards add")
    form = {"card_number": card, "exp": exp, "cvc": cvc}
    _require(_submit_card(run, setup.url, form, challenge), HostedPageState.SAVED)
    return cards.finish(run, cards.saved(run, setup), fields)


def _refuse_live(*, live: bool, instead: str) -> None:
    """Raise CommandError if the card number would not go to the sandbox."""
    if live:
        raise CommandError(
            ExitCode.USAGE,
            "this server takes LIVE money; a card number is never sent from a terminal",
            hint=f"`{instead}` shows the payment page",
            code="live_payment",
        )


def _require(view: PageView, state: HostedPageState) -> None:
    """Raise CommandError with the page's message unless it is in this state."""
    if view.state is not state:
        code = ENDS.get(view.state, ExitCode.FAILED)
        raise CommandError(code, view.message, code=view.state.value)


def _submit_card(run: Run, url: str, form: dict[str, str], challenge: Challenge) -> PageView:
    """Submit a card on a page; raise CommandError if it is not the sandbox's page."""
    try:
        with PageClient(run.api.server, timeout=run.api.timeout) as page:
            return _try_card(page, url, form, challenge)
    except ForeignPage as error:
        message = f"{error}; the card was not sent"
        raise CommandError(ExitCode.USAGE, message, code="foreign_page") from None


def _try_card(page: PageClient, url: str, form: dict[str, str], challenge: Challenge) -> PageView:
    """Open the page, submit the card, answer the bank; return the final view."""
    view = page.open(url)
    if view.state is HostedPageState.OPEN:
        view = page.submit(form, to=view.next)
    if view.state is HostedPageState.CHALLENGE:
        view = page.submit({"answer": challenge.value}, to=view.next)
    return view
