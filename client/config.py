"""Config: the user's own settings, where each value comes from, and the only folder written to."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Origin(StrEnum):
    """Who set a value; the first of these wins."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


@dataclass(frozen=True)
class Key:
    """A setting: the variable that also sets it, what it is without, and what it decides."""

    variable: str
    default: str
    about: str
    choices: tuple[str, ...] = ()


KEYS = {
    "server": Key("TICKETING_SERVER", "http://127.0.0.1:8765", "Address of the marketplace."),
    "credential_store": Key(
        "TICKETING_CREDENTIAL_STORE", "auto",
        "Where sign-ins are kept: the desktop's keyring if there is one, or a private file.",
        choices=("auto", "keyring", "file"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """A value and who set it; `source` names the flag, the variable or the file."""

    value: str
    origin: Origin
    source: str


class BadConfig(Exception):
    """The configuration cannot be used; the message names the file and the key."""


def is_on(env: Mapping[str, str], variable: str) -> bool:
    """Whether an on/off variable of the environment is on: set, and not 0, false or no."""
    return env.get(variable, "").lower() not in {"", "0", "false", "no"}


class Config:
    """The settings as they stand for one run."""

    def __init__(self, env: Mapping[str, str], *, flags: Mapping[str, str] | None = None) -> None:
        """Read the file, if there is one. Raise BadConfig for what it cannot mean."""
        self.folder = config_folder(env)
        self.path = self.folder / "config.toml"
        self._env = env
        self._flags = flags or {}
        self._file = _read(self.path)

    def get(self, name: str) -> Setting:
        """Return a setting: flag, then environment, then file, then default."""
        key = KEYS[known(name)]
        for origin, value, source in (
            (Origin.FLAG, self._flags.get(name), f"--{name}"),
            (Origin.ENVIRONMENT, self._env.get(key.variable), key.variable),
            (Origin.FILE, self._file.get(name), str(self.path)),
        ):
            if value:
                return Setting(allowed(name, value, source=f"{source}: {name}"), origin, source)
        return Setting(key.default, Origin.DEFAULT, "default")

    def set(self, name: str, value: str) -> None:
        """Write a setting to the file, keeping its comments and its order."""
        import tomlkit

        allowed(known(name), value, source=name)
        text = self.path.read_text("utf-8") if self.path.exists() else ""
        document = tomlkit.parse(text)
        document[name] = value
        write_private(self.path, tomlkit.dumps(document))


def config_folder(env: Mapping[str, str]) -> Path:
    """Return the folder everything is kept in: TICKETING_CONFIG_DIR, or the system's own place."""
    if folder := env.get("TICKETING_CONFIG_DIR"):
        return Path(folder)
    import platformdirs

    return Path(platformdirs.user_config_dir("ticketing", appauthor=False))


def known(name: str) -> str:
    """Return the name of a setting, or raise BadConfig naming the nearest one."""
    if name in KEYS:
        return name
    near = difflib.get_close_matches(name, KEYS, n=1, cutoff=0.5)
    guess = f"did you mean {near[0]}?" if near else f"there are {', '.join(KEYS)}"
    raise BadConfig(f"there is no setting {name!a}; {guess}")


def allowed(name: str, value: str, *, source: str) -> str:
    """Return a value the setting may have, or raise BadConfig naming where it was set."""
    choices = KEYS[name].choices
    if choices and value not in choices:
        raise BadConfig(f"{source} must be one of {', '.join(choices)}, not {value!a}")
    return value


def write_private(path: Path, text: str) -> None:
    """Write a file only its owner can read, in a folder only its owner can enter, all or nothing.

    Raise BadConfig when the folder cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        # Exclusive: nobody can have put a link there for us to write through.
        draft.touch(mode=0o600, exist_ok=False)
        draft.write_text(text, "utf-8")
        draft.replace(path)
    except OSError as error:
        raise BadConfig(f"cannot write {path}: {error.strerror}") from None


def _read(path: Path) -> dict[str, str]:
    try:
        text = path.read_bytes().decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(f"cannot read {path}: {error}") from None
    import tomllib

    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"{path}: {error}") from None
    for name, value in values.items():
        try:
            known(name)
        except BadConfig as error:
            raise BadConfig(f"{path}: {error}") from None
        if not isinstance(value, str):
            raise BadConfig(f"{path}: {name} must be a text in quotes")
    return values
