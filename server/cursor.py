"""Cursors: where the next page of a list begins, opaque to clients."""

from __future__ import annotations

import base64
import binascii

import msgspec

from contract.problems import FieldError, Invalid


def write(*position: int | str) -> str:
    """Return the cursor of the page that begins after `position`, the last item's sort key."""
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).rstrip(b"=").decode()


def read(cursor: str, *types: type) -> tuple[int | str, ...]:
    """Return the position of a cursor. Raises Invalid for what is not a cursor of this list."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        position: tuple[int | str, ...] = msgspec.json.decode(raw, type=tuple[int | str, ...])
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        position = ()
    if tuple(map(type, position)) != types or not all(map(_fits, position)):
        raise Invalid(errors=(FieldError(field="cursor", message="is not a cursor of this list"),))
    return position


def _fits(value: int | str) -> bool:
    """Tell whether a database can store the value: 64 bits, and no NUL."""
    return -(2**63) <= value < 2**63 if isinstance(value, int) else value.isprintable()
