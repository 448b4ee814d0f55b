"""Saved cards. Card numbers are entered on the payment provider's page, never here."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from contract.base import Empty, Event, Id, Model, Page, PageQuery
from contract.endpoint import Endpoint
from contract.payments import CardNotFound, PaymentRefused, PaymentsPaused
from contract.problems import Problem


class Card(Model, frozen=True, kw_only=True):
    """A saved card: the details that tell it from other cards, never its number.

    `live` is False for a test card.
    """

    id: Id
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    live: bool
    created_at: datetime


class CardSetupStatus(StrEnum):
    """The status of a card setup."""

    NEW = "new"
    OPEN = "open"
    DONE = "done"
    VOID = "void"


#: A card may still be saved in one of these.
UNDECIDED_STATUSES = (CardSetupStatus.NEW, CardSetupStatus.OPEN)


class CardSetup(Model, frozen=True, kw_only=True):
    """A page on which a card can be saved until `expires_at`; `card` is set once it is done.

    `url` is a short link to the page. Nothing is charged.
    """

    id: Id
    status: CardSetupStatus
    url: str
    expires_at: datetime
    card: Card | None
    live: bool


class _CardEvent(Event, frozen=True, kw_only=True):
    user_id: Id
    brand: str
    last4: str

    @property
    def audience(self) -> str | None:
        return self.user_id


class CardSaved(_CardEvent, frozen=True, kw_only=True, tag="card.saved"):
    """A buyer saved a card for later purchases."""

    name: ClassVar[str] = "card.saved"


class CardRemoved(_CardEvent, frozen=True, kw_only=True, tag="card.removed"):
    """A buyer deleted a saved card."""

    name: ClassVar[str] = "card.removed"


class CardSetupNotFound(Problem, status=404):
    """There is no such card setup."""


LIST_CARDS = Endpoint(
    method="GET", path="/v1/cards", request=PageQuery, response=Page[Card],
    summary="List your saved cards, newest first.",
)  # fmt: skip
ADD_CARD = Endpoint(
    method="POST", path="/v1/cards", request=Empty, response=CardSetup, status=201,
    summary="Open a page on which a card is saved.", errors=(PaymentRefused, PaymentsPaused),
)  # fmt: skip
VIEW_CARD_SETUP = Endpoint(
    method="GET", path="/v1/cards/setups/{setup_id}", request=Empty, response=CardSetup,
    summary="Show how the saving of a card goes.", errors=(CardSetupNotFound,),
)  # fmt: skip
REMOVE_CARD = Endpoint(
    method="DELETE", path="/v1/cards/{card_id}", request=Empty, response=Card,
    summary="Delete one of your saved cards.", errors=(CardNotFound,),
)  # fmt: skip
