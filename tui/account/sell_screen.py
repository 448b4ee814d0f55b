"""Sell screen: a form that lists one ticket, with each error shown at its field."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from client import csv_listings
from client.formatting import place
from client.terms import for_seller
from client.transport import Unreachable
from contract.money import NotMoney, parse
from contract.problems import FieldError, Invalid, Problem
from contract.shows import Category, Show, ShowIsCancelled, ShowStarted
from contract.tickets import (
    CREATE_TICKET,
    LIST_TICKETS,
    AlreadyListed,
    CreateTicket,
    ExternalIdTaken,
    SeatTaken,
    Ticket,
    TicketSort,
    TicketsQuery,
)
from tui import actions
from tui.account.form_field import FormField
from tui.base_screen import BaseScreen
from tui.requests import request

#: The field at which a refusal without a field is shown.
FIELD_OF_PROBLEM = {
    AlreadyListed: "seat", SeatTaken: "seat", ExternalIdTaken: "external_id",
    ShowStarted: "starts_at", ShowIsCancelled: "show",
}  # fmt: skip
#: The fields that keep their values for the next seat.
KEPT_FIELDS = (*csv_listings.SHOW_COLUMNS, "section", "row", "price", "currency")
MISSING = "is missing"


class SellScreen(BaseScreen):
    """A form for one ticket. The show stays filled in for the next seat."""

    scope = "sell"
    CSS_PATH = "sell_screen.tcss"
    BINDINGS = actions.bindings("sell")
    AUTO_FOCUS = "#field-show Input"
    HELP = """# Selling

`tab` goes to the next field, `ctrl+s` lists the ticket. Leave the seat empty for a standing ticket.
The barcode is what somebody else printed on the ticket: only the buyer sees it. Your own id lets an
import find the ticket again.
"""

    def __init__(self) -> None:
        """Start with an empty form."""
        super().__init__()
        self._initial: dict[str, str] = {}
        self._busy = False
        #: The last request and its idempotency key: submitting the same form again is the same
        #: intent.
        self._intent: tuple[CreateTicket | None, str] = (None, "")
        #: What the server refused, and for which values; it applies until they change.
        self._refusal: tuple[dict[str, str], dict[str, str]] = ({}, {})

    def body(self) -> ComposeResult:
        with VerticalScroll(id="form", can_focus=False):
            yield Static("Sell a ticket", classes="title", markup=False)
            yield FormField("show", "Show", hint="the name of the show")
            yield FormField("category", "Category", choices=[each.value for each in Category])
            yield FormField("venue", "Venue")
            with Horizontal(classes="fields"):
                yield FormField("city", "City")
                yield FormField("country", "Country", hint="e.g. FR", short=True)
            yield FormField("starts_at", "Starts", hint="e.g. 2028-04-07T20:00:00+02:00")
            with Horizontal(classes="fields gap"):
                yield FormField("section", "Section")
                yield FormField("row", "Row", short=True)
                yield FormField("seat", "Seat", short=True)
            with Horizontal(classes="fields"):
                yield FormField("price", "Price", hint="e.g. 45.00")
                yield FormField("currency", "in", hint="e.g. EUR", short=True)
            yield Static(id="fee", markup=False)
            with Horizontal(classes="fields gap"):
                yield FormField("barcode", "Barcode", hint="if the ticket has one")
                yield FormField("external_id", "Your id", hint="optional", short=True)
            yield Static(id="problem", classes="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("List ticket", id="list", variant="primary", compact=True)
                yield Button("Leave", id="leave", compact=True)

    def on_mount(self) -> None:
        shown = self._selected_show()
        if shown is not None:
            self._fill(*shown)
        else:
            self._initial = self.values
            self.fill_last_show()

    # The form.

    @property
    def fields(self) -> dict[str, FormField]:
        """The fields by column name."""
        return {field.column: field for field in self.query(FormField)}

    @property
    def values(self) -> dict[str, str]:
        """The values by column name."""
        return {name: field.value for name, field in self.fields.items()}

    @property
    def unsaved_work(self) -> str:
        """Say that the form contains unsaved input; empty if not."""
        if self.is_mounted and self.values != self._initial:
            return "This ticket is not listed yet; what you typed is lost when you leave."
        return ""

    def _selected_show(self) -> tuple[Show, str] | None:
        """Return the show selected in the market and its currency, or None."""
        from tui.market.screen import MarketScreen

        for screen in self.app_base.screen_stack:
            if isinstance(screen, MarketScreen) and screen.offers.current_show is not None:
                ticket = screen.offers.ticket
                return screen.offers.current_show, ticket.price.currency if ticket else ""
        return None

    @request("last show")
    async def fill_last_show(self) -> None:
        """Fill in the show of the last listing, unless the user has typed something meanwhile."""
        query = TicketsQuery(mine=True, sort=TicketSort.NEWEST, limit=1)
        page = await self.session.page(LIST_TICKETS, query)
        if page.items and not self.unsaved_work:
            self._fill(page.items[0].show, page.items[0].price.currency)

    def _fill(self, show: Show, currency: str) -> None:
        values = {
            "show": show.name, "category": show.category.value, "venue": show.venue,
            "city": show.city, "country": show.country, "starts_at": show.starts_at.isoformat(),
            "currency": currency,
        }  # fmt: skip
        fields = self.fields
        for name, value in values.items():
            fields[name].fill(value)
        self._initial = self.values
        fields["section"].focus_input()

    # Validation.

    @on(FormField.Changed)
    def check(self) -> None:
        """Show the errors of touched fields, and what the seller would receive."""
        self._show_errors(self._errors(), all_of_them=False)
        self._show_fee()

    def _errors(self) -> dict[str, str]:
        """Return the errors by column name."""
        values = self.values
        try:
            csv_listings.ticket(values)
        except Invalid as invalid:
            return _by_column(values, invalid.errors)
        return self._refusal[0] if self._refusal[1] == values else {}

    def _show_errors(self, errors: dict[str, str], *, all_of_them: bool) -> None:
        for name, field in self.fields.items():
            field.show_error(errors.get(name, "") if field.touched or all_of_them else "")

    def _show_fee(self) -> None:
        terms, values = self.session.terms, self.values
        text = ""
        try:
            price = parse(values["price"], values["currency"])
        except NotMoney:
            pass
        else:
            text = for_seller(terms, price) if terms else ""
        self.query_one("#fee", Static).update(Content.styled(text, "$text-muted"))

    # Requests.

    @on(Input.Submitted)
    def next_field(self) -> None:
        """Go to the next field."""
        self.focus_next()

    @on(Button.Pressed, "#list")
    def action_list(self) -> None:
        """Submit the form, once."""
        if self._busy or self.app_base.write_block_reason():
            return
        for field in self.query(FormField):
            field.touched = True
        self._refusal = ({}, {})
        errors = self._errors()
        self._show_errors(errors, all_of_them=True)
        self.query_one("#problem", Static).update("")
        if errors:
            self.app_base.bell()
            self._focus_first(errors)
            return
        self._busy = True
        self.send(csv_listings.ticket(self.values))

    def _focus_first(self, errors: dict[str, str]) -> None:
        wrong = next((field for name, field in self.fields.items() if name in errors), None)
        if wrong is not None:
            wrong.focus_input()

    @request("list")
    async def send(self, body: CreateTicket) -> None:
        """List the ticket; show a refusal at its field."""
        if self._intent[0] != body:
            self._intent = (body, self.session.clock.new_key())
        try:
            made = await self.session.call(CREATE_TICKET, body, key=self._intent[1])
        except Invalid as invalid:
            self._refused({csv_listings.column(e.field): e.message for e in invalid.errors})
        except (AlreadyListed, SeatTaken, ExternalIdTaken, ShowStarted, ShowIsCancelled) as refusal:
            self._refused({FIELD_OF_PROBLEM[type(refusal)]: refusal.detail})
        except Unreachable as error:
            self.query_one("#problem", Static).update(
                f"{error.detail}\nSafe to retry: the ticket is listed only once."
            )
        except Problem as problem:
            self.query_one("#problem", Static).update(problem.detail)
        else:
            self._listed(made)
        finally:
            self._busy = False

    def _refused(self, errors: dict[str, str]) -> None:
        self.app_base.bell()
        self._refusal = (errors, self.values)
        self._show_errors(errors, all_of_them=True)
        unplaced = [text for name, text in errors.items() if name not in self.fields]
        self.query_one("#problem", Static).update("\n".join(unplaced))
        self._focus_first(errors)

    def _listed(self, made: Ticket) -> None:
        """Notify the user, and prepare the form for the next seat."""
        text = f"{made.show.name}, {place(made)}, {made.price}. Enter the next seat, or press esc."
        self.app_base.notify(text, title=f"listed {made.id}")
        for name, field in self.fields.items():
            if name not in KEPT_FIELDS:
                field.fill("")
            field.touched = False
            field.show_error("")
        self._initial = self.values
        self.fields["seat"].focus_input()

    # Leaving.

    @on(Button.Pressed, "#leave")
    def action_back(self) -> None:
        """Leave, after a confirmation if input would be lost."""
        if not self.unsaved_work:
            self.dismiss()
            return
        from tui.widgets.confirm_dialog import ConfirmDialog

        def answered(yes: bool | None) -> None:  # noqa: FBT001  what a dialog returns
            if yes:
                self.dismiss()

        asked = ConfirmDialog("Leave the form?", self.unsaved_work, yes="Leave", no="Stay")
        self.app_base.push_screen(asked, answered)


def _by_column(values: dict[str, str], errors: tuple[FieldError, ...]) -> dict[str, str]:
    """Return one error for each column; an empty required one is missing."""
    optional = {"section", "row", "seat", *csv_listings.OPTIONAL}
    text: dict[str, str] = {}
    for error in errors:
        empty = not values.get(error.field) and error.field not in optional
        text.setdefault(error.field, MISSING if empty else error.message)
    return text
