"""People: the accounts, found by a part of their address, and who of them may act."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Static

from client.formatting import moment
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
from tui.admin.pane import Pane
from tui.requests import asking
from tui.widgets.columns import Column
from tui.widgets.confirm_dialog import Question, on_yes
from tui.widgets.styled_text import Cell, Tone, Words
from tui.widgets.text_input import Line
from tui.widgets.virtual_table import Board

PAGE = 100
#: How long after a key the server is asked, in seconds.
DEBOUNCE = 0.15


class PeoplePane(Pane[Account]):
    """Accounts, the newest first."""

    title = "People"
    offers = frozenset({"filter", "ban"})

    def __init__(self) -> None:
        """Know nobody yet."""
        super().__init__(id="people")
        #: Everybody's address by id, as far as it was read.
        self.addresses: dict[str, str] = {}
        self._next: str | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="find"):
            yield Line(placeholder="/ a part of the address", compact=True)
            yield Static(id="people-state", classes="count", markup=False)
        yield Board[Account](
            (
                Column(title="EMAIL", of=lambda a: a.email),
                Column(title="ROLE", of=_role, width=8),
                Column(title="STATE", of=_state, width=8),
                Column(title="SINCE", of=lambda a: Words(moment(a.created_at), Tone.DIM), width=22,
                       spare=1),
                Column(title="ACCOUNT", of=lambda a: Words(a.id, Tone.DIM), width=26, spare=2),
            ),
            key=lambda account: account.id,
            empty="reading…",
            id="people-board",
        )  # fmt: skip

    @asking("people")
    async def load(self) -> None:
        """Read the newest whose address fits."""
        page = await self.session.page(LIST_USERS, UsersQuery(q=self.typed, limit=PAGE))
        self._next = page.next
        self._learn(page.items)
        self.board.empty = "nobody's address fits"
        self.board.show(page.items)
        self._tell()

    @on(Board.NearEnd)
    @asking("more people")
    async def more(self) -> None:
        """Read the next page, if there is one."""
        if self._next is None:
            return
        query = UsersQuery(q=self.typed, limit=PAGE, cursor=self._next)
        page = await self.session.page(LIST_USERS, query)
        self._next = page.next
        self._learn(page.items)
        self.board.extend(page.items)
        self._tell()

    def _learn(self, accounts: Sequence[Account]) -> None:
        self.addresses |= {account.id: account.email for account in accounts}

    def _tell(self) -> None:
        more = "+" if self._next else ""
        self.query_one("#people-state", Static).update(f"{len(self.board.rows):,}{more}")

    def hear(self, entries: Sequence[FeedEntry]) -> None:
        """Change who was changed; read again when somebody came."""
        for entry in entries:
            fact = entry.event
            if isinstance(fact, AccountCreated) and not self.typed:
                self.load()
            elif isinstance(fact, AccountUpdated) and (known := self.board.has(fact.id)):
                self.board.put(
                    msgspec.structs.replace(
                        known, role=fact.role, status=fact.status, version=fact.version
                    )
                )

    @on(Input.Changed)
    def narrow(self) -> None:
        """Ask the server when the typing rests."""
        typed = self.typed
        self.set_timer(DEBOUNCE, lambda: self.load() if self.typed == typed else None)

    @on(Input.Submitted)
    def to_list(self) -> None:
        """Go from the filter to what it found."""
        self.board.focus()

    def ask_ban(self, account: Account) -> None:
        """Ask whether an account is to be banned, or to act again."""
        banned = account.status is AccountStatus.BANNED
        title = f"Let {account.email} act again?" if banned else f"Ban {account.email}?"
        detail = (
            "They can sign in, buy and sell again."
            if banned
            else "Their sessions end, and they can neither buy nor sell until you lift it."
        )
        question = Question(title, detail, yes="Lift the ban" if banned else "Ban")
        self.house.push_screen(question, on_yes(lambda: self.ban(account, banned=not banned)))

    @asking("ban")
    async def ban(self, account: Account, *, banned: bool) -> None:
        """Ban an account, or lift the ban."""
        after = await self.session.call(BAN_USER, Ban(banned=banned), user_id=account.id)
        self.board.put(after)
        self.house.notify(f"{after.email} is {after.status.value}.")


def _role(account: Account) -> Cell:
    return Words(account.role.value, Tone.DIM if account.role is Role.MEMBER else Tone.ACCENT)


def _state(account: Account) -> Cell:
    if account.status is AccountStatus.BANNED:
        return Words("BANNED", Tone.LOSS)
    return Words("active", Tone.DIM)
