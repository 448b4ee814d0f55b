"""Filter dialog: choose city, category, dates and price."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Select, Static

from contract.money import Money, NotMoney, decimal, parse
from contract.shows import Category
from tui.market.filters import DateRange, ShowFilter
from tui.widgets.text_input import SafeInput


class FilterDialog(ModalScreen[ShowFilter | None]):
    """Returns the chosen filter; None keeps the current one."""

    BINDINGS = [("escape", "leave", "leave")]

    def __init__(self, filters: ShowFilter) -> None:
        """Start with the current filter."""
        super().__init__()
        self.filters = filters

    def compose(self) -> ComposeResult:
        now = self.filters
        price = ""
        if now.max_price is not None and now.currency:
            price = decimal(Money(amount=now.max_price, currency=now.currency))
        with Vertical(classes="dialog"):
            yield Static("Filter shows and tickets", classes="title", markup=False)
            yield Static("City", classes="label", markup=False)
            yield SafeInput(now.city, placeholder="Any city", id="city", compact=True)
            yield Static("Category", classes="label", markup=False)
            yield Select(
                [(each.value, each) for each in Category], prompt="Any category", id="category",
                value=now.category or Select.NULL, compact=True,
            )  # fmt: skip
            yield Static("When", classes="label", markup=False)
            yield Select(
                [(each.value, each) for each in DateRange], allow_blank=False, value=now.when,
                id="when", compact=True,
            )  # fmt: skip
            yield Static("Maximum price", classes="label", markup=False)
            with Horizontal(id="price-line"):
                yield SafeInput(price, placeholder="Any price", id="price", compact=True)
                yield SafeInput(now.currency or "", placeholder="EUR", id="currency", compact=True,
                            max_length=3)  # fmt: skip
            yield Static(id="problem", classes="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Clear", id="clear", compact=True)
                yield Button("Cancel", id="leave", compact=True)
                yield Button("Apply", id="go", variant="primary", compact=True)

    @on(Button.Pressed, "#clear")
    def clear(self) -> None:
        """Choose no filter."""
        self.dismiss(ShowFilter())

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted)
    @on(Button.Pressed, "#go")
    def go(self) -> None:
        """Return the chosen filter, if the price is valid."""
        currency = self.query_one("#currency", Input).value.strip().upper()
        typed = self.query_one("#price", Input).value.strip()
        category = self.query_one("#category", Select).value
        when = self.query_one("#when", Select).value
        try:
            price = parse(typed or "1", currency or "EUR")
        except NotMoney as wrong:
            self.query_one("#problem", Static).update(f"Maximum price: {wrong}")
            return
        if typed and not currency:
            self.query_one("#problem", Static).update("Maximum price: enter a currency")
            return
        self.dismiss(
            ShowFilter(
                city=self.query_one("#city", Input).value.strip(),
                category=category if isinstance(category, Category) else None,
                when=when if isinstance(when, DateRange) else DateRange.ANY,
                max_price=price.amount if typed else None, currency=currency or None,
            )
        )  # fmt: skip
