"""Cards: one's saved cards. Numbers are typed on the payment provider's page, never here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from client.formatting import mode, moment
from contract.base import Page, PageQuery
from contract.cards import LIST_CARDS, REMOVE_CARD, Card, CardRemoved, CardSaved
from contract.feed import FeedEntry
from tui.account.tab import PAGE, Shelf
from tui.requests import asking
from tui.widgets.columns import Column
from tui.widgets.details_dialog import Details
from tui.widgets.styled_text import Cell, Tone, Words


class Cards(Shelf[Card]):
    """One's saved cards, for the next purchase without a page."""

    title = "Cards"
    none = "no saved cards yet; press a to save one"
    does = frozenset({"open", "add_card", "remove_card", "copy"})

    def columns(self) -> Sequence[Column[Card]]:
        return (
            Column(title="CARD", of=told, width=24),
            Column(title="EXPIRES", of=_expires, width=9, right=True),
            Column(title="MONEY", of=_money, width=6),
            Column(title="SAVED", of=_saved, width=22, spare=1),
        )

    def key(self, row: Card) -> str:
        return row.id

    def words(self, row: Card) -> str:
        return f"{told(row)} {_expires(row)}"

    async def fetch(self, cursor: str | None) -> Page[Card]:
        return await self.session.page(LIST_CARDS, PageQuery(limit=PAGE, cursor=cursor))

    def hear(self, entries: Iterable[FeedEntry], *, me: str) -> None:
        for entry in entries:
            fact = entry.event
            if isinstance(fact, CardSaved | CardRemoved) and fact.user_id == me:
                self.load_soon()

    def open(self, row: Card) -> None:
        lines = [
            ("Card", told(row)), ("Expires", _expires(row)), ("Money", mode(live=row.live)),
            ("Saved", moment(row.created_at)),
        ]  # fmt: skip
        self.house.push_screen(Details(f"Card {row.id}", lines))

    def add(self) -> None:
        """Lead to the page on which a card is saved."""
        from tui.checkout.save_card_dialog import SaveCard

        def left(saved: bool | None) -> None:  # noqa: FBT001  what a dialog returns
            if saved:
                self.load()

        self.house.push_screen(SaveCard(), left)

    def drop(self, card: Card) -> None:
        """Ask whether a card is to be forgotten."""
        from tui.widgets.confirm_dialog import Question

        detail = "It is forgotten here and at the payment provider. It can be saved again."
        key = self.session.clock.new_key()

        def answered(yes: bool | None) -> None:  # noqa: FBT001  what a dialog returns
            if yes:
                self.forget_card(card, key)

        asked = Question(f"Forget {told(card)}?", detail, yes="Forget it", no="Keep it")
        self.house.push_screen(asked, answered)

    @asking("forget card")
    async def forget_card(self, card: Card, key: str) -> None:
        """Have a card forgotten."""
        gone = await self.session.call(REMOVE_CARD, key=key, card_id=card.id)
        self.known.pop(gone.id, None)
        self.show()
        self.house.notify(f"{told(gone)} is forgotten.")


def told(card: Card) -> str:
    """Tell a card from others: `visa ···· 4242`."""
    return f"{card.brand} ···· {card.last4}"


def _expires(card: Card) -> str:
    return f"{card.exp_month:02d}/{card.exp_year}"


def _money(card: Card) -> Cell:
    return Words(mode(live=card.live), Tone.LOSS if card.live else Tone.WARN)


def _saved(card: Card) -> Cell:
    return Words(moment(card.created_at), Tone.DIM)
