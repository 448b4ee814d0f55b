"""Stage: a server, a few people, and commands that are shown before they are run."""

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

from ticketing_cli.runtime import child
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import Exit, Stop

#: A server that has not said in this many seconds where it listens is not going to.
START_WITHIN = 30.0
READY = "listening on "
#: The width drawn for when nobody says otherwise.
WIDTH = "100"


class Stage:
    """Where the demo plays. People are known by name; each has a settings folder of their own."""

    def __init__(self, run: Run, folder: Path) -> None:
        """Take an empty folder; whatever is made goes there."""
        self._out = run.out
        self._folder = folder
        self._database = f"sqlite:///{folder / 'market.db'}"
        self._port = "0"
        # Nothing of the user's own settings: above all no key that moves real money.
        own = {k: v for k, v in run.env.items() if not k.startswith(("TICKETING_", "STRIPE_"))}
        width = WIDTH if not run.out.out.tty else ""
        self._env = {**own, "TICKETING_FORCE_TTY": run.env.get("TICKETING_FORCE_TTY") or width}

    @contextmanager
    def server(self, *, lock_for: str) -> Iterator[None]:
        """Run a server on this stage's database, at the same address each time."""
        args = ["--database", self._database, "--port", self._port, "--lock-for", lock_for]
        self.say(f"$ ticketing-server run --lock-for {lock_for}")
        with (
            (self._folder / "server.log").open("a+", encoding="utf-8") as log,
            child.server(args, self._env, log=log) as process,
        ):
            address = self._address(process)
            self._port = address.rpartition(":")[2]
            self._env["TICKETING_SERVER"] = address
            self.say(f"{READY}{address}")
            yield

    def tell(self, text: str) -> None:
        """Narrate."""
        self.say(f"\n# {text}")

    def say(self, text: str) -> None:
        """Print one line of the play, before anything a command may print next."""
        self._out.line(text)
        self._out.stdout.flush()

    def act(self, who: str, *args: str, ends: Exit = Exit.OK, stdin: str = "") -> None:
        """Show a command, run it for somebody, and show how it ends; any other end is a bug."""
        status = self._run(who, args, stdin=stdin).returncode
        if ends is not Exit.OK:
            self.say(f"(exit code {status})")
        self._expect(status, ends)

    def operate(self, *args: str) -> None:
        """Show a command of the operator's and run it beside the server."""
        self.say(f"\n$ {shlex.join(('ticketing-server', *args))}")
        database = ("--database", self._database)
        done = subprocess.run(
            [sys.executable, "-P", "-m", "server", *args, *database], env=self._env, check=False
        )
        self._expect(done.returncode, Exit.OK)

    def read(self, who: str, *args: str) -> Any:  # noqa: ANN401  whatever JSON it prints
        """Run a command that prints JSON, and return that too."""
        return json.loads(self.answer(who, *args))

    def answer(self, who: str, *args: str) -> str:
        """Run a command that prints one thing, and return that too."""
        done = self._run(who, args, stdout=subprocess.PIPE)
        said = str(done.stdout).strip()
        self.say(said)
        self._expect(done.returncode, Exit.OK)
        return said

    def _run(
        self, who: str, args: tuple[str, ...], *, stdin: str = "", stdout: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        self.say(f"\n{who}$ {shlex.join(('ticketing', *args))}")
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
        """Return where the server listens, once it does."""
        alarm = threading.Timer(START_WITHIN, process.kill)
        alarm.start()
        try:
            line = process.stdout.readline() if process.stdout else ""
        finally:
            alarm.cancel()
        if not line.startswith(READY):
            log = (self._folder / "server.log").read_text(encoding="utf-8").strip()
            raise Stop(Exit.FAILED, f"the server did not start{os.linesep}{log}")
        return line.removeprefix(READY).strip()

    def _expect(self, status: int, ends: Exit) -> None:
        if status != ends:
            message = f"that should have ended with exit code {int(ends)}, not {status}"
            raise Stop(Exit.FAILED, message, hint="this is a bug in ticketing; please report it")
