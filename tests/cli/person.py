"""A person at a terminal: types commands with settings and sign-in of their own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ticketing_cli.app import run
from ticketing_cli.context import Run

PASSWORD = "correct horse battery staple"
#: What a child process needs of ours; nothing of it is a setting of `ticketing`.
KEPT = ("PATH", "SYSTEMROOT", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
SEAT = {
    "show": "L'Arlésienne",
    "category": "concert",
    "venue": "Auditorium",
    "city": "Lyon",
    "country": "FR",
    "starts-at": "2031-04-07T20:00:00+02:00",
    "section": "C",
    "row": "A",
    "price": "45.00",
    "currency": "EUR",
}


@dataclass(frozen=True)
class Ended:
    """What a command printed and how it ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Keyboard(io.TextIOWrapper):
    """A stdin that may say it is a terminal."""

    def __init__(self, typed: str, *, tty: bool = False) -> None:
        super().__init__(io.BytesIO(typed.encode("utf-8", "surrogateescape")), encoding="utf-8")
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty


class Screen(io.TextIOWrapper):
    """A stdout or stderr that may say it is a terminal."""

    def __init__(self, *, tty: bool = False) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True, newline="\n")
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty

    @property
    def shown(self) -> str:
        raw = self.buffer
        assert isinstance(raw, io.BytesIO)
        return raw.getvalue().decode("utf-8")


class Person:
    """Somebody with a settings folder of their own, at a marketplace."""

    def __init__(self, name: str, url: str, folder: Path) -> None:
        self.name = name
        self.env = {
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            "HOME": str(folder),
            "TICKETING_SERVER": url,
            "TICKETING_CONFIG_DIR": str(folder / "config"),
            "TICKETING_CREDENTIAL_STORE": "file",
            "COLUMNS": "200",
        }

    def types(self, *args: str, stdin: str = "", tty: bool = False, **env: str) -> Ended:
        """Run a command in this process; `tty` makes all three streams a terminal."""
        out, err = Screen(tty=tty), Screen(tty=tty)
        world = Run({**self.env, **env}, stdin=Keyboard(stdin, tty=tty), stdout=out, stderr=err)
        status = run(args, world)
        world.api.close()
        return Ended(status, out.shown, err.shown)

    def starts(self, *args: str, **env: str) -> subprocess.Popen[str]:
        """Run a command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "ticketing_cli", *args],
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def signs_up(self) -> Person:
        email = f"{self.name}@example.org"
        ended = self.types(
            "auth", "signup", "--email", email, "--password-stdin", stdin=f"{PASSWORD}\n"
        )
        assert ended.status == 0, ended.err
        return self

    def lists(self, **changes: str) -> str:
        """List a seat, changed as named, and return the ticket's id."""
        ended = self.types("sell", *selling(**changes), "--quiet")
        assert ended.status == 0, ended.err
        return ended.out.strip()

    def locks(self, ticket: str) -> str:
        """Lock a ticket and return the order's id."""
        ended = self.types("lock", ticket, "--quiet")
        assert ended.status == 0, ended.err
        return ended.out.strip()


def selling(**changes: str) -> list[str]:
    """Return the options that list a seat, changed as named; an empty value leaves one out."""
    values = {**SEAT, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return [part for name, value in values.items() if value for part in (f"--{name}", value)]
