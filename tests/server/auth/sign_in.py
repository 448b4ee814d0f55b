"""Signing in as the HTTP layer does, for tests of the service."""

from __future__ import annotations

from contract.auth import LOG_IN, SIGN_UP, LogIn, SignedIn, SignUp
from server.auth import service
from server.principal import Principal
from tests.world import World

ADDRESS, PASSWORD = "ana@example.org", "correct horse battery"


def sign_up(world: World, email: str = ADDRESS, password: str = PASSWORD) -> SignedIn:
    """Create an account."""
    return world.call(SIGN_UP, Principal(source="here"), SignUp(email=email, password=password))


def log_in(
    world: World, email: str = ADDRESS, password: str = PASSWORD, *, source: str = "here"
) -> SignedIn:
    """Sign in."""
    return world.call(LOG_IN, Principal(source=source), LogIn(email=email, password=password))


def principal(world: World, signed: SignedIn) -> Principal:
    """Return the principal of a session. Raises NotSignedIn when it has ended."""
    return world.bus.read_now(lambda tx: service.identify(tx, signed.token))
