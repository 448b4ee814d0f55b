"""Gate screen: scan entry codes, online or offline."""

from __future__ import annotations

from datetime import timedelta

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from client.config import BadConfig
from client.gate import REFRESH_AFTER, NothingToUndo
from client.transport import Unreachable
from contract.gate import VIEW_GATE, AdmissionMade, AdmissionUndone, Direction, GateCounts, Verdict
from contract.problems import NotSignedIn, Problem
from tui import actions
from tui.base_screen import BaseScreen
from tui.feed_listener import ConnectionState
from tui.gate import status_text, verdict
from tui.gate.code_input import CodeInput
from tui.gate.scan_log import ScanLog, ScanLogEntry, entry_of
from tui.gate.show_picker import ShowPicker
from tui.gate.verdict import READY, READY_TO_LEAVE, VerdictKind, VerdictPanel, VerdictText
from tui.gate.worker import GateWorker
from tui.messages import ConnectionChanged, FeedEvents, ReloadNeeded
from tui.requests import request
from tui.widgets.styled_text import StyledText, Tone

#: How often the server's counts are loaded and offline scans are synced, in seconds.
RECOUNT = 5.0
#: How often the status is redrawn, in seconds.
TICK = 0.2
#: The maximum age of the list while online: tickets are sold until the doors close.
OLDEST = timedelta(seconds=REFRESH_AFTER)
CHOOSING = {"filter", "entrance"}
SCANNING = {"exit_mode", "undo", "sync", "download", "conflicts", "other_show"}
WRITES = {"undo", "sync", "download"}
#: Actions that are possible only while online.
BY_LINE = {"sync", "download"}


class GateScreen(BaseScreen):
    """First the show picker, then one scan after the other. The scanner always has the focus."""

    scope = "gate"
    CSS_PATH = "screen.tcss"
    BINDINGS = [
        *actions.bindings("gate"),
        Binding("pageup", "scroll(-1)", show=False), Binding("pagedown", "scroll(1)", show=False),
    ]  # fmt: skip
    AUTO_FOCUS = "#gate-shows"
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (10, "-low"), (16, "-short"), (22, "-mid"), (30, "-tall")]
    HELP = """\
# The gate

A scanner types a code and `enter`; you can too. While offline, the gate uses the list that
`ctrl+l` downloads, and `ctrl+s` syncs the scans afterwards. `ctrl+z` undoes the last admission.
`ctrl+b` scans people who leave, and again those who come in.
"""

    def __init__(self) -> None:
        """Start without a gate."""
        super().__init__()
        self.worker: GateWorker | None = None
        self.counts: GateCounts | None = None
        self.direction = Direction.IN
        self._shown_status: tuple[object, ...] = ()
        self._identity = ("", "")

    def body(self) -> ComposeResult:
        yield ShowPicker(id="choosing")
        with Vertical(id="scanning"):
            with Horizontal(id="head"):
                yield Static(id="which-show", markup=False)
                yield Static(id="counts", markup=False)
            yield VerdictPanel(id="verdict")
            yield ScanLog(name_of=self._name_of, id="scans")
            with Horizontal(id="foot"):
                yield CodeInput(placeholder="code", compact=True, id="code")
                yield Static(id="list", markup=False)

    def on_mount(self) -> None:
        self._identity = self._current_identity
        self.set_interval(TICK, self.refresh_status, name="tick")
        self.set_interval(RECOUNT, self.sync_and_refresh)
        self.show_picker.load()

    @property
    def show_picker(self) -> ShowPicker:
        """The show picker."""
        return self.query_one("#choosing", ShowPicker)

    @property
    def verdict_panel(self) -> VerdictPanel:
        """The panel that shows the verdict."""
        return self.query_one("#verdict", VerdictPanel)

    @property
    def scan_log(self) -> ScanLog:
        """The scan log."""
        return self.query_one("#scans", ScanLog)

    @property
    def is_offline(self) -> bool:
        """Whether scans are answered from the list, not by the server."""
        lost = self.session.feed.state is ConnectionState.OFFLINE
        return self.worker is not None and (lost or not self.worker.online)

    @property
    def unsaved_work(self) -> str:
        """Say how many scans are not synced yet; empty if all are. They are kept in any case."""
        return status_text.unsaved_scans(self.worker)

    @property
    def _current_identity(self) -> tuple[str, str]:
        return self.session.server, self.session.api.token or ""

    def _name_of(self, account_id: str) -> str:
        account = self.session.account
        return "here" if account is None or account_id in ("", account.id) else account_id

    # Choosing the gate.

    @on(ShowPicker.ShowChosen)
    @request("open")
    async def open(self, chosen: ShowPicker.ShowChosen) -> None:
        """Open the gate of a show, ready for the first scan."""
        worker = GateWorker(self.session, chosen.show, entrance=chosen.entrance)
        await worker.open()
        self.worker, self.counts, self.direction = worker, None, Direction.IN
        self.app_base.saved_state.entrance = chosen.entrance
        self.set_class(True, "-scanning")  # noqa: FBT003  Textual's own
        self.query_one(CodeInput).focus()
        self.verdict_panel.show(READY)
        self.scan_log.clear()
        self.refresh_status()
        self.refresh_bindings()
        self.sync_and_refresh()
        self.download(self.worker)

    def action_other_show(self) -> None:
        self.worker = None
        self.remove_class("-scanning")
        self.show_picker.table.focus()
        self.show_picker.load()
        self.refresh_bindings()

    def action_exit_mode(self) -> None:
        going_out = self.direction is Direction.IN
        self.direction = Direction.OUT if going_out else Direction.IN
        self.verdict_panel.show(READY_TO_LEAVE if going_out else READY)
        self.refresh_status()

    def on_descendant_blur(self) -> None:
        self.call_after_refresh(self.keep_focus)

    def keep_focus(self) -> None:
        """Give the focus back to the code input."""
        box = self.query_one(CodeInput)
        if self.worker is not None and self.focused is not box:
            box.focus()

    def action_filter(self) -> None:
        self.query_one("#filter").focus()

    def action_entrance(self) -> None:
        self.query_one("#entrance").focus()

    def action_back(self) -> None:
        if self.worker is not None:
            self.query_one(CodeInput).value = ""
        else:
            self.show_picker.clear_filter()

    # Scanning.

    @on(CodeInput.CodeEntered)
    def submit_code(self, entered: CodeInput.CodeEntered) -> None:
        """Queue a code behind the scans in progress."""
        if self.session.readonly:
            reason = self.app_base.write_block_reason()
            self.verdict_panel.show(VerdictText(VerdictKind.UNCHECKED, "READ-ONLY", "", (reason,)))
        elif self.worker is not None:
            self.verdict_panel.show_checking()
            self.scan(self.worker, entered.code, self.direction)

    @work(group="scans")
    async def scan(self, worker: GateWorker, code: str, direction: Direction) -> None:
        """Show the answer to a code. Answers come in the order of the codes."""
        try:
            answer = await worker.scan(code, direction)
        except (Unreachable, Problem, BadConfig) as failure:
            self.show_not_checked(worker, failure)
            return
        if worker is not self.worker:
            return
        if answer is None:
            self.verdict_panel.restore()
            return
        self.verdict_panel.show(verdict.verdict_text(answer))
        if answer.repeated:  # counted and logged once
            return
        self.scan_log.add(entry_of(answer))
        if answer.verdict is Verdict.REFUSED:
            self.app.bell()
        self.refresh_status()
        self.recount()

    def show_not_checked(self, worker: GateWorker, failure: Exception) -> None:
        """Show that a code could not be checked, which is neither an admission nor a refusal."""
        if worker is not self.worker:
            return
        unchecked = verdict.unchecked_text(failure)
        self.app.bell()
        self.verdict_panel.show(unchecked)
        now, word = self.session.now(), StyledText("ERROR", Tone.WARN)
        key = self.session.clock.new_key()
        self.scan_log.add(ScanLogEntry(key=key, at=now, word=word, why=unchecked.lines[-1]))
        if isinstance(failure, NotSignedIn):
            self.app_base.session_ended(failure)

    @request("undo")
    async def action_undo(self) -> None:
        """Undo the last admission, and show which one that was."""
        worker = self.worker
        if worker is None:
            return
        try:
            taken = await worker.undo()
        except NothingToUndo:
            self.app_base.notify("There is no admission to undo.")
            return
        line = self.scan_log.mark_undone(taken.scan_id)
        seat = line.seat if line is not None else ""
        self.verdict_panel.show(verdict.undone_text(taken, seat))
        self.refresh_status()
        self.recount()

    # Requests.

    @request("recount")
    async def recount(self) -> None:
        """Load the server's counts for all entrances. While offline, the last counts stay."""
        worker = self.worker
        if worker is None or self.is_offline:
            return
        try:
            counts = await self.session.call(VIEW_GATE, show_id=worker.show.id)
        except Unreachable:
            return
        if worker is self.worker:
            self.counts = counts
            self.refresh_status()

    def sync_and_refresh(self) -> None:
        """While online: reload the counts, sync offline scans, and download an old list again."""
        worker = self.worker
        if worker is None or self.is_offline:
            return
        self.recount()
        if worker.counters.waiting and not self.session.readonly:
            self.sync(worker)
        if worker.is_older_than(OLDEST):
            self.download(worker)

    def action_sync(self) -> None:
        if self.worker is not None:
            self.sync(self.worker, asked=True)

    @request("sync")
    async def sync(self, worker: GateWorker, *, asked: bool = False) -> None:
        """Sync offline scans with the server; conflicts are listed."""
        before = {conflict.scan_id for conflict in worker.conflicts}
        try:
            synced = await worker.sync()
        except Unreachable:
            if asked:
                raise
            return
        if worker is not self.worker:
            return
        self.refresh_status()
        self.recount()
        if {conflict.scan_id for conflict in synced.conflicts} - before:
            self.app.bell()
        elif synced.sent or asked:
            self.app_base.notify(f"{synced.sent} scans synced with the server.", title="synced")

    def action_conflicts(self) -> None:
        if not self.scan_log.conflicts:
            self.app_base.notify("No conflicts so far.")
        hidden = not self.scan_log.has_class("-conflicts")
        self.scan_log.set_conflicts_visible(bool(self.scan_log.conflicts) and hidden)

    def action_scroll(self, by: int) -> None:
        self.scan_log.scroll(by)

    def action_download(self) -> None:
        if self.worker is not None:
            self.download(self.worker, asked=True)

    @request("download")
    async def download(self, worker: GateWorker, *, asked: bool = False) -> None:
        """Download the admission list. Scanning continues meanwhile."""
        try:
            admission_list = await worker.download()
        except Unreachable:
            if asked:
                raise
            return
        if asked:
            self.app_base.notify(
                f"{admission_list.size:,} tickets can be admitted.", title="list downloaded"
            )
        self.refresh_status()

    # Status.

    def refresh_status(self) -> None:
        """Redraw the counts, the age of the list, and the conflicts."""
        worker = self.worker
        if worker is None or not self.is_attached:
            return
        status = (
            worker, self.counts, worker.counters, worker.conflicts, worker.download_progress,
            worker.admission_list, self.direction,
        )  # fmt: skip
        if status == self._shown_status:
            return
        self._shown_status = status
        self.query_one("#which-show", Static).update(status_text.show_title(worker, self.direction))
        self.query_one("#counts", Static).update(status_text.count_summary(worker, self.counts))
        self.query_one("#list", Static).update(status_text.list_status(worker))
        if worker.conflicts != self.scan_log.conflicts:
            self.scan_log.show_conflicts(worker.conflicts)

    def banner(self, message: str) -> str:
        """Return the offline banner with the age of the list."""
        worker = self.worker
        if worker is None or not (message or self.is_offline):
            return message
        return status_text.offline_banner(worker)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Show only the actions that are possible now. An admission can be undone offline too."""
        at_gate = self.worker is not None
        if action in CHOOSING | SCANNING:
            if at_gate is not (action in SCANNING):
                return False
            if action in WRITES and self.session.readonly:
                return None
            return (
                None
                if action in BY_LINE and self.session.feed.state is ConnectionState.OFFLINE
                else True
            )
        return super().check_action(action, parameters)

    # Events.

    @on(FeedEvents)
    def handle_events(self, message: FeedEvents) -> None:
        """Reload the counts after admissions, and note admissions that were undone elsewhere."""
        worker = self.worker
        if worker is None:
            return
        for entry in message.entries:
            event = entry.event
            if isinstance(event, AdmissionMade | AdmissionUndone) and (
                event.show_id == worker.show.id
            ):
                self.recount()
                if isinstance(event, AdmissionUndone):
                    self.note_undone(worker, event.id)

    @request("undone")
    async def note_undone(self, worker: GateWorker, admission_id: str) -> None:
        """Note that an admission was undone."""
        await worker.note_undone(admission_id)
        self.refresh_status()

    @on(ReloadNeeded)
    def reload(self) -> None:
        """Reload; if the user or the server changed, go back to the show picker."""
        if self._identity != self._current_identity:
            self._identity = self._current_identity
            self.action_other_show()
        elif self.worker is None:
            self.show_picker.load()
        else:
            self.sync_and_refresh()

    @on(ConnectionChanged)
    def look_again(self) -> None:
        """Sync as soon as the connection is restored."""
        self.refresh_bindings()
        self.sync_and_refresh()
