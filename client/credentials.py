"""Credentials: keep one sign-in per server, in the desktop's keyring or in a private file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import msgspec

from client.config import BadConfig, write_private
from client.keychain import Keychain, KeychainFault
from contract.base import Model

M = TypeVar("M", bound=msgspec.Struct)
V = TypeVar("V")


class Store(StrEnum):
    """Where a token is kept."""

    ENVIRONMENT = "environment"
    KEYRING = "keyring"
    FILE = "file"


class Who(Model, frozen=True, kw_only=True):
    """Whose token it is, and until when it is good, as far as known."""

    email: str
    account_id: str
    expires_at: datetime | None = None


class SignIn(Who, frozen=True, kw_only=True):
    """What is known about a sign-in without its token, so that looking needs no secret."""

    store: Store


class _SignIns(Model, frozen=True, kw_only=True):
    servers: dict[str, SignIn] = msgspec.field(default_factory=dict)
    #: Set once the keyring failed, so that no later command waits for it again.
    avoid_keyring: bool = False


class _Tokens(Model, frozen=True, kw_only=True):
    servers: dict[str, str] = msgspec.field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """Where a token went, and why not to the keyring if it should have."""

    store: Store
    trouble: str | None = None


class Credentials:
    """The sign-ins of one user, by server address. The environment's token beats them all."""

    def __init__(
        self,
        folder: Path,
        env: Mapping[str, str],
        *,
        wish: str = "auto",
        keychain: Keychain | None = None,
    ) -> None:
        """`wish` is the setting credential_store: auto, keyring or file."""
        self.tokens_path = folder / "tokens.json"
        self._sign_ins_path = folder / "sign-ins.json"
        self._env = env
        self._wish = wish
        self._keychain = keychain or Keychain()

    def keyring(self) -> str | None:
        """Name the keyring that would be used, None when the wish is a file.

        Raise KeychainFault when there is none that can be.
        """
        return None if self._wish == "file" else self._keychain.describe()

    def store_of(self, server: str) -> Store | None:
        """Say where the token for a server is, without reading it; None when there is none."""
        if self._env.get("TICKETING_TOKEN"):
            return Store.ENVIRONMENT
        sign_in = self.sign_in(server)
        return sign_in.store if sign_in else None

    def sign_in(self, server: str) -> SignIn | None:
        """Return what is known about the kept sign-in, without reading its token."""
        return self._sign_ins().servers.get(server)

    def token(self, server: str) -> str | None:
        """Return the token for a server, None when nobody is signed in.

        The keyring is not even imported unless the token is in it. Raise BadConfig when the file
        can be read by others, and when the keyring does not give the token back.
        """
        if token := self._env.get("TICKETING_TOKEN"):
            return token
        sign_in = self.sign_in(server)
        if sign_in is None:
            return None
        if sign_in.store is Store.FILE:
            return self._tokens().servers.get(server)
        try:
            return self._keychain.get(server)
        except KeychainFault as error:
            raise BadConfig(f"the keyring does not give the token back: {error}") from None

    def keep(self, server: str, token: str, who: Who, *, in_file: bool = False) -> Kept:
        """Keep a token for a server, and say where; `in_file` does not try the keyring."""
        kept = self._put(server, token, in_file=in_file)
        sign_ins = self._sign_ins()
        sign_in = SignIn(
            email=who.email,
            account_id=who.account_id,
            store=kept.store,
            expires_at=who.expires_at,
        )
        self._write(
            self._sign_ins_path,
            _SignIns(
                servers={**sign_ins.servers, server: sign_in},
                avoid_keyring=sign_ins.avoid_keyring or kept.trouble is not None,
            ),
        )
        return kept

    def forget(self, server: str) -> None:
        """Remove the kept token of a server, wherever it is."""
        sign_ins, sign_in = self._sign_ins(), self.sign_in(server)
        if sign_in is None:
            return
        if sign_in.store is Store.FILE:
            self._write(self.tokens_path, _Tokens(servers=_without(self._tokens().servers, server)))
        else:
            try:
                self._keychain.delete(server)
            except KeychainFault as error:
                raise BadConfig(f"the keyring does not let the token go: {error}") from None
        self._write(
            self._sign_ins_path,
            msgspec.structs.replace(sign_ins, servers=_without(sign_ins.servers, server)),
        )

    def _put(self, server: str, token: str, *, in_file: bool) -> Kept:
        trouble: str | None = None
        hopeful = self._wish == "auto" and not self._sign_ins().avoid_keyring
        if not in_file and (self._wish == "keyring" or hopeful):
            try:
                self._keychain.set(server, token)
            except KeychainFault as error:
                trouble = str(error)
                if self._wish == "keyring":
                    raise BadConfig(f"the keyring cannot keep the token: {trouble}") from None
            else:
                return Kept(Store.KEYRING)
        servers = {**self._tokens().servers, server: token}
        self._write(self.tokens_path, _Tokens(servers=servers))
        return Kept(Store.FILE, trouble)

    def _sign_ins(self) -> _SignIns:
        return _read(self._sign_ins_path, _SignIns)

    def _tokens(self) -> _Tokens:
        return _read(self.tokens_path, _Tokens, private=True)

    def _write(self, path: Path, value: msgspec.Struct) -> None:
        write_private(path, msgspec.json.format(msgspec.json.encode(value)).decode() + "\n")


def _read(path: Path, kind: type[M], *, private: bool = False) -> M:
    """Read a file of ours; an absent one is empty. Raise BadConfig for one others can read."""
    try:
        if private:
            _refuse_open(path)
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, NotADirectoryError):
        return kind()
    except OSError as error:
        raise BadConfig(f"cannot read {path}: {error.strerror}") from None
    except msgspec.DecodeError as error:
        raise BadConfig(f"{path} is damaged ({error}); delete it and sign in again") from None


def _refuse_open(path: Path) -> None:
    """Refuse a token file that others can read: they may have. Windows keeps no such mode."""
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise BadConfig(f"others can read {path}; run `chmod 600 {path}`, then sign in again")


def _without(servers: Mapping[str, V], server: str) -> dict[str, V]:
    return {name: value for name, value in servers.items() if name != server}
