"""The app: which screens there are, what reaches all of them, and how it ends."""

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
from contract.problems import NotSignedIn, Problem
from contract.tickets import Ticket
from tui import actions, crash, saved_state, textual_internals
from tui.actions import Action
from tui.app_base import REFUSAL, House
from tui.base_screen import View
from tui.command_palette import Everything
from tui.feed_listener import Link
from tui.keys import read_keys
from tui.messages import Heard, LinkMoved, Stale
from tui.modes import MODES
from tui.own_locks import Holds
from tui.requests import asking
from tui.session import Session
from tui.themes import FIRST, OURS
from tui.widgets.top_bar import TopBar

#: How often what the feed told is shown, in seconds.
PULSE = 0.2


class TicketingApp(House):
    """The marketplace on a terminal."""

    TITLE = "ticketing"
    CSS_PATH = "app.tcss"
    #: Opened at once, not after an empty screen: that saves a fifth of the start (8.2.8).
    DEFAULT_MODE = "market"
    COMMANDS: ClassVar[set[Any]] = {Everything}
    BINDINGS = [*actions.bindings("app"), Binding("ctrl+c", "help_quit", show=False, system=True)]
    ENABLE_COMMAND_PALETTE = True
    HELP = "# ticketing\n\nPress `ctrl+p` for everything that can be done here."

    def __init__(
        self, session: Session, *, mouse: bool = True, theme: str | None = None,
        clock: Clock = SYSTEM,
    ) -> None:  # fmt: skip
        """Open on a session; `theme` beats the one remembered."""
        super().__init__()
        self.session = session
        self.clock = clock
        self.mouse_on = mouse
        self.memory_path = saved_state.path_of(session.env)
        self.memory = saved_state.recall(self.memory_path)
        self.crashed = False
        self.crash_path: Path | None = None
        self.holds = Holds()
        for each in OURS:
            self.register_theme(each)
        wish = theme or session.env.get("TEXTUAL_THEME") or self.memory.theme or FIRST
        self.theme = wish if wish in self.available_themes else FIRST
        if is_on(session.env, "ACCESSIBLE"):
            self.animation_level = "none"
        for name, mode in MODES.items():
            self.add_mode(name, mode.open)

    # Start and end.

    def on_mount(self) -> None:
        textual_internals.end_on_signals(lambda code: self.exit(return_code=code))
        self.use_keys()
        self.session.listen()
        self.set_interval(PULSE, self.pulse)
        self._wished = self.memory.mode
        self.switch_mode(self._wished if self.may_enter(self._wished) else "market")
        self.learn()

    def use_keys(self) -> None:
        """Take the user's own keys; what is wrong with them is said, and the rest still works."""
        keymap, complaints = read_keys(self.session.config.folder / "keys.toml")
        self.set_keymap(keymap)
        self.call_after_refresh(self.refresh_bindings)  # once the keys at the foot listen
        for complaint in complaints:
            self.notify(complaint, title="keys.toml", severity="warning", timeout=REFUSAL)

    @asking()
    async def learn(self) -> None:
        """Find out who one is and what the terms are."""
        await self.session.learn()
        await self.holds.load(self.session)
        if self.session.is_admin or self.session.is_staff:
            self.session.listen()
        self.tell_all(LinkMoved)
        if self._wished and self.may_enter(self._wished):
            self.action_go(self._wished)

    async def action_quit(self) -> None:
        """Leave, unless something would be lost that one may not know of."""
        reasons = [view.unfinished for view in self.screens_open() if isinstance(view, View)]
        reasons += [self.holds.words] if self.holds.words else []
        reasons = [reason for reason in reasons if reason]
        if not reasons:
            self.leave()
            return
        from tui.widgets.confirm_dialog import Question

        self.push_screen(
            Question("Leave now?", "\n".join(reasons), yes="Leave", no="Stay"),
            lambda yes: self.leave() if yes else None,
        )

    def leave(self) -> None:
        """Remember how things look, and end."""
        self.keep_memory()
        self.session.live.stop()
        self.exit()

    def keep_memory(self) -> None:
        """Write down what is restored at the next start."""
        self.memory.theme = self.theme
        for screen in self.screens_open():
            if isinstance(screen, View):
                screen.keep()
        if self.current_mode in MODES:
            self.memory.mode = self.current_mode
        servers = [self.session.server, *self.memory.servers]
        self.memory.servers = list(dict.fromkeys(servers))[:10]
        saved_state.keep(self.memory_path, self.memory)

    def _handle_exception(self, error: Exception) -> None:
        """Pass over what a screen that opens while the app ends finds missing on itself."""
        if self.is_running or not isinstance(error, NoMatches):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """End after a bug: say so in a line, keep the details in a file, without any value."""
        self.crashed = True
        self.crash_path = crash.write(self.memory_path.parent, self.clock.now())
        textual_internals.stop_at_once(self)

    # What reaches every screen.

    @property
    def house(self) -> House:
        """Itself, as its screens know it."""
        return self

    @property
    def mode_title(self) -> str:
        """What the mode one is in is called."""
        return MODES[self.current_mode].title if self.current_mode in MODES else ""

    def screens_open(self) -> list[Screen[Any]]:
        """Return every screen there is, also those behind others."""
        return [screen for stack in self._screen_stacks.values() for screen in stack]

    def tell_all(self, message: Callable[[], Heard | Stale | LinkMoved]) -> None:
        """Tell every screen, each by a message of its own, and draw the bars again."""
        for screen in self.screens_open():
            screen.post_message(message())
        self.catch_up()

    def pulse(self) -> None:
        """Hand on what the feed told since the last time, and show how the line stands."""
        live = self.session.live
        if entries := live.take():
            self.holds.hear(entries, me=self.session.account.id if self.session.account else "")
            self.tell_all(lambda: Heard(entries))
        if live.stale:
            live.stale = False
            self.tell_all(Stale)
        if live.refused is not None:
            refusal, live.refused = live.refused, None
            self.session_ended(refusal)
        if live.link is not self._link:
            before, self._link = self._link, live.link
            self.tell_all(LinkMoved)
            if live.link is Link.LIVE:
                self.came_back(before)
        self.catch_up()

    _link = Link.CONNECTING
    #: The mode to go to once the server has said whether one may.
    _wished = ""

    def came_back(self, before: Link) -> None:
        """Learn what could not be learnt and read what could not be read while it was away."""
        if not self.session.is_known:
            self.learn()
        if before is Link.LOST:
            self.notify("The server is back.", title="live")
            self.tell_all(Stale)

    def catch_up(self) -> None:
        """Draw the bar, the banner and the keys of the screen in front as things stand."""
        if not self.screen_stack:
            return  # the app is ending, and the pulse beat once more
        screen = self.screen
        for bar in screen.query(TopBar):
            bar.catch_up()
        said = self.why_offline()
        for banner in screen.query("#banner").results(Static):
            said = screen.banner(said) if isinstance(screen, View) else said
            banner.display = bool(said)
            if said:
                banner.update(said)
        if (now := self.why_not_write()) != self._why_not_write:
            self._why_not_write = now
            screen.refresh_bindings()

    _why_not_write = ""

    def why_offline(self) -> str:
        """Say how old what is shown is while the server is away; empty while it is not."""
        live = self.session.live
        if live.link is not Link.LOST:
            return ""
        age = countdown((self.session.now() - live.since).total_seconds())
        known = f"{live.since.astimezone():%H:%M:%S}"
        return (
            f"OFFLINE {age}: cannot reach {self.session.server}. What you see is as of {known}; "
            "nothing can be bought or changed. Trying again."
        )

    def why_not_write(self) -> str:
        """Say why nothing can be changed now; empty when it can."""
        if self.session.readonly:
            return "The app was opened to look only (--readonly)."
        if self.session.live.link is Link.LOST:
            return "The server is away; nothing can be changed until it is back."
        return ""

    def may_enter(self, mode: str) -> bool:
        """Whether a mode is of any use to whoever is signed in."""
        if mode == "operator":
            return self.session.is_admin
        if mode == "gate":
            return self.session.is_staff
        return mode in MODES

    def session_ended(self, problem: Problem) -> None:
        """Whoever was signed in is not any more: hear the feed as nobody, and say so."""
        if self.session.signed_in and isinstance(problem, NotSignedIn):
            self.session.enter(None)
            self.session.listen()
            self.notify("Your sign-in has ended; sign in again.", severity="warning")
            self.tell_all(Stale)
            return
        self.notify(problem.detail, title=problem.title(), severity="error", timeout=REFUSAL)

    # Actions.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what writes while nothing can be written."""
        if actions.writes("app", action) and self.why_not_write():
            return None
        return super().check_action(action, parameters)

    def action_go(self, mode: str) -> None:
        if self.may_enter(mode):
            self._wished = ""
            self.switch_mode(mode)
            self.catch_up()
        elif not self.session.is_known:
            self._wished = mode
        else:
            self.notify(f"{MODES[mode].title} is not for this account.", severity="warning")

    def perform(self, place: str, action: Action) -> None:
        """Do what was chosen in the palette, going where it is done first."""
        home = actions.PLACES[place].home
        if not home:
            self.call_later(self.run_action, action.name)
            return
        if getattr(self.screen, "place", "") != place:
            self.switch_mode(home)
        screen = self.screen
        if isinstance(screen, View) and screen.place == place:
            # A mode entered for the first time has nothing on its screen yet.
            screen.call_after_refresh(screen.perform, action.name)
        else:
            self.notify(f"Open a {actions.PLACES[place].title.lower()} first.")

    def action_mouse(self) -> None:
        if not textual_internals.turn_mouse(self, on=not self.mouse_on):
            self.notify("This terminal's mouse cannot be turned on or off.", severity="warning")
            return
        self.mouse_on = not self.mouse_on
        on = "on: clicks are the app's" if self.mouse_on else "off: select text as always"
        self.notify(f"The mouse is {on}.")

    def action_help(self) -> None:
        if self.screen.query("HelpPanel"):  # by name: it brings a Markdown parser, 50 ms of start
            self.action_hide_help_panel()
        else:
            self.action_show_help_panel()

    def action_help_quit(self) -> None:
        self.notify("Press q, or ctrl+q, to leave.", title="ctrl+c does not end this app")

    def action_sell(self) -> None:
        from tui.account.sell_screen import Sell

        self.with_account(lambda: self.push_screen(Sell()))

    def action_servers(self) -> None:
        from tui.server_dialog import Servers

        self.push_screen(Servers(), self.moved)

    def action_sign_in(self) -> None:
        self.with_account(lambda: None)

    def action_sign_up(self) -> None:
        from tui.account.sign_in_dialog import SignIn

        self.push_screen(SignIn(new=True), self.moved)

    @asking()
    async def action_sign_out(self) -> None:
        """End the session here and at the server."""
        if not self.session.signed_in:
            self.notify("Nobody is signed in.")
            return
        await self.session.sign_out()
        self.notify("Signed out.")
        self.moved(True)  # noqa: FBT003  the same

    def with_account(self, then: Callable[[], object]) -> None:
        """Go on if somebody is signed in, else ask for that first."""
        if self.session.signed_in:
            then()
            return
        from tui.account.sign_in_dialog import SignIn

        def signed(in_: bool | None) -> None:  # noqa: FBT001  what a dialog returns
            self.moved(in_)
            if in_:
                then()

        self.push_screen(SignIn(), signed)

    def buy(self, ticket: Ticket) -> None:
        from tui.checkout.purchase_dialog import begin_purchase

        begin_purchase(self, ticket)

    def moved(self, moved: bool | None) -> None:  # noqa: FBT001  what a dialog returns
        """Another person, or another server: hear its feed and read everything again."""
        if not moved:
            return
        self.session.listen()
        self._link = Link.CONNECTING
        if not self.may_enter(self.current_mode):
            self.switch_mode("market")
        self.tell_all(Stale)
        self.learn()
