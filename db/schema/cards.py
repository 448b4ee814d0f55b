"""Saved cards, the customers they belong to, and the pages they are saved on."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text, TypedColumns, column

from contract.cards import CardSetupStatus
from db.dialect import STRICT, partial_index
from db.types import (
    METADATA,
    enum_check,
    foreign_key,
    integer,
    nullable_foreign_key,
    nullable_text,
    nullable_timestamp,
    primary_key,
    text,
    timestamp,
)


class CustomerColumns(TypedColumns):
    """A user's customer at the payment provider."""

    user_id = Column(Text, ForeignKey("accounts.id"), primary_key=True)
    stripe_id = text(unique=True)
    created_at = timestamp()


class CardColumns(TypedColumns):
    """A saved card. `method_id` is the provider's id; the card's number is never stored.

    `fingerprint` is the same for the same card: saved twice, it is one card. `detached_at` is when
    the provider deleted a removed card.
    """

    id = primary_key()
    user_id = foreign_key("accounts.id")
    method_id = text(unique=True)
    fingerprint = text()
    brand = text()
    last4 = text()
    exp_month = integer()
    exp_year = integer()
    version = integer()
    created_at = timestamp()
    removed_at = nullable_timestamp()
    detached_at = nullable_timestamp()


class CardSetupColumns(TypedColumns):
    """A page on which a card is saved. `parameters` are the arguments of the session."""

    id = primary_key()
    user_id = foreign_key("accounts.id")
    status = text()
    code = text(unique=True)
    parameters = nullable_text()
    session_id = nullable_text(unique=True)
    page_url = nullable_text()
    card_id = nullable_foreign_key("cards.id")
    expires_at = timestamp()
    created_at = timestamp()


customers = Table("customers", METADATA, CustomerColumns, **STRICT)
cards = Table(
    "cards", METADATA, CardColumns,
    partial_index("ux_cards_kept", "user_id", "fingerprint", unique=True,
                  where=column("removed_at").is_(None)),
    **STRICT,
)  # fmt: skip
card_setups = Table(
    "card_setups", METADATA, CardSetupColumns,
    enum_check("status", CardSetupStatus), Index(None, "user_id"),
    **STRICT,
)  # fmt: skip
