"""Gate screen: scan entry codes, online or offline."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical

from client.config import BadConfig
from client.gate import REFRESH_AFTER, NothingToUndo, ScanResult, reason_text
from client.transport import Unreachable
from contract.gate import OVERRIDABLE, AdmissionMade, AdmissionUndone, Direction, Verdict
from contract.problems import NotSignedIn, Problem
from tui import actions
from tui.base_screen import BaseScreen
from tui.feed_listener import ConnectionState
from tui.gate import verdict
from tui.gate.code_input import CodeInput
from tui.gate.counts_panel import CountsPanel, EntranceTable
from tui.gate.offline_status import OfflineStatus, offline_banner, unsaved_scans
from tui.gate.override_dialog import OverrideDialog, RefusedCode
from tui.gate.scan_log import ReadOnlyTable, ScanLog, entry_of, unchecked_entry
from tui.gate.show_picker import ShowPicker
from tui.gate.verdict import READY, READY_TO_LEAVE, VerdictKind, VerdictPanel, VerdictText
from tui.gate.worker import GateWorker
from tui.messages import ConnectionChanged, FeedEvents, ReloadNeeded
from tui.requests import request

#: How often the server's counts are loaded and offline scans are synced, in seconds.
RECOUNT = 5.0
#: How often the status is redrawn, in seconds.
TICK = 0.2
#: The maximum age of the list while online: tickets are sold until the doors close.
OLDEST = timedelta(seconds=REFRESH_AFTER)
CHOOSING = {"filter", "entrance"}
SCANNING = {
    "exit_mode", "undo", "override", "sync", "download", "conflicts", "entrances", "other_show",
}  # fmt: skip
WRITES = {"undo", "override", "sync", "download"}
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
`ctrl+b` scans people who leave, and again those who come in. `ctrl+g` counts each entrance.

Supervisors admit with `ctrl+r` whoever was refused last, and say why.
"""

    def __init__(self) -> None:
        """Start without a gate."""
        super().__init__()
        self.worker: GateWorker | None = None
        self.direction = Direction.IN
        self.last_refused: RefusedCode | None = None
        self._shown_status: tuple[object, ...] = ()
        self._identity = ("", "")

    def body(self) -> ComposeResult:
        yield ShowPicker(id="choosing")
        with Vertical(id="scanning"):
            yield CountsPanel(id="head")
            yield VerdictPanel(id="verdict")
            yield ScanLog(name_of=self._name_of, id="scans")
            yield EntranceTable(id="entrances")
            with Horizontal(id="foot"):
                yield CodeInput(placeholder="code", compact=True, id="code")
                yield OfflineStatus(id="list", markup=False)

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
    def counts_panel(self) -> CountsPanel:
        """The counts of the server."""
        return self.query_one(CountsPanel)

    @property
    def may_override(self) -> bool:
        """Whether the user is a supervisor here; while offline, whether the list says so."""
        stored = None if self.worker is None else self.worker.admission_list
        known = self.counts_panel.counts or stored
        return known is not None and known.may_override

    @property
    def is_offline(self) -> bool:
        """Whether scans are answered from the list, not by the server."""
        lost = self.session.feed.state is ConnectionState.OFFLINE
        return self.worker is not None and (lost or not self.worker.online)

    @property
    def unsaved_work(self) -> str:
        """Say how many scans are not synced yet; empty if all are. They are kept in any case."""
        return unsaved_scans(self.worker)

    @property
    def _current_identity(self) -> tuple[str, str]:
        return self.session.server, self.session.api.token or ""

    def _name_of(self, account_id: str) -> str:
        account = self.session.account
        return "here" if account is None or account_id in ("", account.id) else account_id

    @on(ShowPicker.ShowChosen)
    @request("open")
    async def open(self, chosen: ShowPicker.ShowChosen) -> None:
        """Open the gate of a show, ready for the first scan."""
        worker = GateWorker(self.session, chosen.show, entrance=chosen.entrance)
        await worker.open()
        self.worker, self.direction, self.last_refused = worker, Direction.IN, None
        self.counts_panel.open(worker)
        self.app_base.saved_state.entrance = chosen.entrance
        self.set_class(True, "-scanning")  # noqa: FBT003  Textual's own
        self.query_one(CodeInput).focus()
        self.verdict_panel.show(READY)
        self.scan_log.clear()
        self.refresh_status()
        self.refresh_bindings()
        self.sync_and_refresh()
        self.query_one(OfflineStatus).download(worker)

    def action_other_show(self) -> None:
        self.worker = None
        self.remove_class("-scanning", "-entrances")
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
        if worker is self.worker:
            self.show_answer(code, answer)

    def show_answer(self, code: str, answer: ScanResult | None) -> None:
        """Show and log the answer to a code, and remember which code was refused last."""
        if answer is None:
            self.verdict_panel.restore()
            return
        self.verdict_panel.show(verdict.verdict_text(answer))
        if answer.repeated:  # counted and logged once
            return
        self.scan_log.add(entry_of(answer))
        last = self.last_refused
        if answer.verdict is Verdict.REFUSED:
            self.app.bell()
            if answer.direction is Direction.IN:
                self.last_refused = RefusedCode(code, answer)
        elif last is not None and last.answer.ticket == answer.ticket:
            self.last_refused = None
        self.refresh_status()
        self.recount()

    def action_override(self) -> None:
        """Ask a supervisor why the code that was refused last is admitted."""
        last = self.last_refused
        if self.worker is None or last is None:
            self.app_base.notify("No code was refused here.")
        elif last.answer.reason not in OVERRIDABLE:
            self.app_base.notify(f"It cannot be overridden: {reason_text(last.answer)}.")
        else:
            dialog = OverrideDialog(self.worker, last)
            self.app.push_screen(dialog, partial(self.show_answer, last.code))

    def show_not_checked(self, worker: GateWorker, failure: Exception) -> None:
        """Show that a code could not be checked, which is neither an admission nor a refusal."""
        if worker is not self.worker:
            return
        unchecked = verdict.unchecked_text(failure)
        self.app.bell()
        self.verdict_panel.show(unchecked)
        key, now = self.session.clock.new_key(), self.session.now()
        self.scan_log.add(unchecked_entry(key, now, unchecked.lines[-1]))
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

    def recount(self) -> None:
        """Load the server's counts, unless the gate is offline."""
        if self.worker is not None and not self.is_offline:
            self.counts_panel.recount(self.worker)

    def sync_and_refresh(self) -> None:
        """While online: reload the counts, sync offline scans, and download an old list again."""
        worker = self.worker
        if worker is None or self.is_offline:
            return
        self.recount()
        if worker.counters.waiting and not self.session.readonly:
            self.query_one(OfflineStatus).sync(worker)
        if worker.is_older_than(OLDEST):
            self.query_one(OfflineStatus).download(worker)

    def action_sync(self) -> None:
        if self.worker is not None:
            self.query_one(OfflineStatus).sync(self.worker, asked=True)

    def action_conflicts(self) -> None:
        if not self.scan_log.conflicts:
            self.app_base.notify("No conflicts so far.")
        self.remove_class("-entrances")
        hidden = not self.scan_log.has_class("-conflicts")
        self.scan_log.set_conflicts_visible(bool(self.scan_log.conflicts) and hidden)

    def action_entrances(self) -> None:
        self.scan_log.set_conflicts_visible(False)
        self.toggle_class("-entrances")

    def action_scroll(self, by: int) -> None:
        for table in self.query(ReadOnlyTable):
            table.page(by)

    def action_download(self) -> None:
        if self.worker is not None:
            self.query_one(OfflineStatus).download(self.worker, asked=True)

    # Status.

    def refresh_status(self) -> None:
        """Redraw the counts, the age of the list, and the conflicts."""
        worker = self.worker
        if worker is None or not self.is_attached:
            return
        counts = self.counts_panel.counts
        status = (
            worker, counts, worker.counters, worker.conflicts, worker.download_progress,
            worker.admission_list, self.direction,
        )  # fmt: skip
        if status == self._shown_status:
            return
        self._shown_status = status
        self.counts_panel.redraw(worker, self.direction)
        self.query_one(EntranceTable).set_rows(() if counts is None else counts.entrances)
        self.query_one(OfflineStatus).redraw(worker)
        if worker.conflicts != self.scan_log.conflicts:
            self.remove_class("-entrances")
            self.scan_log.show_conflicts(worker.conflicts)
        self.refresh_bindings()  # who may override is known once there are counts or a list

    def banner(self, message: str) -> str:
        """Return the offline banner with the age of the list."""
        worker = self.worker
        if worker is None or not (message or self.is_offline):
            return message
        return offline_banner(worker)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Show only the actions that are possible now. An admission can be undone offline too."""
        at_gate = self.worker is not None
        if action in CHOOSING | SCANNING:
            if at_gate is not (action in SCANNING):
                return False
            if action == "override" and not self.may_override:
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
