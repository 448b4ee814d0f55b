"""Passwords are hashed as weakly as argon2 allows, so that tests are fast."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from server.auth import passwords

WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", WEAK)
    monkeypatch.setattr(passwords, "DUMMY_HASH", WEAK.hash("nobody has this password"))
