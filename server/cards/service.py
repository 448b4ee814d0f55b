"""The rules of saved cards, each in one transaction; the calls to Stripe are in `jobs`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from contract.cards import (
    UNDECIDED_STATUSES,
    Card,
    CardRemoved,
    CardSaved,
    CardSetup,
    CardSetupNotFound,
    CardSetupStatus,
)
from contract.payments import CardNotFound
from db.statement import Row
from db.types import from_us
from server import jobs, stripe
from server.cards import statements as sql
from server.clock import SECOND
from server.tx import Tx

CardEvent = TypeVar("CardEvent", CardSaved, CardRemoved)

#: Kinds of jobs. The subject of the first is a setup, of the second a Stripe payment method.
SETUP, DETACH = "card.setup", "card.detach"
#: Stripe keeps a page open for at least 30 minutes from its creation. So ours may be created up to
#: a quarter of an hour after it was requested, and every replay sends the same time.
OPEN_FOR = 45 * 60 * SECOND
#: A page with less time left than this is not handed out again.
REUSABLE_FOR = 15 * 60 * SECOND
#: The request itself creates the page; the job takes over only if that died on the way.
JOB_DELAY = 20 * SECOND
#: 40 bits, as in the short link of an order.
CODE_LENGTH = 8


@dataclass(frozen=True)
class CardRecord:
    """A saved card. `method_id` is its payment method at Stripe."""

    id: str
    user_id: str
    method_id: str
    fingerprint: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    version: int
    created_us: int
    removed_us: int | None


@dataclass(frozen=True)
class CardSetupRecord:
    """The saving of a card: its page, and the card once it is saved."""

    id: str
    user_id: str
    status: CardSetupStatus
    code: str
    parameters: dict[str, Any] | None
    session_id: str | None
    page_url: str | None
    card_id: str | None
    expires_us: int


def begin(tx: Tx, *, user_id: str) -> CardSetupRecord:
    """Begin to save a card, or return a setup whose page stays open for a while."""
    tx.advisory_lock(f"cards:{user_id}")
    row = tx.first(sql.UNDERWAY, user=user_id, until=tx.now_us + REUSABLE_FOR)
    if row is not None:
        return _setup_from_row(row)
    setup = _setup_from_row(
        tx.first(
            sql.BEGIN,
            id=tx.new_id("set"), user_id=user_id, status=CardSetupStatus.NEW.value,
            code=tx.new_code(CODE_LENGTH), parameters=None, session_id=None, page_url=None,
            card_id=None, expires_at=tx.now_us + OPEN_FOR, created_at=tx.now_us,
        )
    )  # fmt: skip
    jobs.enqueue(tx, SETUP, setup.id, after=JOB_DELAY)
    return setup


def customer(tx: Tx, *, user_id: str) -> str | None:
    """Return the Stripe customer of a user, if there is one."""
    row = tx.first(sql.CUSTOMER, user=user_id)
    return None if row is None else row[0]


def store_customer(tx: Tx, *, user_id: str, stripe_id: str) -> str:
    """Store the Stripe customer of a user unless one is stored; return the stored one."""
    tx.execute(sql.STORE_CUSTOMER, user_id=user_id, stripe_id=stripe_id, created_at=tx.now_us)
    return customer(tx, user_id=user_id) or stripe_id


def freeze(tx: Tx, setup: CardSetupRecord, *, customer_id: str) -> CardSetupRecord:
    """Store every argument of a setup's page; a replay must send the same ones."""
    parameters = stripe.setup_parameters(
        setup.id,
        customer=customer_id,
        expires_at=setup.expires_us // SECOND,
        success_url=_short_link(tx, setup),
    )
    arguments = msgspec.json.encode(parameters).decode()
    return _setup_from_row(tx.first(sql.FREEZE, setup=setup.id, arguments=arguments))


def opened(tx: Tx, setup_id: str, state: stripe.SetupState) -> None:
    """Store the page's address, and check the page regularly until it is decided."""
    if tx.execute(sql.OPEN, setup=setup_id, session=state.session_id, url=state.url):
        jobs.enqueue(tx, SETUP, setup_id, after=tx.settings.payment_poll)


def void(tx: Tx, setup_id: str) -> None:
    """Mark a setup from which no card can come any more."""
    tx.execute(sql.VOID, setup=setup_id)


def apply(tx: Tx, setup_id: str, state: stripe.SetupState) -> CardSetupRecord:
    """Apply what Stripe says of a setup; applying the same state twice changes nothing."""
    setup = view_setup(tx, setup_id=setup_id)
    tx.advisory_lock(f"cards:{setup.user_id}")
    if setup.status in UNDECIDED_STATUSES:
        if state.method is not None:
            card = _save(tx, setup.user_id, state.method)
            tx.execute(sql.FINISH, setup=setup_id, card=card.id)
        elif not state.page_open:
            void(tx, setup_id)
    return view_setup(tx, setup_id=setup_id)


def _save(tx: Tx, user_id: str, method: stripe.StoredCard) -> CardRecord:
    """Save a card. Saved twice it is still one card, with the newer payment method."""
    row = tx.first(sql.SAME, user=user_id, print=method.fingerprint)
    if row is None:
        saved = tx.first(
            sql.SAVE,
            id=tx.new_id("crd"), user_id=user_id, method_id=method.id,
            fingerprint=method.fingerprint, brand=method.brand, last4=method.last4,
            exp_month=method.exp_month, exp_year=method.exp_year, version=1,
            created_at=tx.now_us, removed_at=None, detached_at=None,
        )  # fmt: skip
    else:
        known = _card_from_row(row)
        # A bank refuses the older one once it has expired, so the older one is detached.
        jobs.enqueue(tx, DETACH, known.method_id)
        saved = tx.first(
            sql.RENEW,
            card=known.id, method=method.id, month=method.exp_month, year=method.exp_year,
        )  # fmt: skip
    card = _card_from_row(saved)
    tx.publish(_event(CardSaved, card))
    return card


def remove(tx: Tx, *, user_id: str, card_id: str) -> CardRecord:
    """Delete a saved card here at once, and at Stripe after the commit. Raises CardNotFound."""
    row = tx.first(sql.REMOVE, card=card_id, user=user_id, now=tx.now_us)
    if row is None:
        raise CardNotFound
    card = _card_from_row(row)
    tx.publish(_event(CardRemoved, card))
    jobs.enqueue(tx, DETACH, card.method_id)
    return card


def detached(tx: Tx, method_id: str) -> None:
    """Record that Stripe has deleted a card."""
    tx.execute(sql.DETACHED, method=method_id, now=tx.now_us)


def view(tx: Tx, *, user_id: str, card_id: str) -> CardRecord:
    """Return one of a user's saved cards. Raises CardNotFound."""
    row = tx.first(sql.CARD, card=card_id)
    card = None if row is None else _card_from_row(row)
    if card is None or card.user_id != user_id or card.removed_us is not None:
        raise CardNotFound
    return card


def find(tx: Tx, *, user_id: str, before: str, most: int) -> tuple[CardRecord, ...]:
    """Return a user's saved cards, newest first."""
    return tuple(map(_card_from_row, tx.all(sql.LIST, user=user_id, before=before, most=most)))


def view_setup(tx: Tx, *, setup_id: str) -> CardSetupRecord:
    """Return a setup. Raises CardSetupNotFound."""
    row = tx.first(sql.SETUP, setup=setup_id)
    if row is None:
        raise CardSetupNotFound
    return _setup_from_row(row)


def setup_exists(tx: Tx, *, setup_id: str) -> bool:
    """Tell whether there is such a setup."""
    return tx.first(sql.SETUP, setup=setup_id) is not None


def has_open_setup(tx: Tx) -> bool:
    """Tell whether anybody is saving a card now."""
    return tx.first(sql.OPEN_SETUP) is not None


def setup_by_code(tx: Tx, *, code: str) -> CardSetupRecord:
    """Return the setup behind a short link. Raises CardSetupNotFound."""
    row = tx.first(sql.BY_CODE, code=code)
    if row is None:
        raise CardSetupNotFound
    return _setup_from_row(row)


def setup_to_contract(tx: Tx, setup: CardSetupRecord) -> CardSetup:
    """Return a setup as its user may see it."""
    row = None if setup.card_id is None else tx.first(sql.CARD, card=setup.card_id)
    return CardSetup(
        id=setup.id, status=setup.status, url=_short_link(tx, setup),
        expires_at=from_us(setup.expires_us), live=tx.settings.live,
        card=None if row is None else to_contract(tx, _card_from_row(row)),
    )  # fmt: skip


def to_contract(tx: Tx, card: CardRecord) -> Card:
    """Return a card as its user may see it."""
    return Card(
        id=card.id, brand=card.brand, last4=card.last4, exp_month=card.exp_month,
        exp_year=card.exp_year, live=tx.settings.live, created_at=from_us(card.created_us),
    )  # fmt: skip


def _short_link(tx: Tx, setup: CardSetupRecord) -> str:
    return f"{tx.settings.public_url}/c/{setup.code}"


def _event(kind: type[CardEvent], card: CardRecord) -> CardEvent:
    return kind(
        id=card.id, version=card.version, user_id=card.user_id, brand=card.brand, last4=card.last4
    )


def _card_from_row(row: Row | None) -> CardRecord:
    assert row is not None  # noqa: S101  an INSERT … RETURNING always returns
    return CardRecord(*row)


def _setup_from_row(row: Row | None) -> CardSetupRecord:
    assert row is not None  # noqa: S101  an INSERT … RETURNING always returns
    return CardSetupRecord(
        id=row[0], user_id=row[1], status=CardSetupStatus(row[2]), code=row[3],
        parameters=None if row[4] is None else msgspec.json.decode(row[4]), session_id=row[5],
        page_url=row[6], card_id=row[7], expires_us=row[8],
    )  # fmt: skip
