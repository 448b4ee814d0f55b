"""Cards: list, add and remove saved cards. Card numbers are never typed here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from client.formatting import local_time, mode
from contract.base import PageQuery
from contract.cards import (
    ADD_CARD,
    LIST_CARDS,
    REMOVE_CARD,
    VIEW_CARD_SETUP,
    Card,
    CardSaved,
    CardSetup,
    CardSetupStatus,
)
from ticketing_cli import hosted_page, waiting
from ticketing_cli.hosted_page import OutputOptions
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import SIGNALS, CommandError, ExitCode, interrupted
from ticketing_cli.runtime.formats import OutputColumn
from ticketing_cli.runtime.output import Fields, as_json

#: How many digits of a saved card are known.
KNOWN_DIGITS = 4
#: A full card number has at least this many digits.
MIN_NUMBER_LENGTH = 12
CardName = Annotated[
    str, typer.Argument(metavar="CARD", help="A card's id, or its last 4 digits if unambiguous.")
]


def card_name(card: Card) -> str:
    """Return the name of a card for people: `visa 4242`."""
    return f"{card.brand} {card.last4}"


COLUMNS = (
    OutputColumn[Card](title="CARD", of=lambda c: c.id, keep=True),
    OutputColumn[Card](title="BRAND", of=lambda c: c.brand, keep=True),
    OutputColumn[Card](title="LAST 4", of=lambda c: c.last4, keep=True),
    OutputColumn[Card](title="EXPIRES", of=lambda c: f"{c.exp_month:02d}/{c.exp_year}", keep=True),
    OutputColumn[Card](title="MONEY", of=lambda c: mode(live=c.live), keep=True, human_only=True),
    OutputColumn[Card](title="SAVED", of=lambda c: c.created_at),
)


def cards(ctx: typer.Context, limit: options.Limit = 50, json: options.Json = None) -> None:
    """List your saved cards, newest first.

    Examples:
      ticketing cards
      ticketing cards --json id,last4
    """
    run = Run.of(ctx)
    fields = run.fields(json, Card)
    found = run.api.pages(LIST_CARDS, PageQuery(), limit=limit)
    run.out.records(found, COLUMNS, fields, noun="saved cards")


def add(
    ctx: typer.Context,
    web: options.Web = False,
    no_qr: options.NoQr = False,
    no_wait: options.NoWait = False,
    json: options.Json = None,
) -> ExitCode:
    """Save a card on the payment provider's page; nothing is charged.

    Ctrl-C keeps the page open: a card entered there is still saved.

    Examples:
      ticketing cards add
      ticketing cards add --web
      ticketing cards add --no-wait --json url
    """
    run = Run.of(ctx)
    fields = run.fields(json, CardSetup)
    output = OutputOptions(web=web, qr=not no_qr, wait=not no_wait, fields=fields)
    setup = run.api.call(ADD_CARD)
    deadline = local_time(setup.expires_at)
    message = f"{mode(live=setup.live)}: save a card until {deadline} at {setup.url}"
    with _page_stays_open(run, setup):
        hosted_page.show(run, setup.url, output, message=message)
        setup = saved(run, setup) if output.wait else setup
    return finish(run, setup, fields)


def remove(
    ctx: typer.Context, card: CardName, yes: options.Yes = False, json: options.Json = None
) -> None:
    """Delete a saved card, here and at the payment provider.

    Examples:
      ticketing cards remove 4242
      ticketing cards remove crd_4k --yes
    """
    run = Run.of(ctx)
    fields = run.fields(json, Card)
    if not yes:
        run.require_input("--yes")
    chosen = named(run, card)
    if not yes:
        run.confirm(f"Delete {card_name(chosen)}?", declined="The card is still saved")
    after = run.api.call(REMOVE_CARD, card_id=chosen.id)
    message = f"deleted {card_name(after)} ({after.id})"
    run.out.result(after, fields=fields, message=message, next_command="ticketing cards")


def named(run: Run, name: str) -> Card:
    """Return the saved card with this id or these last four digits.

    Raise CommandError with exit code 5 when there is none, 2 when there are several, and 2 for
    what looks like a full card number, which is neither sent nor printed.
    """
    digits = "".join(name.split()).replace("-", "")
    if digits.isdecimal() and len(digits) >= MIN_NUMBER_LENGTH:
        hint = "`ticketing cards add` opens a page where you can enter it"
        message = "that is a card number; it was not sent anywhere. Never type one here"
        raise CommandError(ExitCode.USAGE, message, hint=hint, code="card_number")
    mine = list(run.api.pages(LIST_CARDS, PageQuery(), limit=0))
    by_digits = len(name) == KNOWN_DIGITS and name.isdecimal()
    found = [card for card in mine if name == (card.last4 if by_digits else card.id)]
    if len(found) > 1:
        which = ", ".join(f"{card.id} ({card_name(card)})" for card in found)
        message = f"{len(found)} saved cards end in {name}: {which}"
        raise CommandError(ExitCode.USAGE, message, hint="use its id", code="ambiguous")
    if not found:
        hint = "`ticketing cards` lists them, `ticketing cards add` saves one"
        message = f"there is no saved card {name!a}"
        raise CommandError(ExitCode.NOT_FOUND, message, hint=hint, code="card_not_found")
    return found[0]


def finish(run: Run, setup: CardSetup, fields: Fields | None) -> ExitCode:
    """Print the result of a card setup; raise CommandError with exit code 6 if it was closed."""
    if fields is not None:
        run.out.line(as_json(setup, fields))
    if setup.card is not None:
        if fields is None:
            run.out.line(f"saved {card_name(setup.card)}: {setup.card.id}")
            run.out.message(f"next: ticketing buy TICKET --card {setup.card.last4}")
        return ExitCode.OK
    if setup.status is CardSetupStatus.VOID:
        hint = "`ticketing cards add` opens a new page"
        message = "the page is closed; no card was saved"
        raise CommandError(ExitCode.CONFLICT, message, hint=hint, code="closed")
    if fields is None:
        run.out.line(f"save a card at {setup.url}")
        run.out.message("next: ticketing cards")
    return ExitCode.PENDING


def saved(run: Run, setup: CardSetup) -> CardSetup:
    """Wait until a card is saved or the page is closed."""
    return waiting.until(
        run, setup,
        fetch=lambda: run.api.call(VIEW_CARD_SETUP, setup_id=setup.id),
        finished=lambda now: now.status in {CardSetupStatus.DONE, CardSetupStatus.VOID},
        concerns=lambda entry: isinstance(entry.event, CardSaved),
        status=lambda now: waiting.time_left(run, now.expires_at, label="waiting for a card"),
        deadline=setup.expires_at,
    )  # fmt: skip


@contextmanager
def _page_stays_open(run: Run, setup: CardSetup) -> Iterator[None]:
    """On Ctrl-C or SIGTERM say that the page stays open."""
    try:
        yield
    except SIGNALS as signal:
        run.out.progress_line.clear()
        message = f"the page stays open until {local_time(setup.expires_at)}"
        hint = "`ticketing cards` shows the card once it is saved"
        raise interrupted(signal, message, hint=hint) from None
