"""Keychain: store secrets in the desktop's keyring, which may be absent, lie or never respond."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")

SERVICE = "ticketing"
#: In seconds. A locked Secret Service blocks for ever on a prompt nobody sees (over SSH).
TIMEOUT = 3.0
#: Backends that encrypt secrets. keyring may pick others, one of which is a plain file.
TRUSTED = (
    "keyring.backends.SecretService.",
    "keyring.backends.libsecret.",
    "keyring.backends.kwallet.",
    "keyring.backends.macOS.",
    "keyring.backends.Windows.",
)


class KeyringBackend(Protocol):
    """The part of a keyring backend that is used here."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return a secret, or None if there is none."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store a secret."""

    def delete_password(self, service: str, username: str) -> None:
        """Remove a secret."""


class KeychainError(Exception):
    """The keyring cannot be used; the message gives the reason and is safe to display."""


class Keychain:
    """The desktop's keyring, with a timeout."""

    def __init__(
        self, find: Callable[[], KeyringBackend] | None = None, *, timeout: float = TIMEOUT
    ) -> None:
        """`find` returns the backend; the default imports keyring on first use."""
        self._find = find or _trusted_backend
        self._timeout = timeout

    def describe(self) -> str:
        """Name the backend; raise KeychainError when none can be used."""
        return self._within(lambda: type(self._find()).__module__)

    def get(self, name: str) -> str | None:
        """Return the secret stored under a name."""
        return self._within(lambda: self._find().get_password(SERVICE, name))

    def set(self, name: str, secret: str) -> None:
        """Store a secret and read it back: the null backend stores nothing."""

        def store() -> str | None:
            backend = self._find()
            backend.set_password(SERVICE, name, secret)
            return backend.get_password(SERVICE, name)

        if self._within(store) != secret:
            raise KeychainError("it did not store the secret")

    def delete(self, name: str) -> None:
        """Remove a secret; one that is not there is not an error."""

        def remove() -> None:
            backend = self._find()
            if backend.get_password(SERVICE, name) is not None:
                backend.delete_password(SERVICE, name)

        self._within(remove)

    def _within(self, act: Callable[[], T]) -> T:
        """Run `act` in a thread, which is abandoned when it does not return in time."""
        results: list[T] = []
        errors: list[Exception] = []

        def run() -> None:
            try:
                results.append(act())
            except Exception as error:  # noqa: BLE001  backends raise whatever their system raises
                errors.append(error)

        thread = threading.Thread(target=run, daemon=True, name="keychain")
        thread.start()
        thread.join(self._timeout)
        if results:
            return results[0]
        if errors:
            error = errors[0]
            raise KeychainError(str(error) or type(error).__name__) from error
        raise KeychainError(f"it did not respond within {self._timeout:g} s")


def _trusted_backend() -> KeyringBackend:
    import os

    try:
        import keyring

        backend = keyring.get_keyring()
    except ImportError as error:
        name = os.environ.get("PYTHON_KEYRING_BACKEND")
        where = f"PYTHON_KEYRING_BACKEND={name} cannot be loaded" if name else "it cannot be loaded"
        raise KeychainError(f"{where}: {error}") from error
    # A chainer queries several backends; only the one it would write to matters.
    chosen = next(iter(getattr(backend, "backends", ())), backend)
    kind = f"{type(chosen).__module__}.{type(chosen).__name__}"
    if kind.startswith("keyring.backends.fail"):
        raise KeychainError("this machine has none")
    if not kind.startswith(TRUSTED):
        raise KeychainError(f"{kind} is not a backend that is trusted with a token")
    return backend
