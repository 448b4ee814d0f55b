"""Saved state: how the app looked when it was closed, so that it opens the same way."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from client.config import BadConfig, config_folder, write_private


class SavedState(msgspec.Struct, kw_only=True):
    """The restored state. Unknown fields are ignored, so that an older app can read it too."""

    theme: str = ""
    mode: str = "market"
    #: The market: search text, filters by name, sort order of the tickets, selected show.
    search: str = ""
    filters: dict[str, str] = msgspec.field(default_factory=dict)
    sort: str = ""
    show_id: str = ""
    #: The name of the entrance at which this machine scans.
    entrance: str = ""
    #: The servers used so far, the last one first.
    servers: list[str] = msgspec.field(default_factory=list)


def path_of(env: Mapping[str, str]) -> Path:
    """Return the path: in the settings folder if one is named, else in the user's state folder."""
    if env.get("TICKETING_CONFIG_DIR"):
        return config_folder(env) / "tui.json"
    import platformdirs

    return Path(platformdirs.user_state_dir("ticketing", appauthor=False)) / "tui.json"


def load(path: Path) -> SavedState:
    """Read the saved state. An unreadable file is ignored: it holds only how the app looks."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=SavedState)
    except (OSError, msgspec.DecodeError):
        return SavedState()


def save(path: Path, saved_state: SavedState) -> bool:
    """Write the state and return whether that worked: a full disk must not keep the app open."""
    try:
        write_private(path, msgspec.json.format(msgspec.json.encode(saved_state)).decode() + "\n")
    except BadConfig:
        return False
    return True
