"""Cards: saved cards, for the next purchase without a page. Numbers are never typed here."""

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
    SetupStatus,
)
from ticketing_cli import hosted_page, waiting
from ticketing_cli.hosted_page import OutputOptions
from ticketing_cli.runtime import options, outcome
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import Exit, Stop
from ticketing_cli.runtime.formats import Column
from ticketing_cli.runtime.output import Fields, as_json

#: How many digits of a card are known, and how many a whole number has at least.
LAST = 4
WHOLE = 12
CardName = Annotated[
    str, typer.Argument(metavar="CARD", help="A card's id or, if no other has them, last 4 digits.")
]


def told(card: Card) -> str:
    """Tell a card from others: `visa 4242`."""
    return f"{card.brand} {card.last4}"


COLUMNS = (
    Column[Card](title="CARD", of=lambda c: c.id, keep=True),
    Column[Card](title="BRAND", of=lambda c: c.brand, keep=True),
    Column[Card](title="LAST 4", of=lambda c: c.last4, keep=True),
    Column[Card](title="EXPIRES", of=lambda c: f"{c.exp_month:02d}/{c.exp_year}", keep=True),
    Column[Card](title="MONEY", of=lambda c: mode(live=c.live), keep=True, people=True),
    Column[Card](title="SAVED", of=lambda c: c.created_at),
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
) -> Exit:
    """Save a card on the payment provider's page; nothing is charged.

    Ctrl-C leaves the page open: a card typed there is saved all the same.

    Examples:
      ticketing cards add
      ticketing cards add --web
      ticketing cards add --no-wait --json url
    """
    run = Run.of(ctx)
    fields = run.fields(json, CardSetup)
    manner = OutputOptions(web=web, qr=not no_qr, wait=not no_wait, fields=fields)
    setup = run.api.call(ADD_CARD)
    by = f"{mode(live=setup.live)}: save a card by {local_time(setup.expires_at)} at {setup.url}"
    with _left_open(run, setup):
        hosted_page.show(run, setup.url, manner, sentence=by)
        setup = saved(run, setup) if manner.wait else setup
    return finish(run, setup, fields)


def remove(
    ctx: typer.Context, card: CardName, yes: options.Yes = False, json: options.Json = None
) -> None:
    """Have a saved card forgotten, here and at the payment provider.

    Examples:
      ticketing cards remove 4242
      ticketing cards remove crd_4k --yes
    """
    run = Run.of(ctx)
    fields = run.fields(json, Card)
    if not yes:
        run.require_input("--yes")
    gone = named(run, card)
    if not yes:
        run.confirm(f"Forget {told(gone)}?")
    after = run.api.call(REMOVE_CARD, card_id=gone.id)
    sentence = f"forgot {told(after)} ({after.id})"
    outcome.tell(run, after, fields=fields, sentence=sentence, then="ticketing cards")


def named(run: Run, name: str) -> Card:
    """Return the saved card with this id or these last four digits.

    Raise Stop with exit code 5 when there is none, 2 when there are several, and 2 for what looks
    like a card's number, which is sent nowhere and shown nowhere.
    """
    digits = "".join(name.split()).replace("-", "")
    if digits.isdecimal() and len(digits) >= WHOLE:
        hint = "`ticketing cards add` opens a page where it may be typed"
        message = "that is a card's number; it was sent nowhere. Never type one here"
        raise Stop(Exit.USAGE, message, hint=hint, code="card_number")
    mine = list(run.api.pages(LIST_CARDS, PageQuery(), limit=0))
    by_digits = len(name) == LAST and name.isdecimal()
    found = [card for card in mine if name == (card.last4 if by_digits else card.id)]
    if len(found) > 1:
        which = ", ".join(f"{card.id} ({told(card)})" for card in found)
        message = f"{len(found)} saved cards end in {name}: {which}"
        raise Stop(Exit.USAGE, message, hint="name it by its id", code="ambiguous")
    if not found:
        hint = "`ticketing cards` lists them, `ticketing cards add` saves one"
        raise Stop(Exit.NOT_FOUND, f"no saved card {name!a}", hint=hint, code="card_not_found")
    return found[0]


def finish(run: Run, setup: CardSetup, fields: Fields | None) -> Exit:
    """Say what came of a page; raise Stop with exit code 6 when it was closed without a card."""
    if fields is not None:
        run.out.line(as_json(setup, fields))
    if setup.card is not None:
        if fields is None:
            run.out.line(f"saved {told(setup.card)}: {setup.card.id}")
            run.out.say(f"next: ticketing buy TICKET --card {setup.card.last4}")
        return Exit.OK
    if setup.status is SetupStatus.VOID:
        hint = "`ticketing cards add` opens another page"
        raise Stop(Exit.CONFLICT, "the page is closed; no card was saved", hint=hint, code="closed")
    if fields is None:
        run.out.line(f"a card can be saved at {setup.url}")
        run.out.say("next: ticketing cards")
    return Exit.PENDING


def saved(run: Run, setup: CardSetup) -> CardSetup:
    """Wait until a card is saved or the page is closed."""
    return waiting.until(
        run, setup,
        look=lambda: run.api.call(VIEW_CARD_SETUP, setup_id=setup.id),
        over=lambda now: now.status in {SetupStatus.DONE, SetupStatus.VOID},
        wake=lambda entry: isinstance(entry.event, CardSaved),
        status=lambda now: waiting.left_until(run, now.expires_at, label="waiting for a card"),
        deadline=setup.expires_at,
    )  # fmt: skip


@contextmanager
def _left_open(run: Run, setup: CardSetup) -> Iterator[None]:
    """On Ctrl-C say that the page stays open."""
    try:
        yield
    except KeyboardInterrupt:
        run.out.live.clear()
        message = f"interrupted; the page stays open until {local_time(setup.expires_at)}"
        hint = "`ticketing cards` shows the card once it is saved"
        raise Stop(Exit.INTERRUPTED, message, hint=hint, code="interrupted") from None
