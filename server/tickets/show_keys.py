"""The keys of shows: with one the server signs the QR codes of a show, and its gate checks them.

Each show gets a key when it is created. The private part is sealed in the database and never leaves
the server; a gate has the public part. A show that others were merged into has their keys as well.
"""

from __future__ import annotations

from contract.shows import ShowCreated
from contract.signed_codes import signed_part, signed_text
from server.tickets import key_statements as sql
from server.tickets import sealing
from server.tx import Tx

PURPOSE = "signing key encryption"
#: How many keys one transaction makes or seals again.
BATCH = 500
DAY = 24 * 3600 * 1_000_000


def show_created(tx: Tx, event: ShowCreated) -> None:
    """Make the key of a new show."""
    create(tx, show_id=event.id)


def create(tx: Tx, *, show_id: str) -> None:
    """Make a key for a show."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415  as in sealing
        Ed25519PrivateKey,
    )

    private = tx.new_secret()
    public = Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    tx.execute(
        sql.INSERT_KEY,
        public_key=public.hex(), show_id=show_id, created_at=tx.now_us,
        private_key=sealing.seal(tx, private.hex(), purpose=PURPOSE),
    )  # fmt: skip


def move(tx: Tx, *, show_id: str, into_id: str) -> None:
    """Give the keys of a show to another one, whose gate then believes the QR codes of both."""
    tx.execute(sql.MOVE_KEYS, show=show_id, into=into_id)


def add_missing(tx: Tx) -> bool:
    """Make up to 500 keys for shows that were created before there were keys; False at the end."""
    rows = tx.all(sql.SHOWS_WITHOUT_KEY, since=tx.now_us - DAY, limit=BATCH)
    for (show_id,) in rows:
        create(tx, show_id=show_id)
    return len(rows) == BATCH


def sign(tx: Tx, *, show_id: str, ticket_id: str, serial: int, code: str) -> str:
    """Return the text of a ticket's QR code: signed, or the code alone if it cannot be signed."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415  as in sealing
        Ed25519PrivateKey,
    )

    signed = signed_part(code=code, ticket_id=ticket_id, serial=serial)
    row = None if signed is None else tx.first(sql.SIGNING_KEY, show=show_id)
    if signed is None or row is None:
        return code
    private = bytes.fromhex(sealing.unseal(tx, row[0], purpose=PURPOSE))
    signature = Ed25519PrivateKey.from_private_bytes(private).sign(signed.encode())
    return signed_text(signed, signature)


def list_public(tx: Tx, *, show_id: str) -> tuple[str, ...]:
    """Return the public keys of a show, in hexadecimal digits."""
    return tuple(row[0] for row in tx.all(sql.PUBLIC_KEYS, show=show_id))


def reseal(tx: Tx) -> bool:
    """Seal up to 500 keys again that another key has sealed; False when none is left."""
    name = sealing.present_key(tx)
    rows = tx.all(sql.KEYS_SEALED_OTHERWISE, like=f"{name}:%", limit=BATCH)
    for public, sealed in rows:
        private = sealing.unseal(tx, sealed, purpose=PURPOSE)
        again = sealing.seal(tx, private, purpose=PURPOSE)
        tx.execute(sql.SET_PRIVATE_KEY, public=public, sealed=again)
    return len(rows) == BATCH
