"""Card picker: choose the saved card to pay with, by arrow key or click."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from contract.cards import Card

#: How many lines are shown at once; the list scrolls with the selection.
MAX_LINES = 3


def named(card: Card) -> str:
    """Return a card as people know it: `Visa ···· 4242`."""
    return f"{card.brand.capitalize()} ···· {card.last4}"


class CardPicker(Widget):
    """One line for each card, the selected one marked."""

    DEFAULT_CSS = """
    CardPicker { height: auto; }
    """

    class CardSelected(Message):
        """Another card was selected."""

    def __init__(self, *, id: str | None = None) -> None:
        """Start without cards."""
        super().__init__(id=id)
        self.cards: tuple[Card, ...] = ()
        self.at = 0

    @property
    def chosen(self) -> Card | None:
        """The selected card, or None."""
        return self.cards[self.at] if self.cards else None

    def set_cards(self, cards: Sequence[Card]) -> None:
        """Show these cards; keep the selected one if it is among them."""
        now = self.chosen
        self.cards = tuple(cards)
        ids = [card.id for card in self.cards]
        self.at = ids.index(now.id) if now and now.id in ids else 0
        self.refresh(layout=True)

    def move(self, by: int) -> None:
        """Select the next or the previous card, if there is one."""
        self._choose(self.at + by)

    def _choose(self, at: int) -> None:
        at = max(0, min(at, len(self.cards) - 1))
        if at != self.at and self.cards:
            self.at = at
            self.refresh()
            self.post_message(self.CardSelected())

    @property
    def _first(self) -> int:
        return max(0, min(self.at - MAX_LINES // 2, len(self.cards) - MAX_LINES))

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return min(len(self.cards), MAX_LINES)

    def render(self) -> Content:
        lines = []
        for position, card in list(enumerate(self.cards))[self._first : self._first + MAX_LINES]:
            here = position == self.at
            bar = Content.styled("▌ " if here else "  ", "$accent")
            name = Content.styled(named(card), "bold $foreground" if here else "$text-muted")
            until = Content.styled(f"  {card.exp_month:02d}/{card.exp_year % 100:02d}",
                                   "$text-muted")  # fmt: skip
            lines.append(Content("").join([bar, name, until]))
        return Content("\n").join(lines)

    def on_click(self, event: events.Click) -> None:
        self._choose(self._first + event.y)
