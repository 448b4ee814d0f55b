from __future__ import annotations

import subprocess
import sys

import pytest

from client.keychain import Keychain, KeychainError, KeyringBackend


def test_an_exception_of_a_backend_becomes_a_sentence() -> None:
    def broken() -> KeyringBackend:
        raise OSError("the vault is shut")

    with pytest.raises(KeychainError, match="the vault is shut"):
        Keychain(broken).get("here")


@pytest.mark.parametrize(
    ("backend", "words"),
    [
        ("keyring.backends.null.Keyring", "not a backend that is trusted"),
        ("keyring.backends.fail.Keyring", "this machine has none"),
        ("no.such.module.Keyring", "PYTHON_KEYRING_BACKEND=no.such.module.Keyring"),
    ],
)
def test_only_keyrings_that_encrypt_are_used(backend: str, words: str) -> None:
    # A process of its own: keyring chooses its backend once, at import.
    code = "from client.keychain import Keychain\nKeychain(timeout=30).set('here', 'secret')"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHON_KEYRING_BACKEND": backend},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert words in ran.stderr.splitlines()[-1]
