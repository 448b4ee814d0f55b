"""Signed codes: what the QR code of a ticket says, so that a gate can check it without a network.

The text is 144 characters of a QR code's alphanumeric mode: a version, the entry code, the random
part of the ticket's id, the serial of the code, and an Ed25519 signature of all of that under the
key of the show. At error level M this is version 6, 41 modules wide: 23 lines of a terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from contract.codes import code_key

VERSION = "1"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH, TICKET_LENGTH, SERIAL_LENGTH = 16, 20, 4
BITS = 5
SIGNATURE_BYTES = 64
SIGNATURE_LENGTH = -(-8 * SIGNATURE_BYTES // BITS)
#: The characters in front of the signature: those that are signed.
SIGNED_LENGTH = 1 + CODE_LENGTH + TICKET_LENGTH + SERIAL_LENGTH
TEXT_LENGTH = SIGNED_LENGTH + SIGNATURE_LENGTH
_DIGIT = f"[{ALPHABET}]"
_TEXT = re.compile(
    rf"{VERSION}({_DIGIT}{{{CODE_LENGTH}}})({_DIGIT}{{{TICKET_LENGTH}}})"
    rf"({_DIGIT}{{{SERIAL_LENGTH}}})({_DIGIT}{{{SIGNATURE_LENGTH}}})"
)
_CODE = re.compile(rf"{_DIGIT}{{{CODE_LENGTH}}}")
_TICKET = re.compile(rf"tkt_({_DIGIT}{{{TICKET_LENGTH}}})", re.IGNORECASE)


class SignedCode(msgspec.Struct, frozen=True):
    """What a QR code says. Whoever reads it has yet to check the signature of `signed`."""

    code: str
    ticket_id: str
    serial: int
    signed: bytes
    signature: bytes


def signed_part(*, code: str, ticket_id: str, serial: int) -> str | None:
    """Return what is to be signed for an entry code.

    None for a code that the server did not make: before there were entry codes, sellers wrote them.
    """
    ticket = _TICKET.fullmatch(ticket_id)
    if not _CODE.fullmatch(code) or ticket is None or serial >= 1 << BITS * SERIAL_LENGTH:
        return None
    return f"{VERSION}{code}{ticket[1].upper()}{_written(serial, SERIAL_LENGTH)}"


def signed_text(signed: str, signature: bytes) -> str:
    """Return the text of the QR code."""
    return signed + _written(int.from_bytes(signature), SIGNATURE_LENGTH)


def read_signed(text: str) -> SignedCode | None:
    """Return what a QR code says; None for any other text, such as a code that somebody typed."""
    key = code_key(text)
    parts = _TEXT.fullmatch(key)
    if parts is None:
        return None
    code, ticket, serial, signature = parts.groups()
    number = _number(signature)
    if number >= 1 << 8 * SIGNATURE_BYTES:
        return None
    return SignedCode(
        code=code, ticket_id=f"tkt_{ticket.lower()}", serial=_number(serial),
        signed=key[:SIGNED_LENGTH].encode(), signature=number.to_bytes(SIGNATURE_BYTES),
    )  # fmt: skip


def is_genuine(code: SignedCode, public_keys: Iterable[str]) -> bool:
    """Tell whether one of these keys, in hexadecimal digits, has signed a code."""
    # Takes 30 ms, which only a gate need spend.
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    for key in public_keys:
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
                code.signature, code.signed
            )
        except InvalidSignature:
            continue
        return True
    return False


def entry_key(text: str) -> str:
    """Return the form in which entry codes are compared, whether one was typed or scanned."""
    signed = read_signed(text)
    return code_key(text) if signed is None else signed.code


def _written(number: int, length: int) -> str:
    return "".join(ALPHABET[number >> BITS * n & 31] for n in reversed(range(length)))


def _number(text: str) -> int:
    number = 0
    for char in text:
        number = number << BITS | ALPHABET.index(char)
    return number
