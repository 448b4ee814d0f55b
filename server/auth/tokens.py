"""Tokens: 256 random bits that speak for a session. Only their hash is kept."""

from __future__ import annotations

import base64
import hashlib
import zlib

from contract.problems import NotSignedIn
from server.clock import Rng, same_secret

#: Lets scanners and people recognise a leaked token for what it is.
PREFIX = "tkt_session_"
_CHECK = 4


def new(rng: Rng) -> str:
    """Make a token: prefix, 43 characters of rng, and a checksum that catches typos."""
    secret = base64.urlsafe_b64encode(rng.randbytes(32)).rstrip(b"=").decode()
    return f"{PREFIX}{secret}{_checksum(secret)}"


def digest(token: str) -> str:
    """Return the SHA-256 to look a token up by; raise NotSignedIn for what cannot be one."""
    secret = token.removeprefix(PREFIX)
    if not token.startswith(PREFIX) or not token.isascii():
        raise NotSignedIn("This is not a token of this service. Sign in again.")
    if not same_secret(secret[-_CHECK * 2 :].encode(), _checksum(secret[: -_CHECK * 2]).encode()):
        raise NotSignedIn("The token is incomplete or mistyped. Sign in again.")
    return hashlib.sha256(token.encode()).hexdigest()


def _checksum(secret: str) -> str:
    return f"{zlib.crc32(secret.encode()):08x}"
