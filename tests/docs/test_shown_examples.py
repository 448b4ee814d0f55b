"""The examples of the commands' help and the how-to pages do what they say.

They run in this process at one marketplace, on a terminal where every question is answered, each by
somebody who may do it and with ids of what it is about. What cannot run is listed with the reason.
"""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from server.settings import Settings
from tests import databases
from tests.cli.conftest import AdjustableClock
from tests.cli.person import PASSWORD, Person
from tests.cli.runner import CommandResult, Stream
from tests.clock import DOORS_OPEN
from tests.conftest import Serving
from tests.docs.example_market import VISA, ExampleMarket, Ids, Keyboard, output
from tests.docs.pages import TOP, blocks, text
from ticketing_cli.runtime.app import main
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import ExitCode

REFERENCE = text(TOP / "docs/cli.md")
#: What is not run, by how it begins.
NOT_RUN = {
    "ticketing admin release ": "its payment must hang at the provider, which the sandbox's cannot",
    "ticketing cards add --web": "it opens a browser",
    "ticketing demo": "it plays many commands, and its own test runs it",
    "ticketing pay ord_7k --web": "it opens a browser",
    "ticketing serve": "it never ends",
    "ticketing-server ": "the commands of the README have it",
    "ticketing tui": "it is an app, and does not end by itself",
    "ticketing watch": "it never ends",
}
#: Commands that wait for a person at the payment page: they are told not to, and end with PENDING.
WAITING = ("ticketing buy tkt_9f", "ticketing cards add")
#: Examples of how something fails.
FAILURES = {
    "ticketing sandbox pay ord_7k --card 4000000000003220 --challenge fail":
        ExitCode.PAYMENT_FAILED,
}  # fmt: skip
#: The ids that the how-to pages leave to the reader, as the reference has them.
WORDS = {
    "ALERT": "att_6m", "BATCH": "bat_5d", "ORDER": "ord_7k", "ORGANISER": "org_4c",
    "PAYOUT": "out_3c", "REPORT": "rpt_4c", "SHOW": "shw_2d", "TICKET": "tkt_9f",
    "TRANSFER": "trf_5c",
}  # fmt: skip
#: An id that stands for one of the reader's.
PLACEHOLDER = re.compile(r"\b[a-z]{3}_\d\w\b")
NEW_PASSWORD = "a new horse battery staple"
STOCK = """show,category,venue,country,starts_at,section,row,seat,Ticket Price,currency
Les Misérables,theatre,Théâtre du Châtelet,FR,2028-06-07T20:00:00+02:00,A,1,1,45.00,EUR
"""
Preparation = Callable[[ExampleMarket, Person], Ids]


def one(name: str, make: Callable[[ExampleMarket], str]) -> Preparation:
    """Return a preparation of one id."""
    return lambda market, _: {name: make(market)}


def shown_show(name: str = "shw_2d") -> Preparation:
    return one(name, ExampleMarket.own_show)


LOCKED = one("ord_7k", ExampleMarket.locked)
BOUGHT = one("ord_7k", ExampleMarket.bought)
ISSUED = one("ord_7k", ExampleMarket.issued_order)
TICKET = one("tkt_9f", ExampleMarket.ticket)
ORGANISER = one("org_4c", lambda market: market.organiser)
#: Who runs a command, and what it is about: the longest beginning of a line counts. Whoever is not
#: named is Ana, or in `admin` Olga.
PREPARED: dict[str, tuple[str, Preparation]] = {
    "shows create": ("sofia", ORGANISER),
    "shows edit": ("sofia", shown_show()),
    "shows postpone": ("sofia", shown_show()),
    "shows cancel": ("sofia", shown_show()),
    "shows policy": ("sofia", shown_show()),
    "shows overview": ("sofia", shown_show()),
    "shows sold": ("sofia", shown_show()),
    "shows refund": ("sofia", ISSUED),
    "view": ("ana", TICKET),
    "prices": ("ana", lambda m, _: {"tkt_9f": (ticket := m.ticket()), "shw_2d": m.show(ticket)}),
    "buy": ("ana", TICKET),
    "lock": ("ana", TICKET),
    "pay": ("ana", one("ord_7k", ExampleMarket.paid)),
    "pay ord_7k --card": ("ana", LOCKED),
    "cancel": ("ana", LOCKED),
    "orders": ("ana", BOUGHT),
    "orders return": ("ana", one("ord_7k", ExampleMarket.returnable)),
    "wallet view": ("ana", lambda m, by: {"tkt_9f": m.held(by)}),
    "cards remove": ("ben", lambda _, by: {"crd_4k": by.save_card(VISA)}),
    "resell": ("ana", lambda m, by: {"tkt_9f": m.held(by)}),
    "edit": ("sofia", TICKET),
    "withdraw": ("sofia", TICKET),
    "transfer": ("ben", lambda m, by: {"tkt_9f": m.held(by)}),
    "transfers": ("ana", one("trf_5c", ExampleMarket.transfer)),
    "transfers accept trf_5c --claim-code": ("visitor", ExampleMarket.claim),
    "transfers cancel": ("ben", one("trf_5c", ExampleMarket.transfer)),
    "sales": ("sofia", BOUGHT),
    "balance": ("sofia", BOUGHT),
    "payouts view": ("sofia", lambda m, _: m.payouts()),
    "issue": ("sofia", shown_show()),
    "organisers": ("sofia", ORGANISER),
    "organisers create": ("mia", lambda *_: {}),
    "gate": ("gus", lambda m, _: m.entry()),
    "gate scan shw_4k --exit": ("gus", lambda m, _: m.admitted()),
    "gate override": ("olga", lambda m, _: m.admitted()),
    "gate undo": ("gus", lambda m, _: m.admitted()),
    "auth signup": (
        "visitor",
        lambda _, by: {"you@example.org": f"{by.name}@example.org", "password.txt": PASSWORD},
    ),
    "auth login": (
        "visitor",
        lambda m, _: {"you@example.org": "ana@example.org",
                      "token.txt": output(m.ana, "auth", "token")},
    ),
    "auth logout": ("member", lambda *_: {}),
    "auth sessions": ("ana", lambda m, by: {"ses_9f": m.other_session(by)}),
    "auth password": ("member", lambda *_: {"old-and-new.txt": f"{PASSWORD}\n{NEW_PASSWORD}\n"}),
    "sandbox pay": ("ana", LOCKED),
    "sandbox save-card": ("mia", lambda *_: {}),
    "admin organisers": ("olga", one("org_4c", lambda m: m.application(m.ben))),
    "admin orders": ("olga", TICKET),
    "admin cancel-order": ("olga", LOCKED),
    "admin cancel-show": ("olga", lambda m, _: {"tkt_9f": (t := m.ticket()), "shw_2d": m.show(t)}),
    "admin edit-show": ("olga", lambda m, _: {"tkt_9f": (t := m.ticket()), "shw_2d": m.show(t)}),
    "admin merge-shows": (
        "olga", lambda m, _: {"shw_2d": m.show(), "shw_1a": m.show(show="L'Arlésienne, ballet")},
    ),
    "admin withdraw": ("olga", TICKET),
    "admin reissue": ("olga", lambda m, _: {"tkt_9f": m.held(m.ana)}),
    "admin refund": ("olga", BOUGHT),
    "admin refunds": ("olga", BOUGHT),
    "admin reports": ("olga", one("rpt_4c", ExampleMarket.report)),
    "admin alerts": ("olga", one("att_6m", ExampleMarket.alert)),
    "admin payouts": ("olga", lambda m, _: m.payouts()),
    "admin ledger": ("olga", BOUGHT),
    "admin jobs": ("olga", one("job_4h", ExampleMarket.job)),
    "admin trace": ("olga", BOUGHT),
    "admin events": ("olga", TICKET),
    "config": ("visitor", lambda *_: {}),
}  # fmt: skip


def examples() -> list[str]:
    """Return every line, those of the reference first, with ids as the reference has them."""
    pages = [TOP / "docs/cli.md", *sorted((TOP / "docs/howto").glob("*.md"))]
    lines = (line for page in pages for line in blocks(page) if "[OPTIONS]" not in line)
    return list(dict.fromkeys(re.sub(r"\b[A-Z]+\b", _id, line) for line in lines))


def _id(word: re.Match[str]) -> str:
    name = WORDS.get(word[0], word[0])
    return "shw_4k" if name == "shw_2d" and " gate " in word.string else name


def prepared(market: ExampleMarket, line: str) -> tuple[Person, Ids]:
    """Return who runs a line, and what stands for its words."""
    bare = line.removeprefix("ticketing ")
    known = [start for start in PREPARED if f"{bare} ".startswith(f"{start} ")]
    admin = ("olga", lambda *_: {}) if bare.startswith("admin ") else ("ana", lambda *_: {})
    who, prepare = PREPARED[max(known, key=len)] if known else admin
    if who == "visitor":
        person = market.visitor()
    elif who == "member":
        person = market.visitor().sign_up()
    else:
        person = getattr(market, who)
    needed = PLACEHOLDER.search(line) or "@" in line or " < " in line or " remove " in line
    return person, prepare(market, person) if needed else {}


def run(market: ExampleMarket, line: str) -> CommandResult:
    """Run a line as a shell would, on a terminal unless it reads a file."""
    person, ids = prepared(market, line)
    typed, _, file = re.split(r" [|>] ", line)[0].partition(" < ")
    words = [str(Path(ids.get(word, word)).expanduser()) if word.startswith("~") else
             ids.get(word, word) for word in shlex.split(typed)[1:]]  # fmt: skip
    assert not PLACEHOLDER.search(shlex.join(words)), f"nothing stands for an id in {line!r}"
    if line.startswith(WAITING) and "--card" not in words and "--no-wait" not in words:
        words.append("--no-wait")
    # In a pipe `man` prints the page, and starts no other program to show it.
    out, err = Stream(tty=words[0] != "man"), Stream(tty=True)
    keyboard = Stream(ids[file]) if file else Keyboard(err, market.answers())
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        context = Run(person.env, stdin=keyboard, stdout=out, stderr=err)
        status = main(words, context)
    return CommandResult(status, out.text, err.text)


def expected(line: str) -> ExitCode:
    if line.startswith(WAITING) and "--card" not in line:
        return ExitCode.PENDING
    return FAILURES.get(line, ExitCode.OK)


@pytest.fixture
def market(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ExampleMarket]:
    """Prepare a marketplace, in a folder with the files that the examples name."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "stock.csv").write_text(STOCK)
    named = {"venue": "venue,city", "Châtelet": "Châtelet,Paris", "Ticket Price": "price"}
    complete = re.sub("|".join(named), lambda found: named[found[0]], STOCK)
    (folder / "tickets.csv").write_text(complete)
    monkeypatch.chdir(folder)
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: PASSWORD)
    # The server's log would be among the output of the commands, which run in this process.
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    settings = Settings(
        database=databases.sqlite_url(tmp_path, sqlite_template), port=0, fee_basis_points=500,
        payout_after=0, report_for=0, doors_before=DOORS_OPEN, rate_limits=0, max_open_orders=100,
    )  # fmt: skip
    clock = AdjustableClock()
    with Serving(settings, clock) as server:
        yield ExampleMarket(server, clock, tmp_path)


def test_every_example_does_what_it_says(market: ExampleMarket) -> None:
    wrong = []
    for line in examples():
        if line.startswith(tuple(NOT_RUN)):
            continue
        Path("payouts.csv").unlink(missing_ok=True)
        ran = run(market, line)
        if ran.status != expected(line):
            wrong.append((line, ran.status, ran.err))
    assert not wrong


def test_what_is_prepared_or_not_run_is_still_shown() -> None:
    lines = [f"{line} " for line in examples()]
    starts = [*NOT_RUN, *FAILURES, *(f"ticketing {start} " for start in PREPARED)]
    assert not [start for start in starts if not any(line.startswith(start) for line in lines)]


def test_the_examples_of_a_command_show_that_command() -> None:
    sections = re.findall(r"^## (ticketing .+)\n((?:(?!^## ).*\n)+)", REFERENCE, re.MULTILINE)
    others = []
    for name, section in sections:
        shown = section.partition("```console\n")[2].partition("```")[0]
        # A group shows its list by itself, and a command that was renamed its new name.
        new = name.replace("attention settle", "alerts resolve").replace("attention", "alerts")
        names = (name, name.removesuffix(" list"), new.removesuffix(" list"))
        others += [line for line in shown.splitlines() if not any(each in line for each in names)]
    assert sections
    assert not others
