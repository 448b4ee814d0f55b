"""The app: its modes, what every screen shares, and how it exits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from textual.binding import Binding
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widgets import Static

from client.clock import SYSTEM, Clock
from client.config import is_on
from client.formatting import countdown
from contract.auth import AccountBanned
from contract.problems import Forbidden, NotSignedIn, Problem
from contract.tickets import Ticket
from tui import actions, crash, saved_state, textual_internals
from tui.actions import AppAction
from tui.app_base import ERROR_SECONDS, AppBase
from tui.base_screen import BaseScreen
from tui.command_palette import ActionProvider
from tui.feed_listener import ConnectionState
from tui.keys import read_keys
from tui.messages import ConnectionChanged, FeedEvents, ReloadNeeded
from tui.modes import MODES
from tui.own_locks import OwnLocks
from tui.requests import request
from tui.session import MEMBERSHIP_EVENTS, UserSession
from tui.themes import FIRST, OURS
from tui.widgets.top_bar import TopBar

#: How often the app takes new events from the feed, in seconds.
PULSE = 0.2


class TicketingApp(AppBase):
    """The marketplace on a terminal."""

    TITLE = "ticketing"
    CSS_PATH = "app.tcss"
    #: Opened at once, not after an empty screen: that saves a fifth of the start-up time (8.2.8).
    DEFAULT_MODE = "market"
    COMMANDS: ClassVar[set[Any]] = {ActionProvider}
    BINDINGS = [*actions.bindings("app"), Binding("ctrl+c", "help_quit", show=False, system=True)]
    ENABLE_COMMAND_PALETTE = True
    HELP = "# ticketing\n\nPress `ctrl+p` for every command."

    def __init__(
        self, session: UserSession, *, mouse: bool = True, theme: str | None = None,
        clock: Clock = SYSTEM,
    ) -> None:  # fmt: skip
        """Open on a session. `theme` overrides the saved theme."""
        super().__init__()
        self.session = session
        self.clock = clock
        self.mouse_on = mouse
        self.saved_state_path = saved_state.path_of(session.env)
        self.saved_state = saved_state.load(self.saved_state_path)
        self.crashed = False
        self.crash_path: Path | None = None
        self.own_locks = OwnLocks()
        for each in OURS:
            self.register_theme(each)
        wish = theme or session.env.get("TEXTUAL_THEME") or self.saved_state.theme or FIRST
        self.theme = wish if wish in self.available_themes else FIRST
        if is_on(session.env, "ACCESSIBLE"):
            self.animation_level = "none"
        for name, mode in MODES.items():
            self.add_mode(name, mode.open)

    # Start and exit.

    def on_mount(self) -> None:
        textual_internals.end_on_signals(lambda code: self.exit(return_code=code))
        self.load_keymap()
        self.session.listen()
        self.set_interval(PULSE, self.pulse)
        self._requested_mode = self.saved_state.mode
        self.switch_mode(self._requested_mode if self.can_enter(self._requested_mode) else "market")
        self.load_identity()

    def load_keymap(self) -> None:
        """Load the user's key bindings; report invalid ones and use the rest."""
        keymap, problems = read_keys(self.session.config.folder / "keys.toml")
        self.set_keymap(keymap)
        self.call_after_refresh(self.refresh_bindings)  # once the key hints are subscribed
        for problem in problems:
            self.notify(problem, title="keys.toml", severity="warning", timeout=ERROR_SECONDS)

    @request()
    async def load_identity(self) -> None:
        """Load the terms, the signed-in account and its locks."""
        await self.session.load_identity()
        await self.own_locks.load(self.session)
        if self.session.is_admin or self.session.is_staff:
            self.session.listen()
        self.post_to_all(ConnectionChanged)
        if self._requested_mode and self.can_enter(self._requested_mode):
            self.action_go(self._requested_mode)

    async def action_quit(self) -> None:
        """Quit, after a confirmation if unsaved work would be lost."""
        reasons = [
            view.unsaved_work for view in self.screens_open() if isinstance(view, BaseScreen)
        ]
        reasons += [self.own_locks.summary] if self.own_locks.summary else []
        reasons = [reason for reason in reasons if reason]
        if not reasons:
            self.quit_app()
            return
        from tui.widgets.confirm_dialog import ConfirmDialog

        self.push_screen(
            ConfirmDialog("Quit now?", "\n".join(reasons), yes="Quit", no="Stay"),
            lambda yes: self.quit_app() if yes else None,
        )

    def quit_app(self) -> None:
        """Save the state of the app, and exit."""
        self.save_state()
        self.session.feed.stop()
        self.exit()

    def save_state(self) -> None:
        """Write the state that the next start restores."""
        self.saved_state.theme = self.theme
        for screen in self.screens_open():
            if isinstance(screen, BaseScreen):
                screen.update_saved_state()
        if self.current_mode in MODES:
            self.saved_state.mode = self.current_mode
        servers = [self.session.server, *self.saved_state.servers]
        self.saved_state.servers = list(dict.fromkeys(servers))[:10]
        saved_state.save(self.saved_state_path, self.saved_state)

    def _handle_exception(self, error: Exception) -> None:
        """Ignore the missing widgets of a screen that opens while the app exits."""
        if self.is_running or not isinstance(error, NoMatches):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Exit after a bug: write a crash log without any values, and print one line."""
        self.crashed = True
        self.crash_path = crash.write(self.saved_state_path.parent, self.clock.now())
        textual_internals.stop_at_once(self)

    # What every screen uses.

    @property
    def app_base(self) -> AppBase:
        """The app by its base type, as the screens use it."""
        return self

    @property
    def mode_title(self) -> str:
        """The title of the current mode."""
        return MODES[self.current_mode].title if self.current_mode in MODES else ""

    def screens_open(self) -> list[Screen[Any]]:
        """Return every open screen, including those behind others."""
        return [screen for stack in self._screen_stacks.values() for screen in stack]

    def post_to_all(
        self, message: Callable[[], FeedEvents | ReloadNeeded | ConnectionChanged]
    ) -> None:
        """Post a new message to every screen, and update the bars."""
        for screen in self.screens_open():
            screen.post_message(message())
        self.update_chrome()

    def pulse(self) -> None:
        """Handle what the feed received since the last pulse, and connection changes."""
        feed = self.session.feed
        if entries := feed.take():
            self.own_locks.handle_events(
                entries, me=self.session.account.id if self.session.account else ""
            )
            self.post_to_all(lambda: FeedEvents(entries))
            if any(isinstance(entry.event, MEMBERSHIP_EVENTS) for entry in entries):
                self.load_identity()
        if feed.events_missed:
            feed.events_missed = False
            self.post_to_all(ReloadNeeded)
        if feed.rejection is not None:
            refusal, feed.rejection = feed.rejection, None
            self.feed_rejected(refusal)
        if feed.state is not self._feed_state:
            before, self._feed_state = self._feed_state, feed.state
            self.post_to_all(ConnectionChanged)
            if feed.state is ConnectionState.ONLINE:
                self.on_reconnect(before)
        self.update_chrome()

    _feed_state = ConnectionState.CONNECTING
    #: The mode to switch to once the server has confirmed the account's role.
    _requested_mode = ""

    def on_reconnect(self, before: ConnectionState) -> None:
        """Load what could not be loaded while the app was offline."""
        if not self.session.identity_known:
            self.load_identity()
        if before is ConnectionState.OFFLINE:
            self.notify("The server is back.", title="online")
            self.post_to_all(ReloadNeeded)

    def update_chrome(self) -> None:
        """Update the top bar, the banner and the key hints of the current screen."""
        if not self.screen_stack:
            return  # the app is exiting, and the pulse fires once more
        screen = self.screen
        for bar in screen.query(TopBar):
            bar.refresh_content()
        text = self.offline_message()
        for banner in screen.query("#banner").results(Static):
            text = screen.banner(text) if isinstance(screen, BaseScreen) else text
            banner.display = bool(text)
            if text:
                banner.update(text)
        if (now := self.write_block_reason()) != self._why_not_write:
            self._why_not_write = now
            screen.refresh_bindings()

    _why_not_write = ""

    def offline_message(self) -> str:
        """Return the banner for when the app is offline; empty while it is online."""
        feed = self.session.feed
        if feed.state is not ConnectionState.OFFLINE:
            return ""
        age = countdown((self.session.now() - feed.since).total_seconds())
        known = f"{feed.since.astimezone():%H:%M:%S}"
        return (
            f"OFFLINE {age}: cannot reach {self.session.server}. Showing data as of {known}; "
            "nothing can be bought or changed. Reconnecting…"
        )

    def write_block_reason(self) -> str:
        """Return why nothing can be changed now; empty if changes are possible."""
        if self.session.readonly:
            return "The app is read-only (--readonly)."
        if self.session.feed.state is ConnectionState.OFFLINE:
            return "The app is offline; nothing can be changed until the server is back."
        return ""

    def can_enter(self, mode: str) -> bool:
        """Whether the signed-in account has access to a mode."""
        if mode == "operator":
            return self.session.is_admin
        if mode == "gate":
            return self.session.is_staff or bool(self.session.organisers)
        if mode == "organiser":
            return bool(self.session.managed)
        return mode in MODES

    def feed_rejected(self, problem: Problem) -> None:
        """Handle a feed that the server has ended: the session is over, or the role has changed."""
        if isinstance(problem, Forbidden) and self.session.is_admin:
            self.session.account = None
            self.account_or_server_changed(True)  # noqa: FBT003  the same
            self.notify("This account is no longer an operator.", severity="warning")
            return
        self.session_ended(problem)

    def session_ended(self, problem: Problem) -> None:
        """Handle the end of the session: follow the feed anonymously and notify the user."""
        if self.session.signed_in and isinstance(problem, NotSignedIn | AccountBanned):
            self.session.use_token(None)
            self.session.listen()
            banned = isinstance(problem, AccountBanned)
            text = problem.detail if banned else "Your session has ended. Sign in again."
            self.notify(text, severity="warning")
            self.post_to_all(ReloadNeeded)
            return
        self.notify(problem.detail, title=problem.title(), severity="error", timeout=ERROR_SECONDS)

    # Actions.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable actions that write while writing is not possible."""
        if actions.writes("app", action) and self.write_block_reason():
            return None
        return super().check_action(action, parameters)

    def action_go(self, mode: str) -> None:
        if self.can_enter(mode):
            self._requested_mode = ""
            self.switch_mode(mode)
            self.update_chrome()
        elif not self.session.identity_known:
            self._requested_mode = mode
        else:
            self.notify(
                f"This account has no access to the {MODES[mode].title} screen.", severity="warning"
            )

    def perform(self, scope: str, action: AppAction) -> None:
        """Run an action chosen in the palette, after switching to its screen."""
        home = actions.SCOPES[scope].mode
        if not home:
            self.call_later(self.run_action, action.name)
            return
        if getattr(self.screen, "scope", "") != scope:
            self.switch_mode(home)
        screen = self.screen
        if isinstance(screen, BaseScreen) and screen.scope == scope:
            # A mode that is opened for the first time has no widgets yet.
            screen.call_after_refresh(screen.perform, action.name)
        else:
            self.notify(f"Open a {actions.SCOPES[scope].title.lower()} first.")

    def action_mouse(self) -> None:
        if not textual_internals.turn_mouse(self, on=not self.mouse_on):
            self.notify(
                "This terminal does not support turning the mouse on or off.", severity="warning"
            )
            return
        self.mouse_on = not self.mouse_on
        on = "on: clicks go to the app" if self.mouse_on else "off: select text as usual"
        self.notify(f"The mouse is {on}.")

    def action_help(self) -> None:
        if self.screen.query("HelpPanel"):  # by name: importing it loads a Markdown parser (50 ms)
            self.action_hide_help_panel()
        else:
            self.action_show_help_panel()

    def action_help_quit(self) -> None:
        self.notify("Press q or ctrl+q to quit.", title="ctrl+c does not end this app")

    def action_sell(self) -> None:
        from tui.account.sell_screen import SellScreen

        self.with_account(lambda: self.push_screen(SellScreen()))

    def action_servers(self) -> None:
        from tui.server_dialog import ServerDialog

        self.push_screen(ServerDialog(), self.account_or_server_changed)

    def action_sign_in(self) -> None:
        self.with_account(lambda: None)

    def action_sign_up(self) -> None:
        from tui.account.sign_in_dialog import SignInDialog

        self.push_screen(SignInDialog(new=True), self.account_or_server_changed)

    @request()
    async def action_sign_out(self) -> None:
        """Sign out here and on the server."""
        if not self.session.signed_in:
            self.notify("You are not signed in.")
            return
        await self.session.sign_out()
        self.notify("Signed out.")
        self.account_or_server_changed(True)  # noqa: FBT003  the same

    def with_account(self, then: Callable[[], object]) -> None:
        """Call `then` if a user is signed in; otherwise ask them to sign in first."""
        if self.session.signed_in:
            then()
            return
        from tui.account.sign_in_dialog import SignInDialog

        def signed(in_: bool | None) -> None:  # noqa: FBT001  what a dialog returns
            self.account_or_server_changed(in_)
            if in_:
                then()

        self.push_screen(SignInDialog(), signed)

    def buy(self, ticket: Ticket) -> None:
        from tui.checkout.purchase_dialog import begin_purchase

        begin_purchase(self, ticket)

    def account_or_server_changed(self, changed: bool | None) -> None:  # noqa: FBT001  what a dialog returns
        """Reload everything for another user or another server."""
        if not changed:
            return
        self.session.listen()
        self._feed_state = ConnectionState.CONNECTING
        if not self.can_enter(self.current_mode):
            self.switch_mode("market")
        self.post_to_all(ReloadNeeded)
        self.load_identity()
