"""Cards tab: the user's saved cards. Numbers are entered on the provider's page, never here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from client.formatting import local_time, mode
from contract.base import Page, PageQuery
from contract.cards import LIST_CARDS, REMOVE_CARD, Card, CardRemoved, CardSaved
from contract.feed import FeedEntry
from tui.account.tab import PAGE, AccountTab
from tui.requests import request
from tui.widgets.columns import TableColumn
from tui.widgets.details_dialog import DetailsDialog
from tui.widgets.styled_text import Cell, StyledText, Tone


class CardsTab(AccountTab[Card]):
    """The user's saved cards, which pay the next purchase without a page."""

    title = "Cards"
    empty_text = "no saved cards yet; press a to save one"
    actions = frozenset({"open", "add_card", "remove_card", "copy"})

    def columns(self) -> Sequence[TableColumn[Card]]:
        return (
            TableColumn(title="CARD", of=card_name, width=24),
            TableColumn(title="EXPIRES", of=_expires, width=9, right=True),
            TableColumn(title="MONEY", of=_money, width=6),
            TableColumn(title="SAVED", of=_saved, width=22, drop_rank=1),
        )

    def key(self, row: Card) -> str:
        return row.id

    def search_text(self, row: Card) -> str:
        return f"{card_name(row)} {_expires(row)}"

    async def fetch(self, cursor: str | None) -> Page[Card]:
        return await self.session.page(LIST_CARDS, PageQuery(limit=PAGE, cursor=cursor))

    def handle_events(self, entries: Iterable[FeedEntry], *, me: str) -> None:
        for entry in entries:
            event = entry.event
            if isinstance(event, CardSaved | CardRemoved) and event.user_id == me:
                self.load_soon()

    def open(self, row: Card) -> None:
        lines = [
            ("Card", card_name(row)), ("Expires", _expires(row)), ("Money", mode(live=row.live)),
            ("Saved", local_time(row.created_at)),
        ]  # fmt: skip
        self.app_base.push_screen(DetailsDialog(f"Card {row.id}", lines))

    def add(self) -> None:
        """Open the dialog that saves a card."""
        from tui.checkout.save_card_dialog import SaveCardDialog

        def on_closed(saved: bool | None) -> None:  # noqa: FBT001  what a dialog returns
            if saved:
                self.load()

        self.app_base.push_screen(SaveCardDialog(), on_closed)

    def confirm_delete(self, card: Card) -> None:
        """Confirm the deletion of a card."""
        from tui.widgets.confirm_dialog import ConfirmDialog

        detail = "It is deleted here and at the payment provider. You can save it again."
        key = self.session.clock.new_key()

        def answered(yes: bool | None) -> None:  # noqa: FBT001  what a dialog returns
            if yes:
                self.delete_card(card, key)

        asked = ConfirmDialog(f"Delete {card_name(card)}?", detail, yes="Delete", no="Keep it")
        self.app_base.push_screen(asked, answered)

    @request("delete card")
    async def delete_card(self, card: Card, key: str) -> None:
        """Delete a card."""
        gone = await self.session.call(REMOVE_CARD, key=key, card_id=card.id)
        self.known.pop(gone.id, None)
        self.show()
        self.app_base.notify(f"{card_name(gone)} is deleted.")


def card_name(card: Card) -> str:
    """Return a card as the list names it: `visa ···· 4242`."""
    return f"{card.brand} ···· {card.last4}"


def _expires(card: Card) -> str:
    return f"{card.exp_month:02d}/{card.exp_year}"


def _money(card: Card) -> Cell:
    return StyledText(mode(live=card.live), Tone.LOSS if card.live else Tone.WARN)


def _saved(card: Card) -> Cell:
    return StyledText(local_time(card.created_at), Tone.DIM)
