"""Topics: what `ticketing help` explains besides commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ticketing_cli.runtime.errors import Exit

#: Every variable the clients look at; a test compares this with the code.
VARIABLES = {
    "TICKETING_SERVER": "Address of the marketplace.",
    "TICKETING_TOKEN": "Token to use instead of the kept one; no keyring is looked at then.",
    "TICKETING_CONFIG_DIR": "Folder for settings and sign-ins; nothing is written elsewhere.",
    "TICKETING_CREDENTIAL_STORE": "Where sign-ins are kept: auto, keyring or file.",
    "TICKETING_INSECURE": "1 allows plain http to another machine.",
    "TICKETING_COLOR": "auto, always or never, as --color.",
    "TICKETING_FORCE_TTY": "Print for people in a pipe too; a number is the width to use.",
    "TICKETING_PROMPT_DISABLED": "1 never asks anything, as --no-input.",
    "TICKETING_DEBUG": "1 shows where an error came from, as --debug.",
    "TICKETING_BROWSER": "Program that opens payment pages; it beats BROWSER.",
    "BROWSER": "The same for every program.",
    "NO_COLOR": "Not empty: no colour, no bold.",
    "FORCE_COLOR": "Colour in a pipe too; 0 means none.",
    "CLICOLOR_FORCE": "The same.",
    "ACCESSIBLE": "1 for screen readers: no line is drawn in place, no QR code, nothing moves.",
    "COLUMNS": "Width of the terminal.",
    "TERM": "dumb: nothing is drawn in place.",
    "PYTHON_KEYRING_BACKEND": "Which keyring to use, by the name of its Python class.",
}

FORMATTING = """\
On a terminal, lists are tables. In a pipe, each record is one line with tabs between its
columns: no header, no colour, nothing cut off. Prices read `EUR 45.00`, times are RFC 3339.

--json FIELDS prints JSON with the fields you name, comma-separated; `all` names every one, and
an unknown one prints the list. Lists are one array; `watch` prints one object per line.
Amounts are whole minor units (cents, or whole yen) with their currency, times are RFC 3339 with
an offset, ids are strings. Fields may be added, never removed or changed.

Data goes to stdout, everything else to stderr. --color auto|always|never decides about colour;
NO_COLOR and FORCE_COLOR are obeyed. With --json nothing is asked, and an error is one JSON
object on stderr: code, message, retryable, errors."""


LISTINGS = """\
`ticketing sell --file FILE` (or -, for stdin) lists every ticket of a CSV file: comma, semicolon
or tab between columns, UTF-8, the first line naming the columns, in any order.

Needed:   show, category, venue, city, country, starts_at, section, row, seat, price, currency
Optional: external_id, code

starts_at reads 2028-04-07T20:00:00+02:00, country FR, currency EUR, price 45.00. section, row and
seat may be empty. external_id is your own name for a ticket: a row whose external_id you have
listed before brings that ticket up to date, so that a file can be sent again. code is the entry
code; without one the marketplace makes one.

A missing or unknown column refuses the file (exit code 2, nothing sent). A bad row is named by its
line number and the others are listed (exit code 1). --dry-run says what would happen."""


def environment() -> str:
    """Return the variables and what each does."""
    return _table(VARIABLES)


def exit_codes() -> str:
    """Return the exit codes and what each means."""
    return _table({str(int(code)): code.__doc__ or "" for code in Exit})


def formatting() -> str:
    """Return how output reads, for people and for programs."""
    return FORMATTING


def listings() -> str:
    """Return what a file of listings looks like."""
    return LISTINGS


TOPICS: dict[str, Callable[[], str]] = {
    "environment": environment,
    "exit-codes": exit_codes,
    "formatting": formatting,
    "listings": listings,
}


def _table(rows: Mapping[str, str]) -> str:
    width = max(map(len, rows))
    return "\n".join(f"{name:<{width}}  {meaning}" for name, meaning in rows.items())
