"""People pane: the accounts, found by a part of their email address; ban and lift bans."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Static

from client.formatting import local_time
from contract.auth import (
    BAN_USER,
    LIST_USERS,
    Account,
    AccountCreated,
    AccountStatus,
    AccountUpdated,
    Ban,
    Role,
    UsersQuery,
)
from contract.feed import FeedEntry
from tui.admin.pane import AdminPane
from tui.requests import request
from tui.widgets.columns import TableColumn
from tui.widgets.confirm_dialog import ConfirmDialog, on_yes
from tui.widgets.styled_text import Cell, StyledText, Tone
from tui.widgets.text_input import SafeInput
from tui.widgets.virtual_table import VirtualTable

PAGE = 100
#: How long after a key press the server is asked, in seconds.
DEBOUNCE = 0.15


class PeoplePane(AdminPane[Account]):
    """Accounts, the newest first."""

    title = "People"
    offers = frozenset({"filter", "ban"})

    def __init__(self) -> None:
        """Start without accounts."""
        super().__init__(id="people")
        #: The known email addresses by account id.
        self.addresses: dict[str, str] = {}
        self._next: str | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="find"):
            yield SafeInput(placeholder="/ part of an email address", compact=True)
            yield Static(id="people-state", classes="count", markup=False)
        yield VirtualTable[Account](
            (
                TableColumn(title="EMAIL", of=lambda a: a.email),
                TableColumn(title="ROLE", of=_role, width=8),
                TableColumn(title="STATE", of=_state, width=8),
                TableColumn(
                    title="SINCE",
                    of=lambda a: StyledText(local_time(a.created_at), Tone.DIM),
                    width=22,
                    drop_rank=1,
                ),
                TableColumn(
                    title="ACCOUNT", of=lambda a: StyledText(a.id, Tone.DIM), width=26, drop_rank=2
                ),
            ),
            key=lambda account: account.id,
            empty="reading…",
            id="people-table",
        )

    @request("people")
    async def load(self) -> None:
        """Load the newest accounts that match."""
        page = await self.session.page(LIST_USERS, UsersQuery(q=self.typed, limit=PAGE))
        self._next = page.next
        self._note_addresses(page.items)
        self.table.empty = "no match"
        self.table.set_rows(page.items)
        self._show_count()

    @on(VirtualTable.NearEnd)
    @request("more people")
    async def more(self) -> None:
        """Load the next page, if there is one."""
        if self._next is None:
            return
        query = UsersQuery(q=self.typed, limit=PAGE, cursor=self._next)
        page = await self.session.page(LIST_USERS, query)
        self._next = page.next
        self._note_addresses(page.items)
        self.table.extend(page.items)
        self._show_count()

    def _note_addresses(self, accounts: Sequence[Account]) -> None:
        self.addresses |= {account.id: account.email for account in accounts}

    def _show_count(self) -> None:
        more = "+" if self._next else ""
        self.query_one("#people-state", Static).update(f"{len(self.table.rows):,}{more}")

    def handle_events(self, entries: Sequence[FeedEntry]) -> None:
        """Apply changes of accounts; reload when an account was created."""
        for entry in entries:
            event = entry.event
            if isinstance(event, AccountCreated) and not self.typed:
                self.load()
            elif isinstance(event, AccountUpdated) and (known := self.table.find(event.id)):
                self.table.update_row(
                    msgspec.structs.replace(
                        known, role=event.role, status=event.status, version=event.version
                    )
                )

    @on(Input.Changed)
    def filter_changed(self) -> None:
        """Search when typing pauses."""
        typed = self.typed
        self.set_timer(DEBOUNCE, lambda: self.load() if self.typed == typed else None)

    @on(Input.Submitted)
    def focus_list(self) -> None:
        """Go from the filter to the list."""
        self.table.focus()

    def ask_ban(self, account: Account) -> None:
        """Confirm a ban, or its end."""
        banned = account.status is AccountStatus.BANNED
        title = f"Lift the ban on {account.email}?" if banned else f"Ban {account.email}?"
        detail = (
            "They can sign in, buy and sell again."
            if banned
            else "Their sessions end, and they can neither buy nor sell until you lift the ban."
        )
        question = ConfirmDialog(title, detail, yes="Lift the ban" if banned else "Ban")
        self.app_base.push_screen(question, on_yes(lambda: self.ban(account, banned=not banned)))

    @request("ban")
    async def ban(self, account: Account, *, banned: bool) -> None:
        """Ban an account, or lift the ban."""
        after = await self.session.call(BAN_USER, Ban(banned=banned), user_id=account.id)
        self.table.update_row(after)
        self.app_base.notify(f"{after.email} is {after.status.value}.")


def _role(account: Account) -> Cell:
    return StyledText(account.role.value, Tone.DIM if account.role is Role.MEMBER else Tone.ACCENT)


def _state(account: Account) -> Cell:
    if account.status is AccountStatus.BANNED:
        return StyledText("BANNED", Tone.LOSS)
    return StyledText("active", Tone.DIM)
