"""Passwords: hashed with argon2id, and checked as slowly for a wrong address as for a right one."""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

# OWASP ASVS 5.0, 11.4.2: at least t=2, m=19 MiB, p=1; about 50 ms here.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: Checked when the address is unknown, so that the answer takes as long.
NOBODY = _HASHER.hash("nobody has this password")


def hashed(password: str) -> str:
    """Return the hash to store."""
    return _HASHER.hash(_folded(password))


def matches(stored: str, password: str) -> bool:
    """Tell whether the password is the one that was hashed."""
    try:
        return _HASHER.verify(stored, _folded(password))
    except (VerifyMismatchError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Tell whether the hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def _folded(password: str) -> str:
    """Let the same characters be the same password, whichever keyboard typed them (RFC 8265)."""
    return unicodedata.normalize("NFC", password)
