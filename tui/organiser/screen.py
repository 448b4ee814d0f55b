"""Organiser screen: the shows of the organisers that one manages, and one of them counted."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from contract.base import PageQuery
from contract.organisers import Organiser
from contract.show_overview import LIST_ORGANISER_SHOWS, OwnShow
from contract.shows import ShowCancelled, ShowCreated, ShowMerged, ShowUpdated
from tui import actions
from tui.base_screen import BaseScreen
from tui.messages import ConnectionChanged, FeedEvents, ReloadNeeded
from tui.organiser.overview import OverviewPanel
from tui.requests import request
from tui.ticket_events import TICKET_EVENTS
from tui.widgets.columns import TableColumn
from tui.widgets.styled_text import Cell, StyledText, Tone
from tui.widgets.virtual_table import VirtualTable

PAGE = 50
#: How often the gate's counts and those of shows with new events are loaded, in seconds.
RECOUNT = 5.0
SHOW_EVENTS = (ShowCreated, ShowUpdated, ShowCancelled, ShowMerged)


class OrganiserScreen(BaseScreen):
    """The shows on the left, the seats, sales and gate of the selected one on the right."""

    scope = "organiser"
    CSS_PATH = "screen.tcss"
    BINDINGS = actions.bindings("organiser")
    HELP = """\
# Organiser

Your shows, and what is sold, locked and left of the selected one. `enter` goes to its counts, `s`
lists its sales. The counts follow what happens while you look.
"""
    AUTO_FOCUS = "#own-shows"

    def __init__(self) -> None:
        """Start without shows."""
        super().__init__()
        self._changed: set[str] = set()

    def body(self) -> ComposeResult:
        with Horizontal(id="organiser-panes"):
            with Vertical(id="own-left"):
                yield Static(id="organiser-name", markup=False)
                yield VirtualTable[OwnShow](
                    (
                        TableColumn(title="SHOW", of=_name),
                        TableColumn(title="DATE", of=_date, width=9, right=True, drop_rank=1),
                        TableColumn(title="SOLD", of=_sold, width=11, right=True),
                        TableColumn(title="LEFT", of=_left, width=6, right=True, drop_rank=2),
                    ),
                    key=lambda own: own.show.id,
                    empty="reading…",
                    id="own-shows",
                )
            yield OverviewPanel(id="own-right")

    def on_mount(self) -> None:
        self.set_interval(RECOUNT, self.recount, name="tick")
        self.load()

    @property
    def shows(self) -> VirtualTable[OwnShow]:
        """The list of shows."""
        return self.query_one("#own-shows", VirtualTable)

    @property
    def panel(self) -> OverviewPanel:
        """The counts of the show under the cursor."""
        return self.query_one(OverviewPanel)

    @request("own shows")
    async def load(self) -> None:
        """Load the shows of every organiser that the account manages."""
        managed = self.session.managed
        found: list[OwnShow] = []
        for organiser in managed:
            page = await self.session.call(
                LIST_ORGANISER_SHOWS, PageQuery(limit=PAGE), organiser_id=organiser.id
            )
            found += page.items
        self.query_one("#organiser-name", Static).update(_names(managed))
        self.shows.empty = "no shows yet: ticketing shows create"
        self.shows.set_rows(sorted(found, key=lambda own: own.show.starts_at))
        self._show_overview()

    def recount(self) -> None:
        """Load the counts that have changed, unless another screen is in front."""
        if not self.is_current or self.app_base.offline_message():
            return
        self.panel.load_gate()
        if self._changed:
            self._changed.clear()
            self.load()

    # Updates.

    @on(VirtualTable.CursorMoved, "#own-shows")
    def _show_overview(self) -> None:
        row = self.shows.row
        self.panel.show_overview_of(row.show if row else None)

    @on(VirtualTable.RowOpened, "#own-shows")
    def into_show(self) -> None:
        """Go to the counts of this show; on a narrow screen they replace the list."""
        self.add_class("-counts")
        self.panel.focus()

    @on(FeedEvents)
    def handle_events(self, message: FeedEvents) -> None:
        """Load again what events are about."""
        for entry in message.entries:
            event = entry.event
            if isinstance(event, SHOW_EVENTS):
                self._changed.add(event.id)
            elif isinstance(event, TICKET_EVENTS) and self.shows.find(event.show_id):
                self._changed.add(event.show_id)
                if self.panel.current_show and event.show_id == self.panel.current_show.id:
                    self.panel.load_soon()

    @on(ReloadNeeded)
    def reload(self) -> None:
        """Reload everything."""
        self.load()
        self.panel.load_soon()

    @on(ConnectionChanged)
    def account_known(self) -> None:
        """Load the shows once it is known what the account manages."""
        if self.app_base.can_enter("organiser"):
            self.load()

    # Actions.

    def action_open(self) -> None:
        self.into_show()

    def action_refresh(self) -> None:
        self.reload()

    def action_back(self) -> None:
        self.remove_class("-counts")
        self.shows.focus()

    def action_copy(self) -> None:
        if self.shows.row is not None:
            self.app_base.copy(self.shows.row.show.id, "show")

    def action_sold(self) -> None:
        own = self.shows.row
        if own is None:
            self.app_base.notify("Choose a show first.")
            return
        from tui.organiser.sold_screen import SoldScreen

        self.app_base.push_screen(SoldScreen(own.show))


def _names(organisers: tuple[Organiser, ...]) -> str:
    return ", ".join(
        each.name if each.status == "approved" else f"{each.name} ({each.status})"
        for each in organisers
    )


def _name(own: OwnShow) -> Cell:
    return StyledText(own.show.name, Tone.LOSS if own.show.cancelled else Tone.PLAIN)


def _date(own: OwnShow) -> Cell:
    at = own.show.starts_at
    return StyledText(f"{at.day} {at:%b %y}", Tone.DIM)


def _sold(own: OwnShow) -> Cell:
    if own.show.cancelled:
        return StyledText("CANCELLED", Tone.LOSS)
    return f"{own.seats.sold:,}/{own.seats.total:,}"


def _left(own: OwnShow) -> Cell:
    return StyledText(f"{own.seats.left:,}", Tone.DIM)
