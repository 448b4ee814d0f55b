"""Facets dialog: choose city, kind, dates and price."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Select, Static

from contract.money import Money, NotMoney, decimal, parse
from contract.shows import Category
from tui.market.filters import Facets, When
from tui.widgets.text_input import Line


class FacetsDialog(ModalScreen[Facets | None]):
    """Returns what was chosen; None leaves everything as it was."""

    BINDINGS = [("escape", "leave", "leave")]

    def __init__(self, facets: Facets) -> None:
        """Begin with what is chosen now."""
        super().__init__()
        self.facets = facets

    def compose(self) -> ComposeResult:
        now = self.facets
        price = ""
        if now.max_price is not None and now.currency:
            price = decimal(Money(amount=now.max_price, currency=now.currency))
        with Vertical(classes="dialog"):
            yield Static("Show me", classes="title", markup=False)
            yield Static("City", classes="label", markup=False)
            yield Line(now.city, placeholder="anywhere", id="city", compact=True)
            yield Static("Kind", classes="label", markup=False)
            yield Select(
                [(each.value, each) for each in Category], prompt="anything", id="category",
                value=now.category or Select.NULL, compact=True,
            )  # fmt: skip
            yield Static("When", classes="label", markup=False)
            yield Select(
                [(each.value, each) for each in When], allow_blank=False, value=now.when,
                id="when", compact=True,
            )  # fmt: skip
            yield Static("At most", classes="label", markup=False)
            with Horizontal(id="price-line"):
                yield Line(price, placeholder="any price", id="price", compact=True)
                yield Line(now.currency or "", placeholder="EUR", id="currency", compact=True,
                            max_length=3)  # fmt: skip
            yield Static(id="problem", classes="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Clear", id="clear", compact=True)
                yield Button("Cancel", id="leave", compact=True)
                yield Button("Show", id="go", variant="primary", compact=True)

    @on(Button.Pressed, "#clear")
    def clear(self) -> None:
        """Choose nothing."""
        self.dismiss(Facets())

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted)
    @on(Button.Pressed, "#go")
    def go(self) -> None:
        """Return what was chosen, unless the price is none."""
        currency = self.query_one("#currency", Input).value.strip().upper()
        typed = self.query_one("#price", Input).value.strip()
        category = self.query_one("#category", Select).value
        when = self.query_one("#when", Select).value
        try:
            price = parse(typed or "1", currency or "EUR")
        except NotMoney as wrong:
            self.query_one("#problem", Static).update(f"At most: {wrong}")
            return
        if typed and not currency:
            self.query_one("#problem", Static).update("At most: say in which currency")
            return
        self.dismiss(
            Facets(
                city=self.query_one("#city", Input).value.strip(),
                category=category if isinstance(category, Category) else None,
                when=when if isinstance(when, When) else When.ANY,
                max_price=price.amount if typed else None, currency=currency or None,
            )
        )  # fmt: skip
