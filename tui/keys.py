"""Keys: the user's own key bindings, from `keys.toml` beside the settings: `"market.buy" = "B"`."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tui import actions

_LISTS = {"list.up", "list.down", "list.page_up", "list.page_down", "list.first", "list.last"}


def read_keys(path: Path) -> tuple[dict[str, str], list[str]]:
    """Return the keys by action id, and the problems found in the file.

    Invalid entries are left out and the rest applies: unknown ids, keys that are not text, and two
    actions of one screen, or of a screen and the app, on one key.
    """
    try:
        values = tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        return {}, []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return {}, [f"{path}: {error}"]
    flat = _flat(values)
    known = _known()
    wanted: dict[str, str] = {}
    problems: list[str] = []
    for name, key in flat.items():
        if name not in known:
            problems.append(f"unknown action {name!a}; docs/terminal.md lists the names")
        elif not isinstance(key, str) or not key.strip():
            problems.append(f"{name}: a key must be a text such as 'b' or 'ctrl+b'")
        else:
            wanted[name] = key
    keymap: dict[str, str] = {}
    for name, key in wanted.items():
        # Compared with the new keys of the others, so that two actions can swap keys.
        if other := _clash(name, key, {**known, **wanted}):
            problems.append(f"{name}: {key} is already the key of {other}")
        else:
            keymap[name] = key
    return keymap, problems


def _known() -> dict[str, str]:
    """Return every action id with its default keys."""
    named = {
        f"{name}.{actions.name_of(action)}": action.key
        for name, scope in actions.SCOPES.items()
        for action in scope.actions
        if action.key
    }
    return {**named, **dict.fromkeys(_LISTS, "")}


def _clash(name: str, key: str, keys: dict[str, str]) -> str:
    scope = name.split(".", maxsplit=1)[0]
    near = {scope, "app"} if scope != "app" else {*actions.SCOPES}
    wanted = set(key.split(","))
    for other, taken in keys.items():
        if other != name and other.split(".")[0] in near and wanted & set(taken.split(",")):
            return other
    return ""


def _flat(values: dict[str, object], before: str = "") -> dict[str, object]:
    """Accept both spellings: `"market.buy" = "B"` and `[market]` with `buy = "B"`."""
    flat: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{before}{name}.")
        else:
            flat[f"{before}{name}"] = value
    return flat
