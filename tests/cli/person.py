"""Person: somebody who runs commands at a marketplace, with their own settings and sign-in."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path
from typing import Protocol

from tests.cli.processes import TICKETING, isolated
from tests.cli.runner import CommandResult, Stream
from ticketing_cli.runtime.app import main
from ticketing_cli.runtime.context import Run

PASSWORD = "correct horse battery staple"
SEAT = {
    "show": "L'Arlésienne",
    "category": "concert",
    "venue": "Auditorium",
    "city": "Lyon",
    "country": "FR",
    "starts-at": "2031-04-07T20:00:00+02:00",
    "section": "C",
    "row": "A",
    "seat": "26",
    "price": "45.00",
    "currency": "EUR",
}


class Marketplace(Protocol):
    """A server that listens."""

    @property
    def url(self) -> str: ...


class Person:
    """Somebody with their own settings folder, at a running marketplace."""

    def __init__(self, name: str, url: str, folder: Path) -> None:
        self.name = name
        self.env = isolated(
            folder,
            TICKETING_SERVER=url,
            TICKETING_CONFIG_DIR=str(folder / "config"),
            TICKETING_CREDENTIAL_STORE="file",
            COLUMNS="200",
        )

    def run(self, *args: str, stdin: str = "", tty: bool = False, **env: str) -> CommandResult:
        """Run a command in this process; with `tty` its three streams are a terminal."""
        out, err = Stream(tty=tty), Stream(tty=tty)
        keyboard = Stream(stdin, tty=tty)
        context = Run({**self.env, **env}, stdin=keyboard, stdout=out, stderr=err)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(args, context)
        return CommandResult(status, out.text, err.text)

    def start(self, *args: str, **env: str) -> subprocess.Popen[str]:
        """Run a command in a new process with pipes for its output."""
        return subprocess.Popen(
            [*TICKETING, *args],
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def sign_up(self) -> Person:
        email = f"{self.name}@example.org"
        signup = ("auth", "signup", "--email", email, "--password-stdin")
        ran = self.run(*signup, stdin=f"{PASSWORD}\n")
        assert ran.status == 0, ran.err
        return self

    def list_ticket(self, **changes: str) -> str:
        """List a seat with these changes, and return the ticket's id."""
        return self._id("sell", *listing_options(**changes), "--quiet")

    def lock_ticket(self, ticket: str) -> str:
        """Lock a ticket and return the order's id."""
        return self._id("lock", ticket, "--quiet")

    def save_card(self, number: str) -> str:
        """Save a card and return its id."""
        ran = self.run("sandbox", "save-card", "--card", number, "--json", "card")
        assert ran.status == 0, ran.err
        return str(ran.json["card"]["id"])

    def buy_ticket(self, ticket: str, number: str = "4242424242424242") -> str:
        """Buy a ticket on the payment page and return the order's id."""
        order = self.lock_ticket(ticket)
        assert self.run("sandbox", "pay", order, "--card", number).status == 0
        assert self.run("pay", order).status == 0
        return order

    def entry_code(self, ticket: str) -> str:
        """Return the entry code of a ticket of one's own."""
        return self._id("wallet", "view", ticket, "--quiet")

    def _id(self, *args: str) -> str:
        ran = self.run(*args)
        assert ran.status == 0, ran.err
        return ran.out.strip()


def listing_options(**changes: str) -> list[str]:
    """Return the options that list a seat with these changes; an empty value omits an option."""
    values = {**SEAT, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return [part for name, value in values.items() if value for part in (f"--{name}", value)]
