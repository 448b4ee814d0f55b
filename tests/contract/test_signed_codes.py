"""Signed codes: what the QR code of a ticket says, and how it is read."""

from __future__ import annotations

import pytest
import segno

from client.qr import halves
from contract.codes import code_key
from contract.signed_codes import (
    TEXT_LENGTH,
    entry_key,
    read_signed,
    signed_part,
    signed_text,
)
from tests.qr_codes import read_drawn

CODE, TICKET = "7KQ2M9XD0ABC4567", "tkt_01jd3k5m7p9r1t3v5x7z"
SIGNATURE = bytes(range(192, 256))


def text(*, serial: int = 3, signature: bytes = SIGNATURE) -> str:
    """Return the text of a QR code."""
    signed = signed_part(code=CODE, ticket_id=TICKET, serial=serial)
    assert signed is not None
    return signed_text(signed, signature)


@pytest.mark.parametrize("signature", [SIGNATURE, bytes(64), b"\xff" * 64])
def test_what_was_written_is_read_again(signature: bytes) -> None:
    read = read_signed(text(serial=1_000_000, signature=signature))
    assert read is not None
    assert (read.code, read.ticket_id, read.serial) == (CODE, TICKET, 1_000_000)
    assert read.signature == signature
    assert text(serial=1_000_000).encode().startswith(read.signed)


def test_a_scanner_may_add_blanks_and_change_the_case() -> None:
    assert read_signed(f" {text().lower()}\r\n") == read_signed(text())


@pytest.mark.parametrize(
    "other",
    ["", CODE, text()[:-1], text() + "0", "2" + text()[1:], text()[:-1] + "U", "1" + "Z" * 143],
)
def test_other_texts_are_not_signed_codes(other: str) -> None:
    assert read_signed(other) is None
    assert entry_key(other) == code_key(other)


def test_a_scanned_code_is_compared_like_the_typed_one() -> None:
    assert entry_key(text()) == entry_key("7kq2-m9xd-0abc-4567") == CODE


@pytest.mark.parametrize(
    ("code", "ticket"),
    [("PRINTED-1", TICKET), (CODE.lower(), TICKET), (CODE, "tkt_1"), (CODE, "ord_" + TICKET[4:])],
)
def test_what_the_server_did_not_make_is_not_signed(code: str, ticket: str) -> None:
    assert signed_part(code=code, ticket_id=ticket, serial=1) is None


def test_a_serial_that_does_not_fit_is_not_signed() -> None:
    assert signed_part(code=CODE, ticket_id=TICKET, serial=1 << 20) is None


def test_the_qr_code_is_version_6_at_level_m_and_fits_80_by_24() -> None:
    made = segno.make(text(), error="m", micro=False)
    assert (len(text()), made.version, made.error, made.mode) == (
        TEXT_LENGTH, 6, "M", "alphanumeric",
    )  # fmt: skip
    lines = halves(text())
    assert (len(lines), len(lines[0])) == (23, 45)


def test_a_decoder_reads_the_drawn_qr_code() -> None:
    assert read_drawn(halves(text())) == text()
