"""Mode: test money and live money never share a database, nor the sandbox a live key."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from server.__main__ import main
from server.app import serve
from server.clock import SystemClock, system_rng
from server.payments import refuse_other_mode
from server.settings import Settings, WrongSetting
from tests.server.payments.purchase import start_purchase
from tests.server.rows import change
from tests.world import World

pytestmark = pytest.mark.sqlite_only

LIVE = "sk_live_canary"


def purchase(world: World) -> None:
    """Store a test payment in the database."""
    world.pay(start_purchase(world).order)


@pytest.mark.parametrize("key", ["", "sk_test_x", "rk_test_x"])
def test_test_payments_are_refused_beside_a_live_key_only(world: World, key: str) -> None:
    purchase(world)
    world.with_settings(stripe_key=key)
    refuse_other_mode(world.bus)
    change(world, "UPDATE payments SET live = 1")
    with pytest.raises(WrongSetting, match="holds live payments"):
        refuse_other_mode(world.bus)


@pytest.mark.parametrize("key", ["sk_live_x", "rk_live_x"])
def test_a_live_key_is_refused_beside_test_payments(world: World, key: str) -> None:
    world.with_settings(stripe_key=key)
    refuse_other_mode(world.bus)  # the database is empty
    world.with_settings(stripe_key="")
    purchase(world)
    world.with_settings(stripe_key=key)
    with pytest.raises(WrongSetting) as refused:
        refuse_other_mode(world.bus)
    assert "holds test payments" in str(refused.value)
    assert "live key" in str(refused.value)
    assert key not in str(refused.value)


def test_the_error_names_the_database_but_not_its_password(world: World) -> None:
    purchase(world)
    world.with_settings(
        stripe_key=LIVE, database="postgresql://shop:canary-password@db.example.org/tickets"
    )
    with pytest.raises(WrongSetting) as refused:
        refuse_other_mode(world.bus)
    assert "postgresql://db.example.org/tickets" in str(refused.value)
    assert "canary" not in str(refused.value)


def test_a_server_does_not_start_on_a_database_of_the_other_mode(
    database_url: str, tmp_path: Path
) -> None:
    world = World(database_url, sandbox=tmp_path / "sandbox")
    purchase(world)
    world.close()
    answered: list[str] = []
    settings = Settings(database=database_url, port=0, stripe_key=LIVE)

    async def start() -> None:
        stop = asyncio.Event()
        stop.set()
        await serve(
            settings, clock=SystemClock(), rng=system_rng(), ready=answered.append, stop=stop
        )

    with pytest.raises(WrongSetting, match="test payments"):
        asyncio.run(start())
    assert answered == []


def test_the_sandbox_does_not_start_beside_a_live_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STRIPE_API_KEY", LIVE)  # without the prefix TICKETING_
    assert main(["run", "--database", f"sqlite:///{tmp_path / 'shop.db'}"]) != 0
    said = capsys.readouterr().err
    assert "STRIPE_API_KEY" in said
    assert LIVE not in said
    assert not (tmp_path / "shop.db").exists()
