"""Imports: a command must not load modules that it does not use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.processes import piped

HEAVY = {
    "textual", "httpx", "keyring", "stripe", "sqlalchemy", "pydantic", "rich", "server", "db",
    "reportlab", "openpyxl",
}  # fmt: skip


def loaded(home: Path, *args: str, env: Mapping[str, str] | None = None) -> set[str]:
    """Return the top-level modules that a command loads, from `python -X importtime`."""
    ended = piped(home, *args, env=env, PYTHONPROFILEIMPORTTIME="1")
    names = (line.rpartition(b"|")[2].strip().decode() for line in ended.err.splitlines())
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize(
    "args",
    [
        [], ["--help"], ["auth", "--help"], ["buy", "--help"], ["orders", "receipt", "--help"],
        ["admin", "payouts", "release", "--help"],
    ],
)  # fmt: skip
def test_help_loads_nothing_heavy(tmp_path: Path, args: list[str]) -> None:
    assert not loaded(tmp_path, *args) & HEAVY


def test_root_help_imports_no_commands_module(tmp_path: Path) -> None:
    ended = piped(tmp_path, "--help", PYTHONPROFILEIMPORTTIME="1")
    assert b"ticketing_cli.runtime.command_loader" in ended.err
    for module in (b"tickets", b"auth", b"doctor", b"buy"):
        assert b"ticketing_cli." + module not in ended.err


def test_with_a_token_in_the_environment_keyring_is_not_imported(tmp_path: Path) -> None:
    env = {"TICKETING_TOKEN": "tok", "TICKETING_SERVER": "http://127.0.0.1:9"}
    modules = loaded(tmp_path, "list", "--json", "id", env=env)
    assert "httpx" in modules
    assert not modules & (HEAVY - {"httpx"})


def test_lists_need_no_rich(tmp_path: Path) -> None:
    assert "rich" not in loaded(tmp_path, "config", "list")
