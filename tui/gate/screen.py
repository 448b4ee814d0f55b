"""Gate: people are let in by their codes, with a line to the house or without one."""

from __future__ import annotations

from datetime import timedelta

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from client.config import BadConfig
from client.gate import NothingToUndo
from client.transport import Unreachable
from contract.gate import VIEW_GATE, AdmissionMade, AdmissionUndone, GateCounts, Verdict
from contract.problems import NotSignedIn, Problem
from tui import actions
from tui.base_screen import View
from tui.feed_listener import Link
from tui.gate.code_input import CodeBox
from tui.gate.scan_log import Line, Scans, line_of
from tui.gate.show_picker import Doors
from tui.gate.status_text import counted, listed, named, offline
from tui.gate.verdict import READY, Kind, Said, VerdictBlock, said_to
from tui.gate.worker import Turnstile
from tui.messages import Heard, LinkMoved, Stale
from tui.requests import asking
from tui.widgets.styled_text import Tone, Words

#: How often the house's counts are read again, and what waits is told, in seconds.
RECOUNT = 5.0
#: How often what moves by itself is drawn again, in seconds.
TICK = 0.2
#: How old the list may become while there is a line: tickets are sold until the doors close.
OLDEST = timedelta(minutes=10)
CHOOSING = {"filter", "entrance"}
SCANNING = {"undo", "sync", "download", "conflicts", "other"}
WRITES = {"undo", "sync", "download"}
#: What can be done only while there is a line.
BY_LINE = {"sync", "download"}
NO_LIST = "There is no line, and no list here to go by. Nobody can be checked."


class Gate(View):
    """First which show, then one scan after the other. Nothing takes the focus from the scanner."""

    place = "gate"
    CSS_PATH = "screen.tcss"
    BINDINGS = [
        *actions.bindings("gate"),
        Binding("pageup", "leaf(-1)", show=False), Binding("pagedown", "leaf(1)", show=False),
    ]  # fmt: skip
    AUTO_FOCUS = "#doors"
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (10, "-low"), (16, "-short"), (22, "-mid"), (30, "-tall")]
    HELP = """\
# The gate

A scanner types a code and `enter`; so may you. Without a line the list answers that `ctrl+l`
fetches, and `ctrl+s` tells the house afterwards. `ctrl+z` takes the last admission back.
"""

    def __init__(self) -> None:
        """Stand at no gate yet."""
        super().__init__()
        self.turnstile: Turnstile | None = None
        self.counts: GateCounts | None = None
        self._told: tuple[object, ...] = ()
        self._whose = ("", "")

    def body(self) -> ComposeResult:
        yield Doors(id="choosing")
        with Vertical(id="scanning"):
            with Horizontal(id="head"):
                yield Static(id="which-show", markup=False)
                yield Static(id="counts", markup=False)
            yield VerdictBlock(id="verdict")
            yield Scans(name_of=self._name_of, id="scans")
            with Horizontal(id="foot"):
                yield CodeBox(placeholder="code", compact=True, id="code")
                yield Static(id="list", markup=False)

    def on_mount(self) -> None:
        self._whose = self._caller
        self.set_interval(TICK, self.tell, name="tick")
        self.set_interval(RECOUNT, self.keep_up)
        self.doors.load()

    @property
    def doors(self) -> Doors:
        """Where the show is chosen."""
        return self.query_one("#choosing", Doors)

    @property
    def block(self) -> VerdictBlock:
        """Where it is said who comes in."""
        return self.query_one("#verdict", VerdictBlock)

    @property
    def scans(self) -> Scans:
        """The last scans."""
        return self.query_one("#scans", Scans)

    @property
    def away(self) -> bool:
        """Whether the list answers now, and not the house."""
        lost = self.session.live.link is Link.LOST
        return self.turnstile is not None and (lost or not self.turnstile.online)

    @property
    def unfinished(self) -> str:
        """Say what the house does not know yet. It is kept, whatever happens."""
        waiting = self.turnstile.counters.waiting if self.turnstile else 0
        if not waiting:
            return ""
        scans = "1 scan is" if waiting == 1 else f"{waiting:,} scans are"
        return f"{scans} not told to the house yet; `ticketing gate sync` does."

    @property
    def _caller(self) -> tuple[str, str]:
        return self.session.server, self.session.api.token or ""

    def _name_of(self, account_id: str) -> str:
        account = self.session.account
        return "here" if account is None or account_id in ("", account.id) else account_id

    # Which gate.

    @on(Doors.Chosen)
    @asking("open")
    async def open(self, chosen: Doors.Chosen) -> None:
        """Go to the gate of a show, and be ready for the first scan."""
        turnstile = Turnstile(self.session, chosen.show, entrance=chosen.entrance)
        await turnstile.open()
        self.turnstile, self.counts = turnstile, None
        self.house.memory.entrance = chosen.entrance
        self.set_class(True, "-scanning")  # noqa: FBT003  Textual's own
        self.query_one(CodeBox).focus()
        self.block.say(READY)
        self.scans.clear()
        self.tell()
        self.refresh_bindings()
        self.keep_up()
        self.fetch(self.turnstile)

    def action_other(self) -> None:
        self.turnstile = None
        self.remove_class("-scanning")
        self.doors.board.focus()
        self.doors.load()
        self.refresh_bindings()

    def on_descendant_blur(self) -> None:
        self.call_after_refresh(self.hold)

    def hold(self) -> None:
        """Give the focus back to the scanner."""
        box = self.query_one(CodeBox)
        if self.turnstile is not None and self.focused is not box:
            box.focus()

    def action_filter(self) -> None:
        self.query_one("#filter").focus()

    def action_entrance(self) -> None:
        self.query_one("#entrance").focus()

    def action_back(self) -> None:
        if self.turnstile is not None:
            self.query_one(CodeBox).value = ""
        else:
            self.doors.go_back()

    # One scan after the other.

    @on(CodeBox.Scanned)
    def take(self, scanned: CodeBox.Scanned) -> None:
        """Put a code behind those that are under way."""
        if self.session.readonly:
            self.block.say(Said(Kind.UNCHECKED, "LOOK ONLY", "", (self.house.why_not_write(),)))
        elif self.turnstile is not None:
            self.block.check()
            self.scan(self.turnstile, scanned.code)

    @work(group="scans")
    async def scan(self, turnstile: Turnstile, code: str) -> None:
        """Say what a code is answered. The answers come in the order of the codes."""
        try:
            answer = await turnstile.scan(code)
        except (Unreachable, Problem, BadConfig) as failure:
            self.give_up(turnstile, failure)
            return
        if turnstile is not self.turnstile:
            return
        if answer is None:
            self.block.go_back()
            return
        self.block.say(said_to(answer))
        self.scans.add(line_of(answer))
        if answer.verdict is Verdict.REFUSED:
            self.app.bell()
        self.tell()
        self.recount()

    def give_up(self, turnstile: Turnstile, failure: Exception) -> None:
        """Say that a code could not be checked: that is neither a yes nor a no."""
        if turnstile is not self.turnstile:
            return
        detail = getattr(failure, "detail", "") or str(failure)
        lines = (NO_LIST, detail) if isinstance(failure, Unreachable) else (detail,)
        self.app.bell()
        self.block.say(Said(Kind.UNCHECKED, "NOT CHECKED", "", lines))
        now, word = self.session.now(), Words("NOT", Tone.WARN)
        key = self.session.clock.new_key()
        self.scans.add(Line(key=key, at=now, word=word, why=f"checked: {detail}"))
        if isinstance(failure, NotSignedIn):
            self.house.session_ended(failure)

    @asking("undo")
    async def action_undo(self) -> None:
        """Take the last admission back, and say which that was."""
        turnstile = self.turnstile
        if turnstile is None:
            return
        try:
            taken = await turnstile.undo()
        except NothingToUndo:
            self.house.notify("Nobody was let in here who has not been taken back.")
            return
        line = self.scans.take_back(taken.scan_id)
        seat = line.seat if line is not None else ""
        told = () if taken.told else ("The house is told when there is a line.",)
        lines = ("This admission is taken back.", *told)
        self.block.say(Said(Kind.UNDONE, "UNDONE", seat or taken.ticket_id or "", lines))
        self.tell()
        self.recount()

    # The house.

    @asking("recount")
    async def recount(self) -> None:
        """Read what the house counts, of all its entrances. Without a line the last count stays."""
        turnstile = self.turnstile
        if turnstile is None or self.away:
            return
        try:
            counts = await self.session.call(VIEW_GATE, show_id=turnstile.show.id)
        except Unreachable:
            return
        if turnstile is self.turnstile:
            self.counts = counts
            self.tell()

    def keep_up(self) -> None:
        """Count again, tell the house what waits and fetch an old list anew, if it can be asked."""
        turnstile = self.turnstile
        if turnstile is None or self.away:
            return
        self.recount()
        if turnstile.counters.waiting and not self.session.readonly:
            self.send(turnstile)
        if turnstile.is_older_than(OLDEST):
            self.fetch(turnstile)

    def action_sync(self) -> None:
        if self.turnstile is not None:
            self.send(self.turnstile, asked=True)

    @asking("send")
    async def send(self, turnstile: Turnstile, *, asked: bool = False) -> None:
        """Tell the house what was done without a line. What does not add up is listed."""
        before = {conflict.scan_id for conflict in turnstile.conflicts}
        try:
            synced = await turnstile.sync()
        except Unreachable:
            if asked:
                raise
            return
        if turnstile is not self.turnstile:
            return
        self.tell()
        self.recount()
        if {conflict.scan_id for conflict in synced.conflicts} - before:
            self.app.bell()
        elif synced.sent or asked:
            self.house.notify(f"The house was told of {synced.sent} scans.", title="sent")

    def action_conflicts(self) -> None:
        if not self.scans.conflicts:
            self.house.notify("Everything adds up so far.")
        self.scans.open(bool(self.scans.conflicts) and not self.scans.has_class("-conflicts"))

    def action_leaf(self, by: int) -> None:
        self.scans.leaf(by)

    def action_download(self) -> None:
        if self.turnstile is not None:
            self.fetch(self.turnstile, asked=True)

    @asking("fetch")
    async def fetch(self, turnstile: Turnstile, *, asked: bool = False) -> None:
        """Fetch the list. Scanning goes on meanwhile."""
        try:
            roll = await turnstile.download()
        except Unreachable:
            if asked:
                raise
            return
        if asked:
            self.house.notify(f"{len(roll.tickets):,} tickets may come in.", title="list fetched")
        self.tell()

    # How it stands.

    def tell(self) -> None:
        """Draw again the counts, the list's age, and what does not add up."""
        turnstile = self.turnstile
        if turnstile is None or not self.is_attached:
            return
        told = (
            turnstile, self.counts, turnstile.counters, turnstile.conflicts, turnstile.fetching,
            turnstile.roll,
        )  # fmt: skip
        if told == self._told:
            return
        self._told = told
        self.query_one("#which-show", Static).update(named(turnstile))
        self.query_one("#counts", Static).update(counted(turnstile, self.counts))
        self.query_one("#list", Static).update(listed(turnstile))
        if turnstile.conflicts != self.scans.conflicts:
            self.scans.tell(turnstile.conflicts)

    def banner(self, said: str) -> str:
        """Say by what it goes while there is no line."""
        turnstile = self.turnstile
        if turnstile is None or not (said or self.away):
            return said
        return offline(turnstile)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what is of use now. An admission can be taken back without a line too."""
        at_gate = self.turnstile is not None
        if action in CHOOSING | SCANNING:
            if at_gate is not (action in SCANNING):
                return False
            if action in WRITES and self.session.readonly:
                return None
            return None if action in BY_LINE and self.session.live.link is Link.LOST else True
        return super().check_action(action, parameters)

    # What is heard.

    @on(Heard)
    def hear(self, heard: Heard) -> None:
        """Count again after admissions, and take note of those that were taken back elsewhere."""
        turnstile = self.turnstile
        if turnstile is None:
            return
        for entry in heard.entries:
            fact = entry.event
            if isinstance(fact, AdmissionMade | AdmissionUndone) and (
                fact.show_id == turnstile.show.id
            ):
                self.recount()
                if isinstance(fact, AdmissionUndone):
                    self.hear_undone(turnstile, fact.id)

    @asking("undone")
    async def hear_undone(self, turnstile: Turnstile, admission_id: str) -> None:
        """Take note that an admission was taken back."""
        await turnstile.hear_undone(admission_id)
        self.tell()

    @on(Stale)
    def read_again(self) -> None:
        """Read again; for somebody else, or at another server, this is no gate any more."""
        if self._whose != self._caller:
            self._whose = self._caller
            self.action_other()
        elif self.turnstile is None:
            self.doors.load()
        else:
            self.keep_up()

    @on(LinkMoved)
    def look_again(self) -> None:
        """Tell the house what waits as soon as it is back."""
        self.refresh_bindings()
        self.keep_up()
