"""Barcodes: the codes that sellers bring with imported tickets, encrypted at rest.

The digest tells whether two tickets have one barcode. It is keyed: a barcode can be guessed.
"""

from __future__ import annotations

from functools import partial

import msgspec

from contract.alerts import AlertKind
from contract.codes import code_key
from contract.shows import Show
from contract.tickets import BarcodeTaken
from server.alerts import service as alerts
from server.tickets import key_statements, sealing, show_keys
from server.tickets import statements as sql
from server.tx import Tx

#: How many barcodes one transaction seals again.
BATCH = 500
PURPOSE = "barcode encryption"


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
    return SealedBarcode(
        sealing.seal(tx, barcode, purpose=PURPOSE),
        sealing.keyed_digest(tx, code_key(barcode), purpose="barcode digest"),
    )


def unseal(tx: Tx, sealed: str) -> str:
    """Return a barcode that was sealed with one of the keys. Raises WrongSetting for another."""
    return sealing.unseal(tx, sealed, purpose=PURPOSE)


def reseal(tx: Tx) -> bool:
    """Seal up to 500 barcodes that are plain or sealed with another key, then the keys of shows.

    False when none is left. Two tickets of a show with one barcode are left as they are, and
    operators are alerted.
    """
    name = sealing.present_key(tx)
    if (tx.first(key_statements.SECRET, name="sealed_with") or ("",))[0] == name:
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
    more = len(rows) == BATCH or show_keys.reseal(tx)
    if not more:
        tx.execute(key_statements.DELETE_SECRET, name="sealed_with")
        tx.execute(key_statements.INSERT_SECRET, name="sealed_with", value=name)
    return more
