"""A person at a marketplace: types commands, with settings and a sign-in of their own."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path
from typing import Protocol

from tests.cli.desk import Ran, Stream
from tests.cli.processes import TICKETING, isolated
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
    """Somebody with a settings folder of their own, at a marketplace that really runs."""

    def __init__(self, name: str, url: str, folder: Path) -> None:
        self.name = name
        self.env = isolated(
            folder,
            TICKETING_SERVER=url,
            TICKETING_CONFIG_DIR=str(folder / "config"),
            TICKETING_CREDENTIAL_STORE="file",
            COLUMNS="200",
        )

    def types(self, *args: str, stdin: str = "", tty: bool = False, **env: str) -> Ran:
        """Run a command in this process; with `tty` its three streams pass for a terminal."""
        out, err = Stream(tty=tty), Stream(tty=tty)
        keyboard = Stream(stdin, tty=tty)
        world = Run({**self.env, **env}, stdin=keyboard, stdout=out, stderr=err)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(args, world)
        return Ran(status, out.text, err.text)

    def starts(self, *args: str, **env: str) -> subprocess.Popen[str]:
        """Run a command in a process of its own, with pipes on all sides."""
        return subprocess.Popen(
            [*TICKETING, *args],
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def signs_up(self) -> Person:
        email = f"{self.name}@example.org"
        signup = ("auth", "signup", "--email", email, "--password-stdin")
        ran = self.types(*signup, stdin=f"{PASSWORD}\n")
        assert ran.status == 0, ran.err
        return self

    def lists(self, **changes: str) -> str:
        """List a seat, changed as named, and return the ticket's id."""
        return self._id("sell", *selling(**changes), "--quiet")

    def locks(self, ticket: str) -> str:
        """Lock a ticket and return the order's id."""
        return self._id("lock", ticket, "--quiet")

    def saves(self, number: str) -> str:
        """Save a card and return its id."""
        ran = self.types("sandbox", "save-card", "--card", number, "--json", "card")
        assert ran.status == 0, ran.err
        return str(ran.json["card"]["id"])

    def buys(self, ticket: str, number: str = "4242424242424242") -> str:
        """Buy a ticket on the page and return the order's id."""
        order = self.locks(ticket)
        assert self.types("sandbox", "pay", order, "--card", number).status == 0
        assert self.types("pay", order).status == 0
        return order

    def _id(self, *args: str) -> str:
        ran = self.types(*args)
        assert ran.status == 0, ran.err
        return ran.out.strip()


def selling(**changes: str) -> list[str]:
    """Return the options that list a seat, changed as named; an empty value leaves one out."""
    values = {**SEAT, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return [part for name, value in values.items() if value for part in (f"--{name}", value)]
