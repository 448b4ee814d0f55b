"""Cursors: where the next page of a list begins, opaque to whoever holds one."""

from __future__ import annotations

import base64
import binascii

import msgspec

from contract.problems import FieldError, Invalid


def write(*place: int | str) -> str:
    """Return the cursor of the page that begins after `place`, the last item's sort key."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def read(cursor: str, *kinds: type) -> tuple[int | str, ...]:
    """Return the place a cursor stands for; raise Invalid for what no list has given."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        place: tuple[int | str, ...] = msgspec.json.decode(raw, type=tuple[int | str, ...])
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        place = ()
    if tuple(map(type, place)) != kinds or not all(map(_fits, place)):
        raise Invalid(errors=(FieldError(field="cursor", message="is not a cursor of this list"),))
    return place


def _fits(value: int | str) -> bool:
    """Tell whether a database could hold the value: 64 bits, and no NUL."""
    return -(2**63) <= value < 2**63 if isinstance(value, int) else value.isprintable()
