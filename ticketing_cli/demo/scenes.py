"""Scenes: what happens in the demo, in order."""

from __future__ import annotations

import sys
from pathlib import Path

from ticketing_cli.demo.stage import Stage
from ticketing_cli.runtime.errors import Exit

PEOPLE = {"seller": "sofia@example.org", "ana": "ana@example.org", "ben": "ben@example.org"}
#: Of people who do not exist, on a server that is gone in half a minute.
PASSWORD = "correct horse battery staple"  # noqa: S105  as above
CARD = "4242424242424242"


def opening(stage: Stage) -> None:
    """Sign up a seller and two buyers."""
    stage.tell("A marketplace is running on this machine. A seller and two buyers sign up.")
    for who, email in PEOPLE.items():
        signup = ("auth", "signup", "--email", email, "--password-stdin")
        stage.act(who, *signup, stdin=f"{PASSWORD}\n")


def listing(stage: Stage, listings: Path) -> None:
    """List a file of tickets."""
    stage.tell("The seller lists forty seats at ten shows from a CSV file, after a dry run.")
    stage.act("seller", "sell", "--file", str(listings), "--dry-run")
    stage.act("seller", "sell", "--file", str(listings))


def browsing(stage: Stage) -> None:
    """Look around."""
    stage.tell("Anybody may look around, signed in or not. Accents need not be typed.")
    stage.act("ana", "shows")
    stage.act("ana", "list", "arlesienne", "--sort", "price")


def sale(stage: Stage) -> str:
    """Lock, be refused, pay, deliver; return the order's id."""
    stage.tell("Ana takes the cheapest seat. It is locked for her for 15 minutes.")
    cheapest = ("list", "arlesienne", "--sort", "price", "--limit", "1", "--json", "id")
    ticket = stage.read("ana", *cheapest)[0]["id"]
    order = stage.answer("ana", "lock", ticket, "--quiet")
    stage.tell("Ben is a second too late. While it is locked, nobody else can have it.")
    buy = ("buy", ticket, "--yes", "--max-total", "100.00")
    stage.act("ben", *buy, ends=Exit.CONFLICT)
    stage.tell("Ana asks where to pay. Cards are never typed into the terminal: a link, a QR code.")
    stage.act("ana", "pay", order, "--no-wait", ends=Exit.PENDING)
    stage.tell("She pays on the sandbox's page with a test card, as a browser would do it.")
    stage.act("ana", "sandbox", "pay", order, "--card", CARD)
    stage.tell("The ticket is hers: the seat, the entry code, and the code for the gate.")
    stage.act("ana", "pay", order)
    stage.act("seller", "list", "--mine", "--status", "sold")
    return order


def inquiry(stage: Stage, order: str) -> None:
    """Read one order's story."""
    stage.tell("The operator can read an order's whole story: who did what, and what it led to.")
    stage.operate("grant-admin", PEOPLE["seller"])
    stage.act("seller", "admin", "trace", order)


def lapse(stage: Stage) -> None:
    """Let a lock run out."""
    stage.tell("The server was stopped and is back on the same database; nothing is lost.")
    stage.tell("From here on a lock lasts 6 seconds, not 15 minutes, so that we can see it end.")
    cheapest = ("list", "fado", "--sort", "price", "--limit", "1", "--json", "id")
    ticket = stage.read("ben", *cheapest)[0]["id"]
    stage.tell("Ben locks a seat and does not pay.")
    buy = ("buy", ticket, "--yes", "--max-total", "100.00", "--no-qr")
    stage.act("ben", *buy, ends=Exit.CONFLICT)
    stage.tell("The lock ran out by itself, and the seat is on sale again.")
    stage.act("ana", "view", ticket)


def curtain(stage: Stage, listings: Path) -> None:
    """Say how to go on by hand."""
    stage.tell("That was all of it; the server is stopped and its folder is gone. By hand:")
    bin_ = Path(sys.executable).parent
    stage.say(
        f"""
  export PATH={bin_}:$PATH
  ticketing serve                                   # in one terminal
  ticketing auth signup --email you@example.org     # in another
  ticketing sell --file {listings}
  ticketing list
  ticketing auth signup --email friend@example.org  # nobody buys from themselves
  ticketing buy TICKET
  ticketing sandbox pay ORDER --card {CARD}   # in a third terminal
  ticketing help"""
    )
