"""Saved cards, whom they belong to at the payment provider, and the pages they are saved on."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text, TypedColumns, column

from contract.cards import CardSetupStatus
from db.dialect import STRICT, partial_index
from db.types import (
    METADATA,
    key,
    maybe_moment,
    maybe_ref,
    maybe_text,
    moment,
    number,
    one_of,
    ref,
    text,
)


class CustomerColumns(TypedColumns):
    """Who a user is at the payment provider."""

    user_id = Column(Text, ForeignKey("accounts.id"), primary_key=True)
    stripe_id = text(unique=True)
    created_at = moment()


class CardColumns(TypedColumns):
    """A saved card. `method_id` is the provider's name for it; no number is ever here.

    `fingerprint` is the same for the same card: saved twice, it is still one. `detached_at` is
    when the provider forgot a removed card.
    """

    id = key()
    user_id = ref("accounts.id")
    method_id = text(unique=True)
    fingerprint = text()
    brand = text()
    last4 = text()
    exp_month = number()
    exp_year = number()
    version = number()
    created_at = moment()
    removed_at = maybe_moment()
    detached_at = maybe_moment()


class CardSetupColumns(TypedColumns):
    """A page on which a card is saved. `parameters` is every argument of the session, frozen."""

    id = key()
    user_id = ref("accounts.id")
    status = text()
    code = text(unique=True)
    parameters = maybe_text()
    session_id = maybe_text(unique=True)
    page_url = maybe_text()
    card_id = maybe_ref("cards.id")
    expires_at = moment()
    created_at = moment()


customers = Table("customers", METADATA, CustomerColumns, **STRICT)
cards = Table(
    "cards", METADATA, CardColumns,
    partial_index("ux_cards_kept", "user_id", "fingerprint", unique=True,
                  where=column("removed_at").is_(None)),
    **STRICT,
)  # fmt: skip
card_setups = Table(
    "card_setups", METADATA, CardSetupColumns,
    one_of("status", CardSetupStatus), Index(None, "user_id"),
    **STRICT,
)  # fmt: skip
