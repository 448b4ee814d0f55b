"""Scenes: the steps of the demo, in order."""

from __future__ import annotations

import sys
from pathlib import Path

from ticketing_cli.demo.stage import Stage
from ticketing_cli.runtime.errors import ExitCode

PEOPLE = {"seller": "sofia@example.org", "ana": "ana@example.org", "ben": "ben@example.org"}
#: For fictitious accounts, on a server that exists for half a minute.
PASSWORD = "correct horse battery staple"  # noqa: S105  as above
CARD = "4242424242424242"


def opening(stage: Stage) -> None:
    """Sign up a seller and two buyers."""
    stage.narrate("A marketplace is running on this machine. A seller and two buyers sign up.")
    for who, email in PEOPLE.items():
        signup = ("auth", "signup", "--email", email, "--password-stdin")
        stage.act(who, *signup, stdin=f"{PASSWORD}\n")


def listing(stage: Stage, listings: Path) -> None:
    """List a file of tickets."""
    stage.narrate("The seller lists forty seats at ten shows from a CSV file, after a dry run.")
    stage.act("seller", "sell", "--file", str(listings), "--dry-run")
    stage.act("seller", "sell", "--file", str(listings))


def browsing(stage: Stage) -> None:
    """Browse the market."""
    stage.narrate("Anybody can browse, signed in or not. Search ignores accents.")
    stage.act("ana", "shows")
    stage.act("ana", "list", "arlesienne", "--sort", "price")


def sale(stage: Stage) -> tuple[str, str]:
    """Lock a ticket, refuse a second buyer, pay, show the ticket; return the order and ticket."""
    stage.narrate("Ana locks the cheapest seat. It is reserved for her for 15 minutes.")
    cheapest = ("list", "arlesienne", "--sort", "price", "--limit", "1", "--json", "id")
    ticket = stage.read("ana", *cheapest)[0]["id"]
    order = stage.answer("ana", "lock", ticket, "--quiet")
    stage.narrate("Ben is a second too late. While the seat is locked, nobody else can buy it.")
    buy = ("buy", ticket, "--yes", "--max-total", "100.00")
    stage.act("ben", *buy, ends=ExitCode.CONFLICT)
    stage.narrate("Ana gets a payment link and a QR code. Cards are never typed into the terminal.")
    stage.act("ana", "pay", order, "--no-wait", ends=ExitCode.PENDING)
    stage.narrate("She pays on the sandbox's page with a test card, as a browser would.")
    stage.act("ana", "sandbox", "pay", order, "--card", CARD)
    stage.narrate("The ticket is hers: the seat, the entry code, and the code for the gate.")
    stage.act("ana", "pay", order)
    stage.act("seller", "list", "--mine", "--status", "sold")
    return order, ticket


def trace(stage: Stage, order: str) -> None:
    """Show everything that happened to one order."""
    stage.narrate("An operator can trace an order: who did what, and which jobs it led to.")
    stage.operate("grant-admin", PEOPLE["seller"])
    stage.act("seller", "admin", "trace", order)


def resale(stage: Stage, ticket: str) -> None:
    """Sell the ticket on, and let only the code of its last owner in."""
    stage.narrate("Ana cannot go, and sells the ticket on. Her entry code works until it is sold.")
    first = stage.answer("ana", "wallet", "view", ticket, "--quiet")
    stage.act("ana", "resell", ticket, "--price", "50")
    order = stage.answer("ben", "lock", ticket, "--quiet")
    stage.act("ben", "sandbox", "pay", order, "--card", CARD)
    stage.act("ben", "pay", order, "--no-qr")
    second = stage.answer("ben", "wallet", "view", ticket, "--quiet")
    stage.narrate("At the gate Ana's code was replaced; Ben's opens it, once.")
    for code, ends in (
        (first, ExitCode.CONFLICT), (second, ExitCode.OK), (second, ExitCode.CONFLICT),
    ):  # fmt: skip
        stage.act("seller", "gate", "scan", ticket, "--code", code, ends=ends)


def expiry(stage: Stage) -> None:
    """Let a lock expire."""
    stage.narrate("The server restarted on the same database; nothing is lost.")
    stage.narrate("From now on a lock lasts 6 seconds instead of 15 minutes, to show it expire.")
    cheapest = ("list", "fado", "--sort", "price", "--limit", "1", "--json", "id")
    ticket = stage.read("ben", *cheapest)[0]["id"]
    stage.narrate("Ben locks a seat and does not pay.")
    buy = ("buy", ticket, "--yes", "--max-total", "100.00", "--no-qr")
    stage.act("ben", *buy, ends=ExitCode.CONFLICT)
    stage.narrate("The lock expired by itself, and the seat is back on sale.")
    stage.act("ana", "view", ticket)


def closing(stage: Stage, listings: Path) -> None:
    """Print how to do the same by hand."""
    stage.narrate("That is all. The server has stopped and its folder is deleted. By hand:")
    bin_ = Path(sys.executable).parent
    stage.print(
        f"""
  export PATH={bin_}:$PATH
  ticketing serve                                   # in one terminal
  ticketing auth signup --email you@example.org     # in another
  ticketing sell --file {listings}
  ticketing list
  ticketing auth signup --email friend@example.org  # you cannot buy your own ticket
  ticketing buy TICKET
  ticketing sandbox pay ORDER --card {CARD}   # in a third terminal
  ticketing help"""
    )
