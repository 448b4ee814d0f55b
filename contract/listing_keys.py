"""Listing keys: what only one ticket of a show may have, to find repeated rows in a file."""

from __future__ import annotations

from datetime import datetime

from contract.codes import code_key
from contract.text_keys import seat_key, show_key
from contract.tickets import CreateTicket

#: The name of a field, the show and its start, and what the field is compared by.
ListingKey = tuple[str, str, datetime, str]


def listing_keys(row: CreateTicket) -> tuple[ListingKey, ...]:
    """Return the keys of a ticket's seat and barcode, if it has them."""
    show = show_key(row.show.name, row.show.venue, row.show.city)
    keys = {
        "seat": seat_key(row.section, row.row, row.seat),
        "barcode": None if row.barcode is None else code_key(row.barcode),
    }
    return tuple(
        (field, show, row.show.starts_at, key) for field, key in keys.items() if key is not None
    )
