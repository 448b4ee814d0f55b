"""Stage: a temporary server with a few accounts; each command is printed before it runs."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ticketing_cli.runtime import child
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode

#: Its shows are years ahead, and people go in today.
DOORS_BEFORE = "9999d"
#: The server must print its address within this many seconds.
START_WITHIN = 30.0
READY = "listening on "
#: The width of the output if it is not a terminal.
WIDTH = "100"


class Stage:
    """The demo's server and accounts. Each account has a name and its own settings folder."""

    def __init__(self, run: Run, folder: Path) -> None:
        """Take an empty folder; all files are written there."""
        self._out = run.out
        self._folder = folder
        self._database = f"sqlite:///{quote(str(folder / 'market.db'))}"
        self._port = "0"
        # None of the user's own settings: above all no key that moves real money.
        own = {k: v for k, v in run.env.items() if not k.startswith(("TICKETING_", "STRIPE_"))}
        width = WIDTH if not run.out.out.tty else ""
        self._env = {**own, "TICKETING_FORCE_TTY": run.env.get("TICKETING_FORCE_TTY") or width}

    @contextmanager
    def server(self, *, lock_for: str) -> Iterator[None]:
        """Run a server on the demo's database, at the same address each time."""
        shown = ["--lock-for", lock_for, "--doors-before", DOORS_BEFORE]
        args = ["--database", self._database, "--port", self._port, *shown]
        self.print(f"$ {shlex.join(('ticketing-server', 'run', *shown))}")
        with (
            (self._folder / "server.log").open("a+", encoding="utf-8") as log,
            child.server(args, self._env, log=log) as process,
        ):
            address = self._address(process)
            self._port = address.rpartition(":")[2]
            self._env["TICKETING_SERVER"] = address
            self.print(f"{READY}{address}")
            yield

    def narrate(self, text: str) -> None:
        """Print a comment on what happens next."""
        self.print(f"\n# {text}")

    def print(self, text: str) -> None:
        """Print text at once, before any output of the next command."""
        self._out.line(text)
        self._out.stdout.flush()

    def act(self, who: str, *args: str, ends: ExitCode = ExitCode.OK, stdin: str = "") -> None:
        """Print a command, run it for somebody, and check that it ends with the code `ends`."""
        status = self._run(who, args, stdin=stdin).returncode
        if ends is not ExitCode.OK:
            self.print(f"(exit code {status})")
        self._expect(status, ends)

    def operate(self, *args: str) -> None:
        """Print a command of `ticketing-server` and run it."""
        self.print(f"\n$ {shlex.join(('ticketing-server', *args))}")
        database = ("--database", self._database)
        done = subprocess.run(
            [sys.executable, "-P", "-m", "server", *args, *database], env=self._env, check=False
        )
        self._expect(done.returncode, ExitCode.OK)

    def read(self, who: str, *args: str) -> Any:  # noqa: ANN401  whatever JSON it prints
        """Run a command that prints JSON, and return the value."""
        return json.loads(self.answer(who, *args))

    def answer(self, who: str, *args: str) -> str:
        """Run a command that prints one value, and return it."""
        done = self._run(who, args, stdout=subprocess.PIPE)
        value = str(done.stdout).strip()
        self.print(value)
        self._expect(done.returncode, ExitCode.OK)
        return value

    def _run(
        self, who: str, args: tuple[str, ...], *, stdin: str = "", stdout: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        self.print(f"\n{who}$ {shlex.join(('ticketing', *args))}")
        home = {
            "TICKETING_CONFIG_DIR": str(self._folder / who),
            "TICKETING_CREDENTIAL_STORE": "file",
        }
        return subprocess.run(
            [sys.executable, "-P", "-m", "ticketing_cli", *args],
            env={**self._env, **home},
            input=stdin,
            stdout=stdout,
            text=True,
            encoding="utf-8",
            check=False,
        )

    def _address(self, process: subprocess.Popen[str]) -> str:
        """Return the server's address, once it listens."""
        alarm = threading.Timer(START_WITHIN, process.kill)
        alarm.start()
        try:
            line = process.stdout.readline() if process.stdout else ""
        finally:
            alarm.cancel()
        if not line.startswith(READY):
            log = (self._folder / "server.log").read_text(encoding="utf-8").strip()
            raise CommandError(ExitCode.FAILED, f"the server did not start{os.linesep}{log}")
        return line.removeprefix(READY).strip()

    def _expect(self, status: int, ends: ExitCode) -> None:
        if status != ends:
            message = f"the command ended with exit code {status} instead of {int(ends)}"
            raise CommandError(
                ExitCode.FAILED, message, hint="this is a bug in ticketing; please report it"
            )
