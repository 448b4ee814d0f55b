"""A prepared marketplace for the examples of the reference: its people, and what they act on."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from db.engine import sqlite_path
from server import control_socket
from tests.cli.conftest import AdjustableClock
from tests.cli.person import PASSWORD, SEAT, Person, listing_options
from tests.cli.runner import Stream
from tests.conftest import Server
from ticketing_cli.sell import PROMPTS

VISA = "4242424242424242"
START = "2028-04-07T20:00:00+02:00"
LATER = "2028-05-07T20:00:00+02:00"
#: What people answer to the questions of commands, by the question.
ANSWERS = {
    **{question: SEAT[name.replace("_", "-")] for name, question in PROMPTS.items()},
    "How was it resolved": "The first seller showed the invoice.",
    "Why is the seller paid": "The gate let the buyer in.",
}
#: No service has a handler for this kind of job, so it fails.
FAILED_JOB = """INSERT INTO jobs (id, kind, subject, order_id, state, attempts, wanted, run_at,
    leased_until, last_error, created_at, finished_at)
    VALUES (?1, 'test.nothing', ?1, NULL, 'failed', 20, 1, 0, 0, 'Refused: no', 0, 0)"""
Ids = dict[str, str]


class Keyboard(Stream):
    """A terminal at which somebody answers every question."""

    def __init__(self, asked: Stream, answers: Mapping[str, str]) -> None:
        super().__init__(tty=True)
        self._asked, self._answers = asked, answers

    def readline(self, _size: int | None = -1, /) -> str:  # type: ignore[override]  # as TextIO
        """Answer the last question: with a yes, the name that is to be typed, or a known answer."""
        question = self._asked.text.rpartition("\n")[2]
        self._asked.write("\n")
        if question.endswith("[y/N] "):
            return "y\n"
        question = question.removesuffix(": ")
        _, asks_for_name, name = question.rpartition(" Type ")
        answer = name if asks_for_name else self._answers.get(question)
        return f"{answer}\n" if answer else ""


class ExampleMarket:
    """Makes what an example needs: each method returns the id of something new."""

    def __init__(self, server: Server, clock: AdjustableClock, folder: Path) -> None:
        """Sign the people of the examples up; Sofia sells, and is an approved organiser."""
        self.server, self.folder = server, folder
        self._clock, self._numbers = clock, count(1)
        self.olga, self.sofia, self.ana, self.ben, self.gus, self.mia, self.mallory = (
            self.visitor(name).sign_up()
            for name in ("olga", "sofia", "ana", "ben", "gus", "mia", "mallory")
        )
        control_socket.run_command(server.settings, "grant-admin", "olga@example.org")
        output(self.olga, "admin", "role", "gus@example.org", "gate")
        self.organiser = self.application(self.sofia)
        output(self.olga, "admin", "organisers", "approve", self.organiser, "--yes")
        self.ana.save_card(VISA)

    def visitor(self, name: str = "") -> Person:
        """Return somebody who has not signed up."""
        name = name or f"you{next(self._numbers)}"
        return Person(name, self.server.url, self.folder / name)

    def answers(self) -> dict[str, str]:
        """Return what somebody answers who describes a show of their own."""
        return {**ANSWERS, PROMPTS["city"]: self.city()}

    def city(self) -> str:
        """Return a city without shows: in each the examples have one of the same name."""
        return f"Lyon {next(self._numbers):03}"

    def application(self, by: Person) -> str:
        name = f"Opéra {next(self._numbers)}"
        return output(by, "organisers", "create", name, "--quiet")

    def ticket(self, **changes: str) -> str:
        return self.sofia.list_ticket(**{"city": self.city(), "starts_at": START, **changes})

    def show(self, ticket: str = "", **changes: str) -> str:
        shown = read(self.ana, "view", ticket or self.ticket(**changes), fields="show")
        return str(shown["show"]["id"])

    def locked(self) -> str:
        return self.ana.lock_ticket(self.ticket())

    def paid(self) -> str:
        """Return an order that is paid on the page."""
        order = self.locked()
        output(self.ana, "sandbox", "pay", order, "--card", VISA)
        return order

    def bought(self) -> str:
        return self.ana.buy_ticket(self.ticket())

    def held(self, by: Person) -> str:
        ticket = self.ticket()
        by.buy_ticket(ticket)
        return ticket

    def own_show(self) -> str:
        details = {
            "name": SEAT["show"], "category": "theatre", "venue": SEAT["venue"],
            "city": self.city(), "country": "FR", "starts-at": START,
        }  # fmt: skip
        words = (word for name, value in details.items() for word in (f"--{name}", value))
        return output(self.sofia, "shows", "create", *words, "--quiet")

    def issued_order(self, show: str = "") -> str:
        place = ("--section", "A", "--rows", "1", "--seats", "1", "--price", "45")
        output(self.sofia, "issue", show or self.own_show(), *place)
        newest = ("list", "--mine", "--sort", "newest", "--limit", "1")
        return self.ana.buy_ticket(read(self.sofia, *newest, fields="id")[0]["id"])

    def returnable(self) -> str:
        show = self.own_show()
        order = self.issued_order(show)
        output(self.sofia, "shows", "postpone", show, "--to", LATER)
        return order

    def transfer(self) -> str:
        """Return what Ben has offered Ana."""
        to = "ana@example.org"
        return output(self.ben, "transfer", self.held(self.ben), "--to", to, "--quiet")

    def claim(self, by: Person) -> Ids:
        """Return a transfer to somebody who signed up only afterwards, and its claim code."""
        offer = ("transfer", self.held(self.ben), "--to", f"{by.name}@example.org")
        made = read(self.ben, *offer, fields="transfer,claim_code")
        by.sign_up()
        return {"trf_5c": made["transfer"]["id"], "7KQ2M9XDB4HT6WRC": made["claim_code"]}

    def payouts(self) -> Ids:
        """Release two payouts of shows that are over."""
        soon = datetime.now(UTC) + timedelta(microseconds=self._clock.by, minutes=1)
        for seller in (self.sofia, self.ben):
            there = {"city": self.city(), "country": "GB", "starts_at": soon.isoformat()}
            self.ana.buy_ticket(seller.list_ticket(**there))
        self._clock.by += 120 * 1_000_000  # longer, and late events are refused for their age
        release = ("admin", "payouts", "release", "--yes")
        made = read(self.olga, *release, fields="payouts,batch_id")
        (ours,) = [each for each in made["payouts"] if each["seller_email"] == "sofia@example.org"]
        (other,) = [each for each in made["payouts"] if each is not ours]
        return {"out_3c": ours["id"], "out_7f": other["id"], "bat_5d": made["batch_id"]}

    def entry(self) -> Ids:
        """Return a show and the entry code of a ticket for it."""
        ticket = self.held(self.ana)
        code = self.ana.entry_code(ticket)
        return {"shw_4k": self.show(ticket), "7KQ2M9XD": code, "codes.txt": f"{code}\n"}

    def admitted(self) -> Ids:
        """Return the same of somebody who is inside, and the admission."""
        ids = self.entry()
        scan = ("gate", "scan", ids["shw_4k"], "--code", ids["7KQ2M9XD"])
        return {**ids, "adm_6m": read(self.gus, *scan, fields="admission_id")["admission_id"]}

    def report(self) -> str:
        order = self.bought()
        output(self.ana, "orders", "report", order, "--problem", "not-as-described")
        reports = read(self.olga, "admin", "reports", fields="id,order_id")
        return next(str(each["id"]) for each in reports if each["order_id"] == order)

    def alert(self) -> str:
        """Return the alert about a seat that Ben lists as well."""
        seat = {"city": self.city()}
        ticket = self.sofia.list_ticket(**seat)
        self.ana.buy_ticket(ticket)
        self.ben.run("sell", *listing_options(**seat))
        alerts = read(self.olga, "admin", "alerts", fields="id,subject")
        return next(str(each["id"]) for each in alerts if each["subject"] == ticket)

    def job(self) -> str:
        """Return a failed job."""
        path = sqlite_path(self.server.settings.database)
        assert path is not None
        name = f"job_{next(self._numbers)}a"
        with closing(sqlite3.connect(path)) as rows, rows:
            rows.execute(FAILED_JOB, (name,))
        return name

    def other_session(self, of: Person) -> str:
        """Return a session that is not the one in use."""
        login = ("auth", "login", "--email", f"{of.name}@example.org", "--password-stdin")
        elsewhere = str(self.folder / f"{of.name}-elsewhere")
        assert of.run(*login, stdin=f"{PASSWORD}\n", TICKETING_CONFIG_DIR=elsewhere).status == 0
        sessions = read(of, "auth", "sessions", fields="id,current")
        return next(str(each["id"]) for each in sessions if not each["current"])


def output(person: Person, *command: str) -> str:
    """Run a command, which must succeed, and return its output."""
    ran = person.run(*command)
    assert ran.status == 0, (command, ran.err)
    return ran.out.strip()


def read(person: Person, *command: str, fields: str) -> Any:
    """Run a command, which must succeed, and return these fields of its output."""
    ran = person.run(*command, "--json", fields)
    assert ran.status == 0, (command, ran.err)
    return ran.json
