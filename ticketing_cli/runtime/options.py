"""Options: those that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from ticketing_cli.runtime import recent

Json = Annotated[
    str | None,
    typer.Option(
        "--json", metavar="FIELDS",
        help="Print JSON with these fields, comma-separated; `all` for all of them.",
    ),
]  # fmt: skip
Limit = Annotated[
    int,
    typer.Option("--limit", "-n", min=0, metavar="N", help="Show at most this many; 0 for all."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only the id.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Answer yes to every question.")]
Confirm = Annotated[
    str | None,
    typer.Option("--confirm", metavar="NAME", help="The name, instead of a prompt for it."),
]
IdempotencyKey = Annotated[
    str | None,
    typer.Option(
        "--idempotency-key", metavar="KEY",
        help="Your own key for this command; it is safe to retry with the same key.",
    ),
]  # fmt: skip
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of stdin.")
]
Query = Annotated[
    str, typer.Argument(metavar="[QUERY]", show_default=False, help="Words to search for.")
]
TicketId = Annotated[
    str,
    typer.Argument(
        metavar="TICKET", help="A ticket's id, as `ticketing list` shows it.",
        autocompletion=recent.tickets,
    ),
]  # fmt: skip
OwnTicketId = Annotated[
    str,
    typer.Argument(
        metavar="TICKET", help="A ticket's id, as `ticketing wallet` shows it.",
        autocompletion=recent.tickets,
    ),
]  # fmt: skip
OrderId = Annotated[
    str,
    typer.Argument(
        metavar="ORDER", help="An order's id, as `ticketing orders` shows it.",
        autocompletion=recent.orders,
    ),
]  # fmt: skip
TransferId = Annotated[
    str,
    typer.Argument(
        metavar="TRANSFER", help="A transfer's id, as `ticketing transfers` shows it.",
        autocompletion=recent.transfers,
    ),
]  # fmt: skip
OrganiserId = Annotated[
    str,
    typer.Argument(
        metavar="ORGANISER", help="An organiser's id, as `ticketing organisers` shows it."
    ),
]
ShowId = Annotated[
    str,
    typer.Argument(
        metavar="SHOW", help="A show's id, as `ticketing shows` prints it, or a ticket's id."
    ),
]
Web = Annotated[bool, typer.Option("--web", help="Open the page in a browser.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait for the result; exit code 8.")]
NoQr = Annotated[bool, typer.Option("--no-qr", help="Draw no QR code.")]
