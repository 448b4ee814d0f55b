"""Doors: which show's gate this is, and what the entrance is called."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from client.gate import AdmissionList
from client.sanitize import safe_text
from client.transport import Unreachable
from contract.shows import LIST_SHOWS, Show, ShowsQuery
from tui.gate.worker import lists_here
from tui.requests import Asks, asking
from tui.widgets.columns import Column
from tui.widgets.styled_text import Cell, Tone, Words
from tui.widgets.text_input import Line
from tui.widgets.virtual_table import Board

PAGE = 100
#: How long after a key the server is asked, in seconds.
DEBOUNCE = 0.15
#: A gate stays open this long after its show has begun.
LONGEST = timedelta(hours=12)


class Door(NamedTuple):
    """A show, and from when the list is that this machine has of it."""

    show: Show
    listed_at: datetime | None


class Doors(Vertical, Asks):
    """The coming shows, and those that began lately. Without a line those this machine knows."""

    DEFAULT_CSS = """
    Doors { height: 1fr; padding: 1 0 0 0; }
    Doors .line { height: 1; padding: 0 2; margin-bottom: 1; }
    Doors .line Static { width: 10; color: $text-muted; }
    Doors .line Input { width: 1fr; }
    Doors #which { height: auto; padding: 0 2; margin-bottom: 1; color: $text-muted; }
    """

    class Chosen(Message):
        """This is the show, and the name of the entrance."""

        def __init__(self, show: Show, entrance: str) -> None:
            """Hand both on."""
            super().__init__()
            self.show, self.entrance = show, entrance

    def compose(self) -> ComposeResult:
        yield Static("Which show is this the gate of?", id="which", markup=False)
        with Horizontal(classes="line"):
            yield Static("Entrance", markup=False)
            yield Line(placeholder="e  such as North 2", id="entrance", compact=True,
                        max_length=40)  # fmt: skip
        with Horizontal(classes="line"):
            yield Static("Show", markup=False)
            yield Line(placeholder="/  filter shows", id="filter", compact=True)
        yield Board[Door](
            (
                Column(title="SHOW", of=lambda door: door.show.name),
                Column(title="STARTS", of=_starts, width=12, right=True),
                Column(title="CITY", of=lambda door: Words(door.show.city, Tone.DIM), width=14,
                       spare=2),
                Column(title="LIST", of=_list, width=15, spare=1),
            ),
            key=lambda door: door.show.id, empty="reading…", id="doors",
        )  # fmt: skip

    def on_mount(self) -> None:
        self.query_one("#entrance", Input).value = self.house.memory.entrance

    @property
    def board(self) -> Board[Door]:
        """The shows."""
        return self.query_one("#doors", Board)

    @asking("doors")
    async def load(self) -> None:
        """Read the shows that fit the filter. Without a line those there is a list of stay."""
        words = self.query_one("#filter", Input).value.strip()
        rolls = {roll.show.id: roll for roll in await self.session.beside(self._lists)}
        since = self.session.now() - LONGEST
        query = ShowsQuery(q=words, starts_from=since, limit=PAGE)
        try:
            shows = [each.show for each in (await self.session.page(LIST_SHOWS, query)).items]
        except Unreachable:
            self.board.empty = "the server is away, and there is no list here"
            shows = [r.show for r in rolls.values() if words.casefold() in r.show.name.casefold()]
            shows = sorted((s for s in shows if s.starts_at > since), key=lambda s: s.starts_at)
        else:
            self.board.empty = "no show fits" if words else "no show is coming"
        listed = {show_id: roll.downloaded_at for show_id, roll in rolls.items()}
        self.board.show(Door(show, listed.get(show.id)) for show in shows)

    def _lists(self) -> list[AdmissionList]:
        return lists_here(self.session)

    @on(Input.Changed, "#filter")
    def narrow(self) -> None:
        """Ask when the typing rests."""
        self.set_timer(DEBOUNCE, self._rested(self.query_one("#filter", Input).value))

    def _rested(self, typed: str) -> Callable[[], None]:
        def ask() -> None:
            if self.query_one("#filter", Input).value == typed:
                self.load()

        return ask

    @on(Input.Submitted)
    def to_list(self) -> None:
        """Go on to the shows."""
        self.board.focus()

    @on(Board.Opened, "#doors")
    def choose(self) -> None:
        """Go to this show's gate."""
        if self.board.row is not None:
            entrance = safe_text(self.query_one("#entrance", Input).value).strip()
            self.post_message(self.Chosen(self.board.row.show, entrance))

    def go_back(self) -> None:
        """Take the filter away, and go to the shows."""
        box = self.query_one("#filter", Input)
        if self.screen.focused in (box, self.board):
            box.value = ""
        self.board.focus()


def _starts(door: Door) -> Cell:
    at = door.show.starts_at
    return Words(f"{at.day} {at:%b %H:%M}", Tone.DIM)


def _list(door: Door) -> Cell:
    if door.listed_at is None:
        return Words("no list yet", Tone.DIM)
    return Words(f"of {door.listed_at.astimezone():%d %b %H:%M}", Tone.GOOD)
