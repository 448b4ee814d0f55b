"""Context: the `Run` that every command receives; its parts are created on first use."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, TextIO, cast

from client.clock import SYSTEM, Clock
from client.config import Config, is_on
from ticketing_cli.runtime.errors import CommandError, ExitCode
from ticketing_cli.runtime.output import Fields, Output, chosen
from ticketing_cli.runtime.streams import Messages
from ticketing_cli.runtime.terminal import Color

if TYPE_CHECKING:
    from datetime import datetime

    import httpx
    import msgspec
    import typer

    from client.api import Api
    from client.credentials import Credentials


class Run:
    """One run of `ticketing`: its settings, streams and connections.

    The global options are set while the command line is parsed; commands only read them.
    """

    color: Color | None = None
    no_input = False
    debug = False
    server: str | None = None
    #: Whether JSON was requested: nothing is prompted for, and errors are JSON too.
    as_json = False

    def __init__(
        self,
        env: Mapping[str, str],
        *,
        stdin: TextIO | None = None,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
        clock: Clock = SYSTEM,
        http_transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Take the environment; tests also pass streams, a clock and an HTTP transport."""
        self.env = env
        self.stdin = stdin or sys.stdin
        self._stdout = stdout or sys.stdout
        self._stderr = cast("TextIO", Messages(stderr or sys.stderr))
        self.clock = clock
        self._http_transport = http_transport
        self.debug = self.is_set("TICKETING_DEBUG")
        #: Values that must not appear in a message or a traceback.
        self.secrets: set[str] = set()
        self._opened: list[Api] = []

    @classmethod
    def of(cls, ctx: typer.Context) -> Run:
        """Return the run that a command belongs to: `run = Run.of(ctx)` is its first line."""
        return cast("Run", ctx.obj)

    @cached_property
    def out(self) -> Output:
        """The writer of results and messages."""
        wish = self.color or Color(self._env_color())
        output = Output(self._stdout, self._stderr, self.env, color=wish, clock=self.clock)
        output.now = self.now
        return output

    def now(self) -> datetime:
        """Return the time by the server's clock, once it has responded: deadlines are its."""
        return self._opened[-1].now() if self._opened else self.clock.now()

    @cached_property
    def config(self) -> Config:
        """The user's settings."""
        return Config(self.env, flags={"server": self.server} if self.server else None)

    @cached_property
    def credentials(self) -> Credentials:
        """The stored sign-ins."""
        from client.credentials import Credentials

        preference = self.config.get("credential_store").value
        return Credentials(self.config.folder, self.env, preference=preference)

    @cached_property
    def api(self) -> Api:
        """The server's client, with the token of whoever is signed in, if anybody is."""
        api = self.connect(None)
        api.token = self.credentials.token(api.server)
        if api.token:
            self.secrets.add(api.token)
        return api

    def connect(self, token: str | None) -> Api:
        """Return a client of the server with this token instead of the stored one."""
        from client.api import Api

        api = Api(
            self.config.get("server").value,
            token,
            insecure=self.is_set("TICKETING_INSECURE"),
            http_transport=self._http_transport,
            clock=self.clock,
        )
        self._opened.append(api)
        return api

    def close(self) -> None:
        """Close every connection that was opened."""
        for api in self._opened:
            api.close()

    def fields(self, wish: str | None, kind: type[msgspec.Struct]) -> Fields | None:
        """Parse --json for records of this kind; call it before anything else is done."""
        self.as_json = self.as_json or wish is not None
        return chosen(wish, kind)

    # Prompts.

    @property
    def interactive(self) -> bool:
        """Whether prompts are possible: both ends are a terminal, and prompts are allowed."""
        forbidden = self.no_input or self.as_json or self.is_set("TICKETING_PROMPT_DISABLED")
        return not forbidden and self.stdin.isatty() and self._stderr.isatty()

    def require_input(self, flag: str) -> None:
        """Raise CommandError naming the flag to use where no prompt is possible."""
        if not self.interactive:
            verb = "are" if " with " in flag else "is"
            message = f"{flag} {verb} required when not run interactively"
            hint = "run it in a terminal, or add the flag"
            raise CommandError(ExitCode.USAGE, message, hint=hint)

    def ask(self, question: str, *, flag: str) -> str:
        """Prompt for a line of text; `flag` is the option that gives it without a prompt."""
        self.require_input(flag)
        while True:
            if answer := self._read_answer(f"{question}: "):
                return answer

    def confirm(
        self, question: str, *, flag: str = "--yes", declined: str = "Nothing was changed"
    ) -> None:
        """Ask for a yes; raise CommandError with exit code 1 for anything else."""
        self.require_input(flag)
        if self._read_answer(f"{question} [y/N] ").lower() not in {"y", "yes"}:
            raise CommandError(ExitCode.FAILED, f"Cancelled. {declined}", code="declined")

    def confirm_name(self, question: str, name: str, given: str | None, *, flag: str) -> None:
        """Ask to type the name before a step that cannot be undone; `given` is the flag's value."""
        answer = given if given is not None else self.ask(f"{question} Type {name}", flag=flag)
        if answer != name:
            message = f"{answer!a} is not {name}; nothing was changed"
            raise CommandError(ExitCode.USAGE, message, code="not_confirmed")

    def password(
        self, question: str = "Password", *, from_stdin: bool, flag: str = "--password-stdin"
    ) -> str:
        """Read a password, unseen, from the terminal, or from the first line of stdin."""
        if from_stdin:
            secret = self.stdin.readline().rstrip("\r\n")
            if not secret:
                raise CommandError(ExitCode.USAGE, f"{flag}: stdin is empty")
        else:
            from getpass import getpass

            self.require_input(flag)
            secret = getpass(f"{question}: ", stream=self._stderr)
        self.secrets.add(secret)
        return secret

    def is_set(self, variable: str) -> bool:
        """Return whether an on/off variable of the environment is on."""
        return is_on(self.env, variable)

    def _env_color(self) -> str:
        wish = self.env.get("TICKETING_COLOR") or Color.AUTO
        return wish if wish in set(Color) else Color.AUTO

    def _read_answer(self, prompt: str) -> str:
        """Prompt on stderr, so that the prompt does not end up in a pipe."""
        self._stderr.write(prompt)
        self._stderr.flush()
        answer = self.stdin.readline()
        if not answer:
            raise CommandError(ExitCode.FAILED, "no answer was given", code="declined")
        return answer.strip()
