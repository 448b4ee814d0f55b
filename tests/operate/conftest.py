"""An operator's context: commands run in this process, and databases with a sale or two in them."""

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
from tests.operate.processes import Ended
from tests.world import World

Operator = Callable[..., Ended]


@pytest.fixture
def operator(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Operator]:
    """Run commands of `ticketing-server` that end by themselves, without a process for each."""
    monkeypatch.chdir(tmp_path)
    mask = os.umask(0o022)
    noise = logging.getLogger("aiohttp.server")
    level = noise.level

    def run(*args: str) -> Ended:
        capsys.readouterr()
        try:
            status = main(args)
        except SystemExit as leaves:  # argparse ends by itself
            status = int(leaves.code or 0)
        said = capsys.readouterr()
        return Ended(status, said.out, said.err)

    yield run
    os.umask(mask)
    noise.setLevel(level)
    structlog.reset_defaults()  # it would go on writing to a stream that is gone


@pytest.fixture(scope="session")
def sold_out(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """Make a database in which one ticket is sold, one locked anew after a cancellation."""
    folder = tmp_path_factory.mktemp("sold-out")
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
def shop(sold_out: Path, tmp_path: Path) -> Path:
    """Copy that database, to do with as a test likes."""
    copy = tmp_path / "shop.db"
    shutil.copyfile(sold_out, copy)
    return copy
