"""Bring: list a whole file of tickets: checked first, then listed, with every refusal named."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, ProgressBar, Static

from client.csv_listings import (
    OPTIONAL,
    REQUIRED,
    BadFile,
    Listing,
    Refusal,
    batches,
    column,
    read,
)
from client.sanitize import safe_text
from client.terms import for_sellers_file
from client.transport import Unreachable
from contract.problems import FieldError, Problem
from contract.tickets import IMPORT_TICKETS, ImportOutcome, ImportTickets, RowResult
from tui import actions
from tui.asking import asking
from tui.screens.view import View
from tui.tones import Tone, Words
from tui.widgets.board import Board
from tui.widgets.columns import Column
from tui.widgets.line import Line

COLUMNS = (
    f"A CSV file. Its first line names the columns: {', '.join(REQUIRED)}; "
    f"and if you like {' and '.join(OPTIONAL)}. A row whose external_id is known is brought up "
    "to date instead of listed twice."
)
SHORT = "A CSV file whose first line names its columns; f1 lists them."


class Bring(View):
    """Asks for a file, says what would come of it, and lists it."""

    place = "bring"
    CSS_PATH = ["sell.tcss", "bring.tcss"]
    BINDINGS = actions.bindings("bring")
    AUTO_FOCUS = "#path"
    HELP = (
        "# Importing\n\nThe file is checked first; nothing is changed by that. `esc` stops.\n\n"
        f"{COLUMNS}"
    )

    def __init__(self) -> None:
        """Begin without a file."""
        super().__init__()
        self._rows: Sequence[Listing | Refusal] = ()
        self._counts: Counter[ImportOutcome] = Counter()
        self._refused: dict[int, Refusal] = {}
        self._done = 0
        self._doing = ""
        self._stop = False

    def body(self) -> ComposeResult:
        with Vertical(id="form"):
            yield Static("Import a file of listings", classes="title", markup=False)
            yield Static(COLUMNS, classes="muted", id="columns", markup=False)
            yield Static(SHORT, classes="muted", id="short", markup=False)
            with Horizontal(id="file"):
                yield Static("File", classes="name", markup=False)
                yield Line(placeholder="listings.csv", id="path", compact=True)
            with Horizontal(classes="buttons"):
                yield Button("Check", id="check", variant="primary", compact=True)
                yield Button("List them", id="list", compact=True, disabled=True)
                yield Button("Leave", id="leave", compact=True)
            yield ProgressBar(id="progress", show_eta=True)
            yield Static(id="said", markup=False)
            yield Board[Refusal](
                (
                    Column(title="LINE", of=lambda r: f"{r.line:,}", width=7, right=True),
                    Column(title="YOUR ID", of=_external, width=16, spare=1),
                    Column(title="NOT LISTED BECAUSE", of=_why),
                ),
                key=lambda row: str(row.line), empty="", id="refused",
            )  # fmt: skip
            yield Static(id="why", markup=False)

    @property
    def good(self) -> list[Listing]:
        """The rows that can be sent."""
        return [row for row in self._rows if isinstance(row, Listing)]

    @property
    def unfinished(self) -> str:
        """Say that an import is running."""
        return f"An import is running. {self._state()}" if self._doing else ""

    def say(self, text: str, tone: str = "$foreground") -> None:
        """Say how things are."""
        self.query_one("#said", Static).update(Content.styled(text, tone))

    # The file.

    @on(Input.Changed, "#path")
    def other_file(self) -> None:
        """Have another file checked first."""
        self.query_one("#list", Button).disabled = True

    @on(Input.Submitted, "#path")
    @on(Button.Pressed, "#check")
    def action_check(self) -> None:
        """Read the file and ask the server what would come of it."""
        if not self._doing and not self.house.why_not_write():
            self._doing = "checked"
            self.check_file(self.query_one("#path", Input).value.strip())

    @asking("bring")
    async def check_file(self, name: str) -> None:
        """Read the file beside the screen, then rehearse it."""
        self.say("reading…", "$text-muted")
        try:
            self._rows = await asyncio.to_thread(_read, name)
        except OSError as error:
            self._broken(f"cannot read {safe_text(name)}: {error.strerror or 'no such file'}")
        except BadFile as broken:
            self._broken(f"{safe_text(name)}: {safe_text(str(broken))}")
        else:
            await self._send(dry_run=True)

    def _broken(self, said: str) -> None:
        self._doing, self._rows = "", ()
        self._refused = {}
        self._show_refused()
        self.say(f"{said}. Nothing was sent.", "$error")
        self.house.bell()

    @on(Button.Pressed, "#list")
    def action_list(self) -> None:
        """List what was checked."""
        if self.query_one("#list", Button).disabled:
            self.house.notify("Check the file first.")
        elif not self._doing and not self.house.why_not_write():
            self._doing = "listed"
            self.list_file()

    @asking("bring")
    async def list_file(self) -> None:
        """List every row that can be."""
        await self._send(dry_run=False)

    # To the server.

    async def _send(self, *, dry_run: bool) -> None:
        """Send the good rows batch by batch, until through, stopped or cut off; say how it went."""
        self._begin()
        try:
            for batch in batches(self.good):
                request = ImportTickets(rows=tuple(raw for _, raw in batch), dry_run=dry_run)
                report = await self.session.call(IMPORT_TICKETS, request)
                for result in report.results:
                    self._count(batch[result.row][0], result)
                self._advance(len(batch))
                if self._stop and self._done < len(self.good):
                    self.say(f"Stopped. {self._state()}", "$warning")
                    return
        except (Problem, Unreachable) as refusal:
            self.say(f"{refusal.detail}\n{self._state()}", "$error")
        else:
            self._finish(dry_run=dry_run)
        finally:
            self._doing = ""
            self.query_one("#progress").display = False

    def _begin(self) -> None:
        self._counts.clear()
        self._refused = {row.line: row for row in self._rows if isinstance(row, Refusal)}
        self._done, self._stop = 0, False
        bar = self.query_one("#progress", ProgressBar)
        bar.display = True
        bar.update(total=max(len(self.good), 1), progress=0)
        self._show_refused()
        self.say(f"{len(self.good):,} rows to be {self._doing}; esc stops", "$text-muted")

    def _count(self, listing: Listing, result: RowResult) -> None:
        self._counts[result.outcome] += 1
        if result.outcome is ImportOutcome.REFUSED:
            errors = tuple(FieldError(field=column(e.field), message=e.message)
                           for e in result.errors)  # fmt: skip
            errors = errors or (FieldError(field="", message=result.detail or "refused"),)
            self._refused[listing.line] = Refusal(listing.line, listing.ticket.external_id, errors)

    def _advance(self, by: int) -> None:
        self._done += by
        self.query_one("#progress", ProgressBar).advance(by)
        self.say(f"{self._done:,} of {len(self.good):,} {self._doing}; esc stops", "$text-muted")
        self._show_refused()

    def _show_refused(self) -> None:
        board = self.query_one("#refused", Board)
        board.visible = bool(self._refused)
        board.show(sorted(self._refused.values(), key=lambda row: row.line))

    @on(Board.Moved, "#refused")
    def tell_why(self) -> None:
        """Say in full why the row the cursor is on was refused."""
        row = self.query_one("#refused", Board).row
        self.query_one("#why", Static).update(f"line {row.line}: {_why(row)}" if row else "")

    def _state(self) -> str:
        """Say how far an import came, and what that means for the next."""
        done = self._done if self._doing == "checked" else self._stand
        how_far = f"{done:,} of {len(self.good):,} were {self._doing}"
        if self._doing == "checked":
            return f"{how_far}; nothing is changed."
        return f"{how_far}; run it again to go on: what stands is not listed twice."

    @property
    def _stand(self) -> int:
        return sum(self._counts[o] for o in ImportOutcome if o is not ImportOutcome.REFUSED)

    def _finish(self, *, dry_run: bool) -> None:
        """Say what came of the file, or would."""
        counts = self._counts
        would = "would be " if dry_run else ""
        said = (
            f"{would}created {counts[ImportOutcome.CREATED]:,}, "
            f"updated {counts[ImportOutcome.UPDATED]:,}, "
            f"unchanged {counts[ImportOutcome.UNCHANGED]:,}, refused {len(self._refused):,}"
        )
        terms = self.session.terms
        if not dry_run:
            self.say(said, "$success" if self._stand else "$warning")
            self.query_one("#list", Button).disabled = True
            self.house.notify(said, title="imported")
            return
        self.say(f"{said}\n{for_sellers_file(terms)}" if terms and self._stand else said)
        button = self.query_one("#list", Button)
        button.disabled = not self._stand
        if self._stand:
            button.focus()

    # Away.

    @on(Button.Pressed, "#leave")
    def action_back(self) -> None:
        """Stop what is running; leave when nothing is."""
        if self._doing:
            self._stop = True
            self.say("stopping after this batch…", "$warning")
        else:
            self.dismiss()


def _read(name: str) -> list[Listing | Refusal]:
    """Read a file; raise OSError and BadFile."""
    return read(Path(name).expanduser().read_bytes())


def _external(row: Refusal) -> Words:
    return Words(safe_text(row.external_id or ""), Tone.DIM)


def _why(row: Refusal) -> str:
    return "; ".join(f"{safe_text(e.field)} {safe_text(e.message)}".strip() for e in row.errors)
