"""Config: read and write the user's settings, and report where each value comes from."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from client.private_files import alone, write_whole


class Origin(StrEnum):
    """Where a value was set; the first of these takes precedence."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


@dataclass(frozen=True)
class SettingSpec:
    """The definition of a setting: its environment variable, default and description."""

    variable: str
    default: str
    description: str
    choices: tuple[str, ...] = ()


SETTINGS = {
    "server": SettingSpec(
        "TICKETING_SERVER", "http://127.0.0.1:8765", "Address of the marketplace."
    ),
    "credential_store": SettingSpec(
        "TICKETING_CREDENTIAL_STORE", "auto",
        "Where sign-ins are stored: the desktop keyring if there is one, or a private file.",
        choices=("auto", "keyring", "file"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """A value and where it was set; `source` names the flag, the variable or the file."""

    value: str
    origin: Origin
    source: str


class BadConfig(Exception):
    """The configuration cannot be used; the message names the file and the setting."""


def is_on(env: Mapping[str, str], variable: str) -> bool:
    """Return whether an environment variable is on: set, and not 0, false or no."""
    return env.get(variable, "").lower() not in {"", "0", "false", "no"}


class Config:
    """The settings in effect for one run."""

    def __init__(self, env: Mapping[str, str], *, flags: Mapping[str, str] | None = None) -> None:
        """Read the file, if there is one. Raise BadConfig for a file that is not valid."""
        self.folder = config_folder(env)
        self.path = self.folder / "config.toml"
        self._env = env
        self._flags = flags or {}
        self._file, self.profiles = _read(self.path)

    def get(self, name: str) -> Setting:
        """Return a setting: flag, then environment, then file, then default."""
        spec = SETTINGS[require_known(name)]
        for origin, value, source in (
            (Origin.FLAG, self._flags.get(name), f"--{name}"),
            (Origin.ENVIRONMENT, self._env.get(spec.variable), spec.variable),
            (Origin.FILE, self._file.get(name), str(self.path)),
        ):
            if value:
                checked = require_allowed(name, value, source=f"{source}: {name}")
                return Setting(checked, origin, source)
        return Setting(spec.default, Origin.DEFAULT, "default")

    def set(self, name: str, value: str) -> str:
        """Write a setting to the file, whose comments and order stay; return what was written.

        Raise BadConfig for a value that the setting cannot have.
        """
        import tomlkit

        require_allowed(require_known(name), value, source=name)
        if name == "server":
            value = self._address(value)
        with alone(self.folder):
            text = _text(self.path) if self.path.exists() else ""
            document = tomlkit.parse(text)
            document[name] = value
            write_private(self.path, tomlkit.dumps(document))
        return value

    def _address(self, value: str) -> str:
        """Return an address in its normal form. Raise BadConfig for one that cannot be used."""
        from client.address import BadAddress, normalise

        try:
            return normalise(value, insecure=is_on(self._env, "TICKETING_INSECURE"))
        except BadAddress as error:
            raise BadConfig(f"server: {error}; nothing was changed") from None


def config_folder(env: Mapping[str, str]) -> Path:
    """Return the only folder that is written to: TICKETING_CONFIG_DIR, or the system's default."""
    if folder := env.get("TICKETING_CONFIG_DIR"):
        return Path(folder)
    import platformdirs

    return Path(platformdirs.user_config_dir("ticketing", appauthor=False))


def require_known(name: str) -> str:
    """Return the name of a setting, or raise BadConfig suggesting the nearest one."""
    if name in SETTINGS:
        return name
    near = difflib.get_close_matches(name, SETTINGS, n=1, cutoff=0.5)
    guess = f"did you mean {near[0]}?" if near else f"the settings are {', '.join(SETTINGS)}"
    raise BadConfig(f"there is no setting {name!a}; {guess}")


def require_allowed(name: str, value: str, *, source: str) -> str:
    """Return the value if the setting may have it, else raise BadConfig with its source."""
    choices = SETTINGS[name].choices
    if choices and value not in choices:
        raise BadConfig(f"{source} must be one of {', '.join(choices)}, not {value!a}")
    return value


def write_private(path: Path, text: str) -> None:
    """Write a file atomically, readable only by its owner, in a folder only its owner can enter.

    Raise BadConfig when the folder is not writable.
    """
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise BadConfig(f"cannot write {path}: {error.strerror}") from None


def _text(path: Path) -> str:
    """Return a file's text without the byte order mark that some editors put before it."""
    return path.read_bytes().decode("utf-8-sig")


def _read(path: Path) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the settings of the file, and its profiles for files of listings."""
    try:
        text = _text(path)
    except (FileNotFoundError, NotADirectoryError):
        return {}, {}
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(f"cannot read {path}: {error}") from None
    import tomllib

    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"{path}: {error}") from None
    profiles = values.pop("profiles", {})
    if not isinstance(profiles, dict):
        raise BadConfig(f"{path}: profiles must be a table")
    for name, value in values.items():
        try:
            require_known(name)
        except BadConfig as error:
            raise BadConfig(f"{path}: {error}") from None
        if not isinstance(value, str):
            raise BadConfig(f"{path}: {name} must be a string in quotes")
    return values, profiles
