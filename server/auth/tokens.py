"""Session tokens: 256 random bits each. Only their hash is stored."""

from __future__ import annotations

import base64
import hashlib
import zlib

from contract.problems import NotSignedIn
from server.clock import Rng, same_secret

#: Lets people and secret scanners recognise a leaked token.
PREFIX = "tkt_session_"
_CHECK = 4


def new(rng: Rng) -> str:
    """Make a token: prefix, 43 random characters, and a checksum that detects typos."""
    secret = base64.urlsafe_b64encode(rng.randbytes(32)).rstrip(b"=").decode()
    return f"{PREFIX}{secret}{_checksum(secret)}"


def digest(token: str) -> str:
    """Return the SHA-256 by which a token is found. Raises NotSignedIn for what cannot be one."""
    secret = token.removeprefix(PREFIX)
    if not token.startswith(PREFIX) or not token.isascii():
        raise NotSignedIn("This is not a token of this service. Sign in again.")
    if not same_secret(secret[-_CHECK * 2 :].encode(), _checksum(secret[: -_CHECK * 2]).encode()):
        raise NotSignedIn("The token is incomplete or mistyped. Sign in again.")
    return hashlib.sha256(token.encode()).hexdigest()


def _checksum(secret: str) -> str:
    return f"{zlib.crc32(secret.encode()):08x}"
