"""Import screen: check a file of listings, then list them; every refused row is shown."""

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

from client import listing_profiles
from client.config import BadConfig
from client.csv_listings import (
    OPTIONAL,
    REQUIRED,
    BadFile,
    ListingRow,
    Profile,
    RowError,
    batches,
    column,
    read_file,
)
from client.sanitize import safe_text
from client.terms import for_sellers_file
from client.transport import Unreachable
from contract.problems import FieldError, Problem
from contract.tickets import IMPORT_TICKETS, ImportOutcome, ImportTickets, RowResult
from tui import actions
from tui.base_screen import BaseScreen
from tui.requests import request
from tui.widgets.columns import TableColumn
from tui.widgets.styled_text import StyledText, Tone
from tui.widgets.text_input import SafeInput
from tui.widgets.virtual_table import VirtualTable

COLUMNS = (
    f"A CSV or .xlsx file. Its first line names the columns: {', '.join(REQUIRED)}; "
    f"optional: {', '.join(OPTIONAL)}. A row with a known external_id updates that listing "
    "instead of creating another one."
)
SHORT = "A CSV or .xlsx file whose first line names its columns; f1 lists them."


class ImportScreen(BaseScreen):
    """Asks for a file, checks it, and lists its tickets."""

    scope = "import"
    CSS_PATH = ["sell_screen.tcss", "import_screen.tcss"]
    BINDINGS = actions.bindings("import")
    AUTO_FOCUS = "#path"
    HELP = (
        "# Importing\n\nThe file is checked first, which changes nothing. `esc` stops.\n\n"
        "*Columns* says which of the file's columns is which, as `--map` does: `Ticket "
        "Price=price; Where=venue`. *Profile* names a profile of your settings, as `--profile` "
        "does.\n\n"
        f"{COLUMNS}"
    )

    def __init__(self) -> None:
        """Start without a file."""
        super().__init__()
        self._rows: Sequence[ListingRow | RowError] = ()
        self._counts: Counter[ImportOutcome] = Counter()
        self._refused: list[RowError] = []
        self._done = 0
        self._action = ""
        self._stop = False

    def body(self) -> ComposeResult:
        with Vertical(id="form"):
            yield Static("Import a file of listings", classes="title", markup=False)
            yield Static(COLUMNS, classes="muted", id="columns", markup=False)
            yield Static(SHORT, classes="muted", id="short", markup=False)
            with Horizontal(id="file"):
                yield Static("File", classes="name", markup=False)
                yield SafeInput(placeholder="listings.csv", id="path", compact=True)
            with Horizontal(id="reading"):
                yield Static("Columns", classes="name", markup=False)
                yield SafeInput(placeholder="Their Column=price; ...", id="maps", compact=True)
                yield Static("Profile", classes="name", markup=False)
                yield SafeInput(placeholder="in your settings", id="profile", compact=True)
            with Horizontal(classes="buttons"):
                yield Button("Check", id="check", variant="primary", compact=True)
                yield Button("List all", id="list", compact=True, disabled=True)
                yield Button("Leave", id="leave", compact=True)
            yield ProgressBar(id="progress", show_eta=True)
            yield Static(id="message", markup=False)
            yield VirtualTable[RowError](
                (
                    TableColumn(title="LINE", of=lambda r: f"{r.line:,}", width=7, right=True),
                    TableColumn(title="YOUR ID", of=_external, width=16, drop_rank=1),
                    TableColumn(title="REASON", of=_why),
                ),
                key=repr, empty="", id="refused",
            )  # fmt: skip
            yield Static(id="why", markup=False)

    @property
    def valid_rows(self) -> list[ListingRow]:
        """The rows that can be sent."""
        return [row for row in self._rows if isinstance(row, ListingRow)]

    @property
    def unsaved_work(self) -> str:
        """Say that an import is running; empty if none is."""
        return f"An import is running. {self._progress_text()}" if self._action else ""

    def show_status(self, text: str, tone: str = "$foreground") -> None:
        """Show the status of the import."""
        self.query_one("#message", Static).update(Content.styled(text, tone))

    # The file.

    @on(Input.Changed)
    def other_file(self) -> None:
        """Require a check of the new file, or of another way to read it."""
        self.query_one("#list", Button).disabled = True

    @on(Input.Submitted)
    @on(Button.Pressed, "#check")
    def action_check(self) -> None:
        """Check the file: read it and send it as a dry run."""
        if not self._action and not self.app_base.write_block_reason():
            self._action = "checked"
            self.check_file(self.query_one("#path", Input).value.strip())

    @request("import")
    async def check_file(self, name: str) -> None:
        """Read the file in the background, then send it as a dry run."""
        self.show_status("reading…", "$text-muted")
        try:
            self._rows = await asyncio.to_thread(_read, name, self._profile())
        except OSError as error:
            self._show_broken_file(
                f"cannot read {safe_text(name)}: {error.strerror or 'no such file'}"
            )
        except BadFile as broken:
            self._show_broken_file(f"{safe_text(name)}: {safe_text(str(broken))}")
        except BadConfig as wrong:
            self._show_broken_file(f"Profile: {safe_text(str(wrong))}")
        except KeyError as wrong:
            self._show_broken_file(f"Columns: {safe_text(wrong.args[0])}")
        else:
            await self._send(dry_run=True)

    def _profile(self) -> Profile:
        """Return how to read the file. Raise BadConfig and KeyError for what is wrong about it."""
        name = self.query_one("#profile", Input).value.strip()
        maps = self.query_one("#maps", Input).value.split(";")
        known = listing_profiles.from_settings(self.session.config, name) if name else Profile()
        return listing_profiles.add(known, (text for text in maps if text.strip()), {})

    def _show_broken_file(self, message: str) -> None:
        self._action, self._rows = "", ()
        self._refused = []
        self._show_refused()
        self.show_status(f"{message}. Nothing was sent.", "$error")
        self.app_base.bell()

    @on(Button.Pressed, "#list")
    def action_list(self) -> None:
        """List the tickets of the checked file."""
        if self.query_one("#list", Button).disabled:
            self.app_base.notify("Check the file first.")
        elif not self._action and not self.app_base.write_block_reason():
            self._action = "listed"
            self.list_file()

    @request("import")
    async def list_file(self) -> None:
        """List every valid row."""
        await self._send(dry_run=False)

    # Requests.

    async def _send(self, *, dry_run: bool) -> None:
        """Send the valid rows in batches, until all are sent, the user stops, or one fails."""
        self._begin()
        try:
            for batch in batches(self.valid_rows):
                request = ImportTickets(rows=tuple(raw for _, raw in batch), dry_run=dry_run)
                report = await self.session.call(IMPORT_TICKETS, request)
                for result in report.results:
                    self._count(batch[result.row][0], result)
                self._advance(len(batch))
                if self._stop and self._done < len(self.valid_rows):
                    self.show_status(f"Stopped. {self._progress_text()}", "$warning")
                    return
        except (Problem, Unreachable) as refusal:
            self.show_status(f"{refusal.detail}\n{self._progress_text()}", "$error")
        else:
            self._show_result(dry_run=dry_run)
        finally:
            self._action = ""
            self.query_one("#progress").display = False

    def _begin(self) -> None:
        self._counts.clear()
        self._refused = [row for row in self._rows if isinstance(row, RowError)]
        self._done, self._stop = 0, False
        bar = self.query_one("#progress", ProgressBar)
        bar.display = True
        bar.update(total=max(len(self.valid_rows), 1), progress=0)
        self._show_refused()
        self.show_status(
            f"{len(self.valid_rows):,} rows will be {self._action}; esc stops", "$text-muted"
        )

    def _count(self, listing: ListingRow, result: RowResult) -> None:
        self._counts[result.outcome] += 1
        if result.outcome is ImportOutcome.REFUSED:
            errors = tuple(FieldError(field=column(e.field), message=e.message)
                           for e in result.errors)  # fmt: skip
            errors = errors or (FieldError(field="", message=result.detail or "refused"),)
            external_id = listing.ticket.external_id
            self._refused.append(RowError(listing.line, external_id, errors))

    def _advance(self, by: int) -> None:
        self._done += by
        self.query_one("#progress", ProgressBar).advance(by)
        self.show_status(
            f"{self._done:,} of {len(self.valid_rows):,} {self._action}; esc stops", "$text-muted"
        )
        self._show_refused()

    def _show_refused(self) -> None:
        table = self.query_one("#refused", VirtualTable)
        table.visible = bool(self._refused)
        # Several tickets of one row can be refused for the same reason: one line says it.
        table.set_rows(sorted(dict.fromkeys(self._refused), key=lambda row: row.line))

    @on(VirtualTable.CursorMoved, "#refused")
    def show_reason(self) -> None:
        """Show the full reason why the row under the cursor was refused."""
        row = self.query_one("#refused", VirtualTable).row
        self.query_one("#why", Static).update(f"line {row.line}: {_why(row)}" if row else "")

    def _progress_text(self) -> str:
        """Return how far the import got, and what that means for the next one."""
        done = self._done if self._action == "checked" else self._listed_count
        how_far = f"{done:,} of {len(self.valid_rows):,} were {self._action}"
        if self._action == "checked":
            return f"{how_far}; nothing was changed."
        return f"{how_far}; run it again to continue: no ticket is listed twice."

    @property
    def _listed_count(self) -> int:
        return sum(self._counts[o] for o in ImportOutcome if o is not ImportOutcome.REFUSED)

    def _show_result(self, *, dry_run: bool) -> None:
        """Show the result of the check or of the import."""
        counts = self._counts
        created, updated = ("to create", "to update") if dry_run else ("created", "updated")
        again = counts[ImportOutcome.RELISTED]
        relisted = f"{again:,} {'to relist' if dry_run else 'relisted'}, " if again else ""
        result = (
            f"{counts[ImportOutcome.CREATED]:,} {created}, {relisted}"
            f"{counts[ImportOutcome.UPDATED]:,} {updated}, "
            f"{counts[ImportOutcome.UNCHANGED]:,} unchanged, {len(self._refused):,} refused"
        )
        terms = self.session.terms
        if not dry_run:
            self.show_status(result, "$success" if self._listed_count else "$warning")
            self.query_one("#list", Button).disabled = True
            self.app_base.notify(result, title="imported")
            return
        self.show_status(
            f"{result}\n{for_sellers_file(terms)}" if terms and self._listed_count else result
        )
        button = self.query_one("#list", Button)
        button.disabled = not self._listed_count
        if self._listed_count:
            button.focus()

    # Leaving.

    @on(Button.Pressed, "#leave")
    def action_back(self) -> None:
        """Stop a running import; leave if none is running."""
        if self._action:
            self._stop = True
            self.show_status("stopping after this batch…", "$warning")
        else:
            self.dismiss()


def _read(name: str, profile: Profile) -> list[ListingRow | RowError]:
    """Read a file. Raise OSError and BadFile."""
    return read_file(Path(name).expanduser().read_bytes(), profile).rows


def _external(row: RowError) -> StyledText:
    return StyledText(safe_text(row.external_id or ""), Tone.DIM)


def _why(row: RowError) -> str:
    return "; ".join(f"{safe_text(e.field)} {safe_text(e.message)}".strip() for e in row.errors)
