"""Show picker: choose the show of this gate, and name the entrance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from client.formatting import short_venue_time
from client.gate import AdmissionList
from client.sanitize import safe_text
from client.transport import Unreachable
from contract.shows import LIST_SHOWS, Show, ShowsQuery
from tui.gate.worker import local_lists
from tui.requests import AppAccess, request
from tui.widgets.columns import TableColumn
from tui.widgets.styled_text import Cell, StyledText, Tone
from tui.widgets.text_input import SafeInput
from tui.widgets.virtual_table import VirtualTable

PAGE = 100
#: How long after a key press the server is asked, in seconds.
DEBOUNCE = 0.15
#: A gate can be opened until this long after the start of its show.
LONGEST = timedelta(hours=12)


class GateShow(NamedTuple):
    """A show, and when this machine's admission list of it was downloaded, if it has one."""

    show: Show
    listed_at: datetime | None


class ShowPicker(Vertical, AppAccess):
    """Upcoming and recently started shows. While offline, those with a list on this machine."""

    DEFAULT_CSS = """
    ShowPicker { height: 1fr; padding: 1 0 0 0; }
    ShowPicker .line { height: 1; padding: 0 2; margin-bottom: 1; }
    ShowPicker .line Static { width: 10; color: $text-muted; }
    ShowPicker .line Input { width: 1fr; }
    ShowPicker #which { height: auto; padding: 0 2; margin-bottom: 1; color: $text-muted; }
    """

    class ShowChosen(Message):
        """A show was chosen, with the name of the entrance."""

        def __init__(self, show: Show, entrance: str) -> None:
            """Carry both."""
            super().__init__()
            self.show, self.entrance = show, entrance

    def compose(self) -> ComposeResult:
        yield Static("Choose the show of this gate", id="which", markup=False)
        with Horizontal(classes="line"):
            yield Static("Entrance", markup=False)
            yield SafeInput(placeholder="e  e.g. North 2", id="entrance", compact=True,
                        max_length=40)  # fmt: skip
        with Horizontal(classes="line"):
            yield Static("Show", markup=False)
            yield SafeInput(placeholder="/  filter shows", id="filter", compact=True)
        yield VirtualTable[GateShow](
            (
                TableColumn(title="SHOW", of=_name),
                TableColumn(title="STARTS", of=_starts, width=21, right=True),
                TableColumn(
                    title="CITY",
                    of=lambda gate_show: StyledText(gate_show.show.city, Tone.DIM),
                    width=14,
                    drop_rank=2,
                ),
                TableColumn(title="LIST", of=_list, width=15, drop_rank=1),
            ),
            key=lambda gate_show: gate_show.show.id,
            empty="reading…",
            id="gate-shows",
        )

    def on_mount(self) -> None:
        self.query_one("#entrance", Input).value = self.app_base.saved_state.entrance

    @property
    def table(self) -> VirtualTable[GateShow]:
        """The list of shows."""
        return self.query_one("#gate-shows", VirtualTable)

    @request("shows")
    async def load(self) -> None:
        """Load the shows that match the filter. While offline, show those with a list."""
        words = self.query_one("#filter", Input).value.strip()
        admission_lists = {
            admission_list.show.id: admission_list
            for admission_list in await self.session.run_blocking(self._lists)
        }
        since = self.session.now() - LONGEST
        query = ShowsQuery(q=words, starts_from=since, limit=PAGE)
        try:
            found = (await self.session.page(LIST_SHOWS, query)).items
            shows = [each.show for each in found if self._works_at(each.show)]
        except Unreachable:
            self.table.empty = "offline, and no admission list on this machine"
            shows = [
                r.show
                for r in admission_lists.values()
                if words.casefold() in r.show.name.casefold()
            ]
            shows = sorted((s for s in shows if s.starts_at > since), key=lambda s: s.starts_at)
        else:
            self.table.empty = "no match" if words else "no upcoming shows"
        listed = {
            show_id: admission_list.downloaded_at
            for show_id, admission_list in admission_lists.items()
        }
        self.table.set_rows(GateShow(show, listed.get(show.id)) for show in shows)

    def _works_at(self, show: Show) -> bool:
        """Whether the account may scan at the gate of a show."""
        return self.session.works_at_every_gate or (
            show.organiser_id in self.session.gate_organisers
        )

    def _lists(self) -> list[AdmissionList]:
        return local_lists(self.session)

    @on(Input.Changed, "#filter")
    def filter_changed(self) -> None:
        """Search when typing pauses."""
        self.set_timer(DEBOUNCE, self._load_if_unchanged(self.query_one("#filter", Input).value))

    def _load_if_unchanged(self, typed: str) -> Callable[[], None]:
        def ask() -> None:
            if self.query_one("#filter", Input).value == typed:
                self.load()

        return ask

    @on(Input.Submitted)
    def focus_list(self) -> None:
        """Go to the list of shows."""
        self.table.focus()

    @on(VirtualTable.RowOpened, "#gate-shows")
    def choose(self) -> None:
        """Choose the show under the cursor."""
        if self.table.row is not None:
            entrance = safe_text(self.query_one("#entrance", Input).value).strip()
            self.post_message(self.ShowChosen(self.table.row.show, entrance))

    def clear_filter(self) -> None:
        """Clear the filter, and go to the list."""
        box = self.query_one("#filter", Input)
        if self.screen.focused in (box, self.table):
            box.value = ""
        self.table.focus()


def _name(gate_show: GateShow) -> Cell:
    show = gate_show.show
    return f"{show.name} · official" if show.official else show.name


def _starts(gate_show: GateShow) -> Cell:
    return StyledText(short_venue_time(gate_show.show.starts_at), Tone.DIM)


def _list(gate_show: GateShow) -> Cell:
    if gate_show.listed_at is None:
        return StyledText("no list yet", Tone.DIM)
    return StyledText(f"of {gate_show.listed_at.astimezone():%d %b %H:%M}", Tone.GOOD)
