"""Sealing: encrypt what the database must not show, with the operator's key or one of its own.

A sealed text begins with the name of the key that sealed it, so that an operator can set a key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from server.settings import WrongSetting
from server.tickets import key_statements as sql
from server.tx import Tx

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

#: In place of the name of a key: not sealed yet, as the migration left it.
PLAIN = "plain"
NAME_LENGTH = 8


def seal(tx: Tx, text: str, *, purpose: str) -> str:
    """Encrypt a text with the present key. What has another purpose is encrypted differently."""
    key = _key(tx)
    token = _cipher(key, purpose).encrypt(text.encode()).decode()
    return f"{_name(key)}:{token}"


def unseal(tx: Tx, sealed: str, *, purpose: str) -> str:
    """Return a text that was sealed with one of the keys. Raises WrongSetting for another."""
    name, _, token = sealed.partition(":")
    if name == PLAIN:
        return token
    key = next((key for key in _keys(tx) if _name(key) == name), None)
    if key is None:
        msg = (
            f"secret_key lacks the key {name} that barcodes and signing keys were encrypted with; "
            "add that key behind the present one, with a comma between"
        )
        raise WrongSetting(msg)
    return _cipher(key, purpose).decrypt(token.encode()).decode()


def keyed_digest(tx: Tx, text: str, *, purpose: str) -> str:
    """Return a digest that nobody without the present key can try guesses against."""
    return hmac.new(_derive(purpose, _key(tx)), text.encode(), hashlib.sha256).hexdigest()


def present_key(tx: Tx) -> str:
    """Return the name of the key that seals now."""
    return _name(_key(tx))


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


@lru_cache(maxsize=8)
def _cipher(key: str, purpose: str) -> Fernet:
    # 10 MB, which a server that seals nothing need not spend.
    from cryptography.fernet import Fernet  # noqa: PLC0415

    return Fernet(base64.urlsafe_b64encode(_derive(purpose, key)))
