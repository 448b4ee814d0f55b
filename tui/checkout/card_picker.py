"""Saved cards: which of them is to pay, chosen by arrow or click."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from contract.cards import Card

#: Lines shown at once; the others come as one moves.
MOST = 3


def named(card: Card) -> str:
    """Write a card as people know it: `Visa ···· 4242`."""
    return f"{card.brand.capitalize()} ···· {card.last4}"


class SavedCards(Widget):
    """One line for each card, the chosen one marked."""

    DEFAULT_CSS = """
    SavedCards { height: auto; }
    """

    class Chosen(Message):
        """Another card is chosen."""

    def __init__(self, *, id: str | None = None) -> None:
        """Know of none."""
        super().__init__(id=id)
        self.cards: tuple[Card, ...] = ()
        self.at = 0

    @property
    def chosen(self) -> Card | None:
        """The card that would pay; None when there is none."""
        return self.cards[self.at] if self.cards else None

    def offer(self, cards: Sequence[Card]) -> None:
        """Offer these; the chosen one stays chosen while it is among them."""
        now = self.chosen
        self.cards = tuple(cards)
        ids = [card.id for card in self.cards]
        self.at = ids.index(now.id) if now and now.id in ids else 0
        self.refresh(layout=True)

    def move(self, by: int) -> None:
        """Choose the next card, or the one before; at an end it stays."""
        self._choose(self.at + by)

    def _choose(self, at: int) -> None:
        at = max(0, min(at, len(self.cards) - 1))
        if at != self.at and self.cards:
            self.at = at
            self.refresh()
            self.post_message(self.Chosen())

    @property
    def _first(self) -> int:
        return max(0, min(self.at - MOST // 2, len(self.cards) - MOST))

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return min(len(self.cards), MOST)

    def render(self) -> Content:
        lines = []
        for place, card in list(enumerate(self.cards))[self._first : self._first + MOST]:
            here = place == self.at
            bar = Content.styled("▌ " if here else "  ", "$accent")
            name = Content.styled(named(card), "bold $foreground" if here else "$text-muted")
            until = Content.styled(f"  {card.exp_month:02d}/{card.exp_year % 100:02d}",
                                   "$text-muted")  # fmt: skip
            lines.append(Content("").join([bar, name, until]))
        return Content("\n").join(lines)

    def on_click(self, event: events.Click) -> None:
        self._choose(self._first + event.y)
