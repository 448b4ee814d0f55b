"""Passwords: hashed with argon2id, and verified as slowly for an unknown address as for a known."""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

# OWASP ASVS 5.0, 11.4.2: at least t=2, m=19 MiB, p=1; about 50 ms here.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: Verified when the address is unknown, so that the response takes as long.
DUMMY_HASH = _HASHER.hash("nobody has this password")


def hash_password(password: str) -> str:
    """Return the hash to store."""
    return _HASHER.hash(_normalized(password))


def verify(stored: str, password: str) -> bool:
    """Tell whether the password matches the stored hash."""
    try:
        return _HASHER.verify(stored, _normalized(password))
    except (VerifyMismatchError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Tell whether the hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def _normalized(password: str) -> str:
    """Return the NFC form, so that every keyboard types the same password (RFC 8265)."""
    return unicodedata.normalize("NFC", password)
