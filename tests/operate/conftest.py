"""Fixtures for operators' tests: commands run in this process, and databases with sales."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from server.__main__ import main
from tests import databases
from tests.operate.processes import CommandResult
from tests.world import World

Operator = Callable[..., CommandResult]


@pytest.fixture
def operator(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Operator]:
    """Run commands of `ticketing-server` that end by themselves, without child processes."""
    monkeypatch.chdir(tmp_path)
    mask = os.umask(0o022)
    logger = logging.getLogger("aiohttp.server")
    level = logger.level

    def run(*args: str) -> CommandResult:
        capsys.readouterr()
        try:
            status = main(args)
        except SystemExit as leaving:  # argparse exits by itself
            status = int(leaving.code or 0)
        printed = capsys.readouterr()
        return CommandResult(status, printed.out, printed.err)

    yield run
    os.umask(mask)
    logger.setLevel(level)
    structlog.reset_defaults()  # it would keep writing to a closed stream


@pytest.fixture
def database(tmp_path: Path, sqlite_template: Path) -> str:
    """Give the URL of an empty database, which is already migrated."""
    return databases.sqlite_url(tmp_path, sqlite_template)


@pytest.fixture(scope="session")
def sold_database(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """Make a database with a sold ticket, one locked again after an expiry, and one on sale."""
    folder = tmp_path_factory.mktemp("sold")
    world = World(databases.sqlite_url(folder, sqlite_template))
    seller, buyer, other = world.user("seller"), world.user("buyer"), world.user("other")
    world.pay(world.lock(buyer, world.list_ticket(seller)))
    ticket = world.list_ticket(seller)
    world.lock(buyer, ticket)
    world.pass_time(world.settings.lock_for)
    world.lock(other, ticket)
    world.list_ticket(seller)
    assert world.sound()
    world.close()
    return folder / "shop.db"


@pytest.fixture
def shop(sold_database: Path, tmp_path: Path) -> Path:
    """Copy that database, so that a test can change it."""
    copy = tmp_path / "shop.db"
    shutil.copyfile(sold_database, copy)
    return copy
