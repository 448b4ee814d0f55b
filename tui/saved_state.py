"""Memory: what the app looked like when it was left, so that it opens the same way."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from client.config import BadConfig, config_folder, write_private


class Memory(msgspec.Struct, kw_only=True):
    """What is restored. Unknown fields are passed over, so that an older app reads it too."""

    theme: str = ""
    mode: str = "market"
    #: The market's search, its facets by name, the order of its tickets, the show looked at.
    search: str = ""
    facets: dict[str, str] = msgspec.field(default_factory=dict)
    sort: str = ""
    show_id: str = ""
    #: What the entrance is called at whose gate this machine stands.
    entrance: str = ""
    #: Servers used so far, the last one first.
    servers: list[str] = msgspec.field(default_factory=list)


def path_of(env: Mapping[str, str]) -> Path:
    """Return where it is kept: beside the settings if their folder was named, else as state."""
    if env.get("TICKETING_CONFIG_DIR"):
        return config_folder(env) / "tui.json"
    import platformdirs

    return Path(platformdirs.user_state_dir("ticketing", appauthor=False)) / "tui.json"


def recall(path: Path) -> Memory:
    """Read what was kept. What cannot be read is forgotten: it is only about looks."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Memory)
    except (OSError, msgspec.DecodeError):
        return Memory()


def keep(path: Path, memory: Memory) -> bool:
    """Write it down and say whether that worked: a full disk must not keep anybody here."""
    try:
        write_private(path, msgspec.json.format(msgspec.json.encode(memory)).decode() + "\n")
    except BadConfig:
        return False
    return True
