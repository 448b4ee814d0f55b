"""Credentials: store one sign-in per server, in the desktop's keyring or in a private file."""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import msgspec

from client.config import BadConfig, write_private
from client.environment import checked_token
from client.keychain import Keychain, KeychainError
from client.private_files import alone, try_writing
from contract.base import Model

M = TypeVar("M", bound=msgspec.Struct)
V = TypeVar("V")


class TokenStore(StrEnum):
    """Where a token is stored."""

    ENVIRONMENT = "environment"
    KEYRING = "keyring"
    FILE = "file"


class TokenOwner(Model, frozen=True, kw_only=True):
    """The account that a token belongs to, and when it expires, if that is known."""

    email: str
    account_id: str
    expires_at: datetime | None = None


class StoredSignIn(TokenOwner, frozen=True, kw_only=True):
    """A sign-in without its token, so that displaying it needs no secret."""

    store: TokenStore


class _SignIns(Model, frozen=True, kw_only=True):
    servers: dict[str, StoredSignIn] = msgspec.field(default_factory=dict)
    #: Set once the keyring failed, so that no later command waits for it again.
    avoid_keyring: bool = False


class _Tokens(Model, frozen=True, kw_only=True):
    servers: dict[str, str] = msgspec.field(default_factory=dict)


@dataclass(frozen=True)
class StoreResult:
    """Where a token was stored, and the error if the keyring should have stored it."""

    store: TokenStore
    keyring_error: str | None = None


class Credentials:
    """The sign-ins of one user, by server address. TICKETING_TOKEN takes precedence over them."""

    def __init__(
        self,
        folder: Path,
        env: Mapping[str, str],
        *,
        preference: str = "auto",
        keychain: Keychain | None = None,
    ) -> None:
        """Use `folder` for files; `preference` is credential_store: auto, keyring or file."""
        self._folder = folder
        self.tokens_path = folder / "tokens.json"
        self._sign_ins_path = folder / "sign-ins.json"
        self._env = env
        self._preference = preference
        self._keychain = keychain or Keychain()

    def keyring(self) -> str | None:
        """Return the name of the keyring, None when the preference is a file.

        Raise KeychainError when no keyring can be used.
        """
        return None if self._preference == "file" else self._keychain.describe()

    def store_of(self, server: str) -> TokenStore | None:
        """Return where the token for a server is, without reading it; None when there is none."""
        if self._env.get("TICKETING_TOKEN", "").strip():
            return TokenStore.ENVIRONMENT
        sign_in = self.sign_in(server)
        return sign_in.store if sign_in else None

    def sign_in(self, server: str) -> StoredSignIn | None:
        """Return the stored sign-in for a server, without reading its token."""
        return self._sign_ins().servers.get(server)

    def token(self, server: str) -> str | None:
        """Return the token for a server, None when nobody is signed in.

        The keyring is imported only if it stores the token. Raise BadConfig when other users can
        read the file, and when the keyring fails to return the token.
        """
        if token := self._env.get("TICKETING_TOKEN", "").strip():
            return checked_token(token, source="TICKETING_TOKEN")
        sign_in = self.sign_in(server)
        if sign_in is None:
            return None
        if sign_in.store is TokenStore.FILE:
            stored, source = self._tokens().servers.get(server), str(self.tokens_path)
        else:
            stored, source = self._from_keyring(server), "the token in the keyring"
        return None if stored is None else checked_token(stored, source=source)

    def _from_keyring(self, server: str) -> str | None:
        try:
            return self._keychain.get(server)
        except KeychainError as error:
            raise BadConfig(f"the keyring did not return the token: {error}") from None

    def store(
        self, server: str, token: str, owner: TokenOwner, *, in_file: bool = False
    ) -> StoreResult:
        """Store a token for a server and return where; `in_file` skips the keyring."""
        with alone(self._folder):  # another sign-in at the same time must not be lost
            return self._store(server, token, owner, in_file=in_file)

    def check_writable(self) -> None:
        """Raise BadConfig if a sign-in could not be stored: call it before the server is asked."""
        try:
            try_writing(self._folder)
        except OSError as error:
            msg = f"cannot write to {self._folder}: {error.strerror}; nothing was sent"
            raise BadConfig(msg) from None
        self._sign_ins()
        self._tokens()

    def _store(self, server: str, token: str, owner: TokenOwner, *, in_file: bool) -> StoreResult:
        stored = self._put(server, token, in_file=in_file)
        sign_ins = self._sign_ins()
        sign_in = StoredSignIn(
            email=owner.email,
            account_id=owner.account_id,
            store=stored.store,
            expires_at=owner.expires_at,
        )
        self._write(
            self._sign_ins_path,
            _SignIns(
                servers={**sign_ins.servers, server: sign_in},
                avoid_keyring=sign_ins.avoid_keyring or stored.keyring_error is not None,
            ),
        )
        return stored

    def forget(self, server: str) -> None:
        """Remove the stored token of a server, wherever it is."""
        with alone(self._folder):
            self._forget(server)

    def _forget(self, server: str) -> None:
        sign_ins, sign_in = self._sign_ins(), self.sign_in(server)
        if sign_in is None:
            return
        if sign_in.store is TokenStore.FILE:
            self._write(self.tokens_path, _Tokens(servers=_without(self._tokens().servers, server)))
        else:
            try:
                self._keychain.delete(server)
            except KeychainError as error:
                raise BadConfig(f"the keyring did not delete the token: {error}") from None
        self._write(
            self._sign_ins_path,
            msgspec.structs.replace(sign_ins, servers=_without(sign_ins.servers, server)),
        )

    def _put(self, server: str, token: str, *, in_file: bool) -> StoreResult:
        keyring_error: str | None = None
        try_keyring = self._preference == "auto" and not self._sign_ins().avoid_keyring
        if not in_file and (self._preference == "keyring" or try_keyring):
            try:
                self._keychain.set(server, token)
            except KeychainError as error:
                keyring_error = str(error)
                if self._preference == "keyring":
                    raise BadConfig(f"the keyring cannot store the token: {error}") from None
            else:
                return StoreResult(TokenStore.KEYRING)
        servers = {**self._tokens().servers, server: token}
        self._write(self.tokens_path, _Tokens(servers=servers))
        return StoreResult(TokenStore.FILE, keyring_error)

    def _sign_ins(self) -> _SignIns:
        return _read(self._sign_ins_path, _SignIns)

    def _tokens(self) -> _Tokens:
        return _read(self.tokens_path, _Tokens, private=True)

    def _write(self, path: Path, value: msgspec.Struct) -> None:
        write_private(path, msgspec.json.format(msgspec.json.encode(value)).decode() + "\n")


def _read(path: Path, kind: type[M], *, private: bool = False) -> M:
    """Read a JSON file, empty if missing; a `private` one must not be readable by others."""
    try:
        if private:
            _refuse_readable_by_others(path)
        return msgspec.json.decode(path.read_bytes().removeprefix(BOM_UTF8), type=kind)
    except (FileNotFoundError, NotADirectoryError):
        return kind()
    except OSError as error:
        raise BadConfig(f"cannot read {path}: {error.strerror}") from None
    except msgspec.DecodeError as error:
        raise BadConfig(f"{path} is damaged ({error}); delete it and sign in again") from None


def _refuse_readable_by_others(path: Path) -> None:
    """Raise BadConfig if other users can read a token file. Windows has no such file mode."""
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise BadConfig(f"other users can read {path}; run `chmod 600 {path}`, then sign in again")


def _without(servers: Mapping[str, V], server: str) -> dict[str, V]:
    return {name: value for name, value in servers.items() if name != server}
