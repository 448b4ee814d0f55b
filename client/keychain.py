"""Keychain: the desktop's own store of secrets, which may be absent, lie or never answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")

SERVICE = "ticketing"
#: A locked Secret Service blocks for ever on a prompt nobody sees (over SSH).
PATIENCE = 3.0
#: Stores that keep secrets encrypted. Others may be picked by keyring, one of them a plain file.
TRUSTED = (
    "keyring.backends.SecretService.",
    "keyring.backends.libsecret.",
    "keyring.backends.kwallet.",
    "keyring.backends.macOS.",
    "keyring.backends.Windows.",
)


class Backend(Protocol):
    """What we use of a keyring backend."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return a secret, or None."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret."""

    def delete_password(self, service: str, username: str) -> None:
        """Remove a secret."""


class KeychainFault(Exception):
    """The keyring cannot be used; the message says why and is safe to show."""


class Keychain:
    """The desktop's keyring, with patience that ends."""

    def __init__(
        self, find: Callable[[], Backend] | None = None, *, patience: float = PATIENCE
    ) -> None:
        """`find` looks for the backend; the default imports keyring, when first asked."""
        self._find = find or _trusted_backend
        self._patience = patience

    def describe(self) -> str:
        """Name the backend; raise KeychainFault when none can be used."""
        return self._within(lambda: type(self._find()).__module__)

    def get(self, name: str) -> str | None:
        """Return the secret kept under a name."""
        return self._within(lambda: self._find().get_password(SERVICE, name))

    def set(self, name: str, secret: str) -> None:
        """Keep a secret, and make sure it is there: the null backend keeps nothing."""

        def keep() -> str | None:
            backend = self._find()
            backend.set_password(SERVICE, name, secret)
            return backend.get_password(SERVICE, name)

        if self._within(keep) != secret:
            raise KeychainFault("it did not keep what it was given")

    def delete(self, name: str) -> None:
        """Remove a secret; one that is not there is no fault."""

        def remove() -> None:
            backend = self._find()
            if backend.get_password(SERVICE, name) is not None:
                backend.delete_password(SERVICE, name)

        self._within(remove)

    def _within(self, act: Callable[[], T]) -> T:
        """Run `act` in a thread that is left behind when it does not come back."""
        results: list[T] = []
        faults: list[Exception] = []

        def run() -> None:
            try:
                results.append(act())
            except Exception as error:  # noqa: BLE001  backends raise whatever their system does
                faults.append(error)

        thread = threading.Thread(target=run, daemon=True, name="keychain")
        thread.start()
        thread.join(self._patience)
        if results:
            return results[0]
        if faults:
            error = faults[0]
            raise KeychainFault(str(error) or type(error).__name__) from error
        raise KeychainFault(f"it did not answer within {self._patience:g} s")


def _trusted_backend() -> Backend:
    import os

    try:
        import keyring

        backend = keyring.get_keyring()
    except ImportError as error:
        name = os.environ.get("PYTHON_KEYRING_BACKEND")
        where = f"PYTHON_KEYRING_BACKEND={name} cannot be loaded" if name else "it cannot be loaded"
        raise KeychainFault(f"{where}: {error}") from error
    # A chainer asks several stores; only the one it would write to matters.
    chosen = next(iter(getattr(backend, "backends", ())), backend)
    kind = f"{type(chosen).__module__}.{type(chosen).__name__}"
    if kind.startswith("keyring.backends.fail"):
        raise KeychainFault("there is none on this machine")
    if not kind.startswith(TRUSTED):
        raise KeychainFault(f"{kind} is none we trust with a token")
    return backend
