"""Topics: the subjects that `ticketing help` explains besides commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ticketing_cli.runtime.errors import ExitCode

#: Every variable that the clients read; a test compares this with the code.
VARIABLES = {
    "TICKETING_SERVER": "Address of the marketplace.",
    "TICKETING_TOKEN": "Token to use instead of the stored one; the keyring is not used.",
    "TICKETING_CONFIG_DIR": "Folder for settings and sign-ins; no other folder is written to.",
    "TICKETING_CREDENTIAL_STORE": "Where sign-ins are stored: auto, keyring or file.",
    "TICKETING_INSECURE": "1 allows plain http to another machine.",
    "TICKETING_COLOR": "auto, always or never, like --color.",
    "TICKETING_FORCE_TTY": "Format output for people in a pipe too; a number sets the width.",
    "TICKETING_PROMPT_DISABLED": "1 disables prompts, like --no-input.",
    "TICKETING_DEBUG": "1 shows a traceback for errors, like --debug.",
    "TICKETING_BROWSER": "Program that opens payment pages; takes precedence over BROWSER.",
    "BROWSER": "Program that opens web pages; several are separated as in PATH, %s is the page.",
    "NO_COLOR": "If not empty: no colour and no bold.",
    "FORCE_COLOR": "Use colour in a pipe too; 0 means no colour.",
    "CLICOLOR_FORCE": "Use colour in a pipe too; 0 changes nothing.",
    "CLICOLOR": "0 means no colour, unless it is forced.",
    "ACCESSIBLE": "1 for screen readers: no line is redrawn in place, no QR code, no animation.",
    "COLUMNS": "Width of the terminal.",
    "TERM": "dumb: no line is redrawn in place.",
    "PYTHON_KEYRING_BACKEND": "The keyring to use, by the name of its Python class.",
}

FORMATTING = """\
On a terminal, lists are tables. In a pipe, each record is one line with tabs between its
columns: no header, no colour, no truncation. Prices look like `EUR 45.00`, times are RFC 3339.

--json FIELDS prints JSON with the named fields, comma-separated; `all` selects all of them, and
an unknown name prints the list. A list is one array; `watch` prints one object per line.
Amounts are integers in minor units (cents, or yen) with their currency, times are RFC 3339 with
an offset, ids are strings. Fields may be added, but are never removed or changed.

Data goes to stdout, everything else to stderr. --color auto|always|never controls colour;
NO_COLOR and FORCE_COLOR are obeyed. With --json there are no prompts, and an error is one JSON
object on stderr: code, message, retryable, errors."""


LISTINGS = """\
`ticketing sell --file FILE` (or -, for stdin) lists every ticket of a file, as spreadsheets save
them: CSV with comma, semicolon, tab or | between columns, in UTF-8 or UTF-16, or .xlsx (needs
`pip install 'ticketing[xlsx]'`). The first line names the columns, in any order; capitals, blanks
and underscores do not matter.

Required: show, category, venue, city, country, starts_at, section, row, seat, price, currency
Optional: external_id, barcode, timezone
Instead of starts_at: date, time    Instead of seat: seat_from, seat_to    Also: quantity

Examples: starts_at 2028-04-07T20:00:00+02:00, country FR, currency EUR, price 45.00. section, row
and seat may be empty. starts_at has the offset that the country uses on that day; any other is
refused, saying what it should be. A time without an offset is the time at the venue: that of
timezone, e.g. America/Denver, or of the country if it has one time zone. 30/11/2028 7:30 PM is
read; 03/04/2028 is refused, because it can mean two days. A row with a quantity, or with seat_from
and seat_to, becomes that many tickets.

external_id is your own name for a ticket: a row with an external_id that you listed before updates
that ticket, so a file can be sent again. If you have withdrawn that ticket, the row is listed again
as a new ticket, and counted as relisted. Several tickets of one row are named 1001-12, 1001-13
after their seats. barcode is what somebody else printed on the ticket, if anything: only the
buyer sees it. The column may also be called code.

--map "Ticket Price=price" reads a column of another name, and can be repeated; columns that are
then still unknown are ignored. Options such as --city, --currency and --timezone stand for columns
that the file does not have. Both can be a profile in config.toml, for `--profile broker`:

  [profiles.broker]
  currency = "EUR"
  timezone = "Europe/Paris"
  columns = { "Ticket Price" = "price", SeatThru = "seat_to" }

If a column is missing or unknown, nothing is sent (exit code 2). An invalid row is reported by its
line number, and the others are listed (exit code 1). What a spreadsheet has spoilt, such as a code
that became 1.23457E+11, is refused. --dry-run shows what each row would become."""


def environment() -> str:
    """Return the environment variables and their effect."""
    return _table(VARIABLES)


def exit_codes() -> str:
    """Return the exit codes and their meaning."""
    return _table({str(int(code)): code.__doc__ or "" for code in ExitCode})


def formatting() -> str:
    """Return the description of the output formats."""
    return FORMATTING


def listings() -> str:
    """Return the description of the CSV format."""
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
