"""Barcodes: the codes that sellers bring with imported tickets, encrypted at rest.

A sealed barcode begins with the name of the key that sealed it, so that an operator can set a key.
The digest tells whether two tickets have one barcode. It is keyed: a barcode can be guessed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import msgspec

from contract.alerts import AlertKind
from contract.codes import code_key
from contract.shows import Show
from contract.tickets import BarcodeTaken
from server.alerts import service as alerts
from server.settings import WrongSetting
from server.tickets import statements as sql
from server.tx import Tx

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

#: In place of the name of a key: not sealed yet, as the migration left it.
PLAIN = "plain"
#: How many barcodes one transaction seals again.
BATCH = 500
NAME_LENGTH = 8


class SealedBarcode(msgspec.Struct, frozen=True):
    """A barcode as the database has it; both are None when there is none."""

    text: str | None
    digest: str | None


NO_BARCODE = SealedBarcode(None, None)


def claim(
    tx: Tx, barcode: str | None, *, show: Show, seller_id: str, ticket_id: str
) -> SealedBarcode:
    """Return a barcode as the database has it; nobody else can claim it meanwhile.

    Raises BarcodeTaken. If another seller has a ticket with it, operators get an alert.
    """
    if barcode is None:
        return NO_BARCODE
    sealed = seal(tx, barcode)
    tx.advisory_lock(f"barcode:{show.id}:{sealed.digest}")
    holder = tx.first(sql.BARCODE_TAKEN, show=show.id, digest=sealed.digest, ticket_id=ticket_id)
    if holder is None:
        return sealed
    if holder[1] != seller_id:
        detail = (
            f"Two people have one barcode at {show.name} ({show.id}): {holder[1]} listed it as "
            f"{holder[0]}, and {seller_id} was refused."
        )
        tx.unconditional.append(
            partial(
                alerts.open_alert, kind=AlertKind.DUPLICATE, subject=holder[0], detail=detail,
                other_id=seller_id,
            )
        )  # fmt: skip
    raise BarcodeTaken


def seal(tx: Tx, barcode: str) -> SealedBarcode:
    """Encrypt a barcode with the present key."""
    key = _key(tx)
    token = _cipher(key).encrypt(barcode.encode()).decode()
    digest = hmac.new(
        _derive("barcode digest", key), code_key(barcode).encode(), hashlib.sha256
    ).hexdigest()
    return SealedBarcode(f"{_name(key)}:{token}", digest)


def unseal(tx: Tx, sealed: str) -> str:
    """Return a barcode that was sealed with one of the keys. Raises WrongSetting for another."""
    name, _, token = sealed.partition(":")
    if name == PLAIN:
        return token
    key = next((key for key in _keys(tx) if _name(key) == name), None)
    if key is None:
        msg = (
            f"secret_key lacks the key {name} that barcodes were encrypted with; add that key "
            "behind the present one, with a comma between"
        )
        raise WrongSetting(msg)
    return _cipher(key).decrypt(token.encode()).decode()


def reseal(tx: Tx) -> bool:
    """Seal up to 500 barcodes that are plain or sealed with another key; False when none is left.

    Two tickets of a show with one barcode are left as they are, and operators are alerted.
    """
    name = _name(_key(tx))
    if (tx.first(sql.SECRET, name="sealed_with") or ("",))[0] == name:
        return False
    rows = tx.all(sql.SEALED_OTHERWISE, like=f"{name}:%", limit=BATCH)
    for ticket_id, text, show_id in rows:
        sealed = seal(tx, unseal(tx, text))
        try:
            with tx.savepoint(), tx.mapping_integrity_error(BarcodeTaken):
                tx.execute(
                    sql.SET_BARCODE, ticket_id=ticket_id, sealed=sealed.text, digest=sealed.digest
                )
        except BarcodeTaken:
            tx.execute(sql.SET_BARCODE, ticket_id=ticket_id, sealed=sealed.text, digest=None)
            other = tx.first(
                sql.BARCODE_TAKEN, show=show_id, digest=sealed.digest, ticket_id=ticket_id
            )
            alerts.open_alert(
                tx, AlertKind.DUPLICATE, ticket_id,
                detail="Another ticket of this show has the same barcode.",
                other_id=None if other is None else other[0],
            )  # fmt: skip
    if len(rows) < BATCH:
        tx.execute(sql.DELETE_SECRET, name="sealed_with")
        tx.execute(sql.INSERT_SECRET, name="sealed_with", value=name)
    return len(rows) == BATCH


def _key(tx: Tx) -> str:
    return next(_keys(tx))


def _keys(tx: Tx) -> Iterator[str]:
    """Yield the keys: the first encrypts, and all of them decrypt."""
    yield from tx.settings.secret_keys
    yield _made_up(tx)


def _made_up(tx: Tx) -> str:
    """Return the key that the migration made up for this database."""
    row = tx.first(sql.SECRET, name="secret_key")
    if row is None:
        msg = "the database has no secret key; restore the row 'secret_key' of table secrets"
        raise RuntimeError(msg)
    key: str = row[0]
    return key


def _name(key: str) -> str:
    return _derive("name", key).hex()[:NAME_LENGTH]


def _derive(purpose: str, key: str) -> bytes:
    return hmac.new(key.encode(), purpose.encode(), hashlib.sha256).digest()


@lru_cache(maxsize=4)
def _cipher(key: str) -> Fernet:
    # 10 MB, which a server without barcodes need not spend.
    from cryptography.fernet import Fernet  # noqa: PLC0415

    return Fernet(base64.urlsafe_b64encode(_derive("barcode encryption", key)))
