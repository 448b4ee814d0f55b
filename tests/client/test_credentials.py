from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.config import BadConfig
from client.credentials import Credentials, TokenOwner, TokenStore
from client.keychain import Keychain

HERE = "http://127.0.0.1:8765"
WHO = TokenOwner(email="ada@example.org", account_id="usr_1a")


class Memory:
    """A keyring in memory."""

    def __init__(self) -> None:
        self.stored: dict[str, str] = {}
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        return self.stored.get(service + username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.asked += 1
        self.stored[service + username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.stored[service + username]


class Null(Memory):
    """Accepts everything and stores nothing, like keyring's null backend."""

    def set_password(self, *_secret: str) -> None:
        self.asked += 1


class Locked(Memory):
    """Waits for a prompt that nobody sees, like a locked Secret Service."""

    def __init__(self) -> None:
        super().__init__()
        self.unlocked = threading.Event()

    def set_password(self, *_secret: str) -> None:
        self.asked += 1
        self.unlocked.wait(5.0)


@pytest.fixture
def locked() -> Iterator[Locked]:
    backend = Locked()
    yield backend
    backend.unlocked.set()


def credentials(
    folder: Path, backend: Memory, *, preference: str = "auto", **env: str
) -> Credentials:
    keychain = Keychain(lambda: backend, timeout=0.05)
    return Credentials(folder, env, preference=preference, keychain=keychain)


def test_a_working_keyring_keeps_the_token_and_no_file_has_it(tmp_path: Path) -> None:
    mine = credentials(tmp_path, Memory())
    assert mine.store(HERE, "tok", WHO).store is TokenStore.KEYRING
    assert mine.token(HERE) == "tok"
    assert not mine.tokens_path.exists()
    assert all("tok" not in path.read_text().split('"') for path in tmp_path.iterdir())


def test_each_server_has_its_own_sign_in(tmp_path: Path) -> None:
    mine = credentials(tmp_path, Memory(), preference="file")
    mine.store(HERE, "one", WHO)
    mine.store("https://b.example", "two", WHO)
    assert (mine.token(HERE), mine.token("https://b.example")) == ("one", "two")
    mine.forget(HERE)
    assert (mine.token(HERE), mine.token("https://b.example")) == (None, "two")


def test_a_token_in_the_environment_takes_precedence(tmp_path: Path) -> None:
    backend = Memory()
    mine = credentials(tmp_path, backend, TICKETING_TOKEN="env")
    assert mine.token(HERE) == "env"
    assert mine.store_of(HERE) is TokenStore.ENVIRONMENT
    assert backend.asked == 0


def test_without_a_keyring_a_private_file_is_used_and_the_reason_reported(tmp_path: Path) -> None:
    mine = credentials(tmp_path / "new", Null())
    stored = mine.store(HERE, "tok", WHO)
    assert stored.store is TokenStore.FILE
    assert stored.keyring_error == "it did not store the secret"
    assert mine.token(HERE) == "tok"
    assert mine.tokens_path.stat().st_mode & 0o777 == 0o600
    assert mine.tokens_path.parent.stat().st_mode & 0o777 == 0o700


def test_a_keyring_that_does_not_respond_is_abandoned(tmp_path: Path, locked: Locked) -> None:
    stored = credentials(tmp_path, locked).store(HERE, "tok", WHO)
    assert (stored.store, stored.keyring_error) == (
        TokenStore.FILE,
        "it did not respond within 0.05 s",
    )


def test_a_failed_keyring_is_not_tried_again(tmp_path: Path) -> None:
    credentials(tmp_path, Null()).store(HERE, "tok", WHO)
    later = Memory()
    stored = credentials(tmp_path, later).store(HERE, "again", WHO)
    assert (stored.store, stored.keyring_error, later.asked) == (TokenStore.FILE, None, 0)


def test_the_preference_for_a_file_does_not_touch_the_keyring(tmp_path: Path) -> None:
    backend = Memory()
    assert (
        credentials(tmp_path, backend, preference="file").store(HERE, "t", WHO).store
        is TokenStore.FILE
    )
    mine = credentials(tmp_path / "b", backend)
    assert mine.store(HERE, "t", WHO, in_file=True).store is TokenStore.FILE
    assert backend.asked == 0


def test_the_preference_for_the_keyring_does_not_fall_back(tmp_path: Path) -> None:
    mine = credentials(tmp_path, Null(), preference="keyring")
    with pytest.raises(BadConfig, match="keyring cannot store the token"):
        mine.store(HERE, "tok", WHO)
    assert mine.sign_in(HERE) is None


def test_the_sign_in_is_known_without_reading_the_secret(tmp_path: Path) -> None:
    backend = Memory()
    mine = credentials(tmp_path, backend)
    mine.store(HERE, "tok", WHO)
    asked = backend.asked
    sign_in = mine.sign_in(HERE)
    assert sign_in is not None
    assert (sign_in.email, mine.store_of(HERE)) == ("ada@example.org", TokenStore.KEYRING)
    assert backend.asked == asked


def test_signing_out_removes_the_token_wherever_it_is(tmp_path: Path) -> None:
    backend = Memory()
    mine = credentials(tmp_path, backend)
    mine.store(HERE, "tok", WHO)
    mine.forget(HERE)
    assert (mine.token(HERE), mine.sign_in(HERE), backend.stored) == (None, None, {})


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such mode")
def test_a_token_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    mine = credentials(tmp_path, Memory(), preference="file")
    mine.store(HERE, "tok", WHO)
    mine.tokens_path.chmod(0o644)
    with pytest.raises(BadConfig, match="other users can read"):
        mine.token(HERE)


def test_a_damaged_file_is_reported_in_one_sentence(tmp_path: Path) -> None:
    mine = credentials(tmp_path, Memory(), preference="file")
    mine.store(HERE, "tok", WHO)
    mine.tokens_path.write_text("{")
    with pytest.raises(BadConfig, match="damaged"):
        mine.token(HERE)
