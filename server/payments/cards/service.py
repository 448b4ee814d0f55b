"""What saved cards decide, each in one transaction; the calls to Stripe are in `work`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from contract.cards import (
    Card,
    CardRemoved,
    CardSaved,
    CardSetup,
    CardSetupNotFound,
    SetupStatus,
)
from contract.payments import CardNotFound
from db.statement import Row
from db.types import from_us
from server import jobs
from server.clock import SECOND
from server.payments import stripe
from server.payments.cards import statements as sql
from server.payments.cards import states
from server.tx import Tx

Event = TypeVar("Event", CardSaved, CardRemoved)

#: Kinds of jobs. The subject of the first is a setup, of the other a card as Stripe names it.
SETUP, DETACH = "card.setup", "card.detach"
#: Stripe keeps a page open for at least 30 minutes from when it is created. So ours may be created
#: up to a quarter of an hour after it was asked for, and every replay says the same.
OPEN_FOR = 45 * 60 * SECOND
#: A page with less time than this left is not handed out again.
ENOUGH = 15 * 60 * SECOND
#: Whoever asked for a page opens it; the job only does if that one died on the way.
LEFT_ALONE = 20 * SECOND
#: 40 bits, as in the short link of an order.
CODE_LENGTH = 8


@dataclass(frozen=True)
class Saved:
    """A saved card as the house knows it. `method_id` is Stripe's name for it."""

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
class Setup:
    """The saving of a card as the house knows it."""

    id: str
    user_id: str
    status: SetupStatus
    code: str
    parameters: dict[str, Any] | None
    session_id: str | None
    page_url: str | None
    card_id: str | None
    expires_us: int


def begin(tx: Tx, *, user_id: str) -> Setup:
    """Begin to save a card, or go on with a page that is open already and will be for a while."""
    tx.advisory_lock(f"cards:{user_id}")
    row = tx.first(sql.UNDERWAY, user=user_id, until=tx.now_us + ENOUGH)
    if row is not None:
        return _setup(row)
    setup = _setup(
        tx.first(
            sql.BEGIN,
            id=tx.new_id("set"), user_id=user_id, status=SetupStatus.NEW.value,
            code=tx.new_code(CODE_LENGTH), parameters=None, session_id=None, page_url=None,
            card_id=None, expires_at=tx.now_us + OPEN_FOR, created_at=tx.now_us,
        )
    )  # fmt: skip
    jobs.enqueue(tx, SETUP, setup.id, after=LEFT_ALONE)
    return setup


def customer(tx: Tx, *, user_id: str) -> str | None:
    """Return who a user is at Stripe, if anybody."""
    row = tx.first(sql.CUSTOMER, user=user_id)
    return None if row is None else row[0]


def keep_customer(tx: Tx, *, user_id: str, stripe_id: str) -> str:
    """Write down who a user is at Stripe, once; return who that is."""
    tx.execute(sql.KEEP_CUSTOMER, user_id=user_id, stripe_id=stripe_id, created_at=tx.now_us)
    return customer(tx, user_id=user_id) or stripe_id


def freeze(tx: Tx, setup: Setup, *, customer_id: str) -> Setup:
    """Freeze every argument of a setup's page, which no replay may change."""
    parameters = stripe.setup_page(
        setup.id,
        customer=customer_id,
        closes_at=setup.expires_us // SECOND,
        returns_to=_link(tx, setup),
    )
    arguments = msgspec.json.encode(parameters).decode()
    return _setup(tx.first(sql.FREEZE, setup=setup.id, arguments=arguments))


def opened(tx: Tx, setup_id: str, seen: stripe.SetupSeen) -> None:
    """Write down where the page is; from now on look after it until it is decided."""
    if tx.execute(sql.OPEN, setup=setup_id, session=seen.session_id, url=seen.url):
        jobs.enqueue(tx, SETUP, setup_id, after=tx.settings.payment_poll)


def voided(tx: Tx, setup_id: str) -> None:
    """Write down that no card can come of this setup any more."""
    tx.execute(sql.VOID, setup=setup_id)


def learn(tx: Tx, setup_id: str, seen: stripe.SetupSeen) -> Setup:
    """Decide from what Stripe says of a setup; hearing the same twice does no harm."""
    setup = view(tx, setup_id=setup_id)
    tx.advisory_lock(f"cards:{setup.user_id}")
    if setup.status in states.UNDECIDED:
        if seen.method is not None:
            card = _save(tx, setup.user_id, seen.method)
            tx.execute(sql.FINISH, setup=setup_id, card=card.id)
        elif not seen.page_open:
            voided(tx, setup_id)
    return view(tx, setup_id=setup_id)


def _save(tx: Tx, user_id: str, method: stripe.Method) -> Saved:
    """Keep a card. Saved twice it is still one, known from now on by what was typed last."""
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
        known = _card(row)
        # A bank refuses the old one once it has expired, so it is the older that goes.
        jobs.enqueue(tx, DETACH, known.method_id)
        saved = tx.first(
            sql.RENEW,
            card=known.id, method=method.id, month=method.exp_month, year=method.exp_year,
        )  # fmt: skip
    card = _card(saved)
    tx.publish(_event(CardSaved, card))
    return card


def remove(tx: Tx, *, user_id: str, card_id: str) -> Saved:
    """Forget a card at once, and have Stripe forget it. Raises CardNotFound."""
    row = tx.first(sql.REMOVE, card=card_id, user=user_id, now=tx.now_us)
    if row is None:
        raise CardNotFound
    card = _card(row)
    tx.publish(_event(CardRemoved, card))
    jobs.enqueue(tx, DETACH, card.method_id)
    return card


def detached(tx: Tx, method_id: str) -> None:
    """Write down that Stripe has forgotten a card."""
    tx.execute(sql.DETACHED, method=method_id, now=tx.now_us)


def of(tx: Tx, *, user_id: str, card_id: str) -> Saved:
    """Return a user's own card. Raises CardNotFound, for a removed or somebody else's too."""
    row = tx.first(sql.CARD, card=card_id)
    if row is not None:
        card = _card(row)
        if card.user_id == user_id and card.removed_us is None:
            return card
    raise CardNotFound


def find(tx: Tx, *, user_id: str, before: str, most: int) -> tuple[Saved, ...]:
    """List a user's cards, newest first."""
    return tuple(map(_card, tx.all(sql.FIND, user=user_id, before=before, most=most)))


def view(tx: Tx, *, setup_id: str) -> Setup:
    """Return a setup. Raises CardSetupNotFound."""
    row = tx.first(sql.SETUP, setup=setup_id)
    if row is None:
        raise CardSetupNotFound
    return _setup(row)


def knows(tx: Tx, *, setup_id: str) -> bool:
    """Tell whether there is such a setup."""
    return tx.first(sql.SETUP, setup=setup_id) is not None


def by_code(tx: Tx, *, code: str) -> Setup:
    """Return the setup behind a short link. Raises CardSetupNotFound."""
    row = tx.first(sql.BY_CODE, code=code)
    if row is None:
        raise CardSetupNotFound
    return _setup(row)


def told(tx: Tx, setup: Setup) -> CardSetup:
    """Return a setup as its user may see it."""
    row = None if setup.card_id is None else tx.first(sql.CARD, card=setup.card_id)
    return CardSetup(
        id=setup.id, status=setup.status, url=_link(tx, setup),
        expires_at=from_us(setup.expires_us), live=tx.settings.live,
        card=None if row is None else shown(tx, _card(row)),
    )  # fmt: skip


def shown(tx: Tx, card: Saved) -> Card:
    """Return a card as its user may see it."""
    return Card(
        id=card.id, brand=card.brand, last4=card.last4, exp_month=card.exp_month,
        exp_year=card.exp_year, live=tx.settings.live, created_at=from_us(card.created_us),
    )  # fmt: skip


def _link(tx: Tx, setup: Setup) -> str:
    return f"{tx.settings.public_url}/c/{setup.code}"


def _event(kind: type[Event], card: Saved) -> Event:
    return kind(
        id=card.id, version=card.version, user_id=card.user_id, brand=card.brand, last4=card.last4
    )


def _card(row: Row | None) -> Saved:
    assert row is not None  # noqa: S101  an INSERT … RETURNING always returns
    return Saved(*row)


def _setup(row: Row | None) -> Setup:
    assert row is not None  # noqa: S101  an INSERT … RETURNING always returns
    return Setup(
        id=row[0], user_id=row[1], status=SetupStatus(row[2]), code=row[3],
        parameters=None if row[4] is None else msgspec.json.decode(row[4]), session_id=row[5],
        page_url=row[6], card_id=row[7], expires_us=row[8],
    )  # fmt: skip
