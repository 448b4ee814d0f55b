"""Guessing passwords: the wait doubles with each failure, but it always ends."""

from __future__ import annotations

import asyncio

import pytest

from contract.auth import BadCredentials, LogIn, TooManyAttempts
from contract.problems import Problem
from server.auth import passwords, routes, throttle
from server.principal import Principal
from tests.clock import MINUTE, SECOND
from tests.server.auth.sign_in import ADDRESS, PASSWORD, log_in, sign_up
from tests.server.restart import restart
from tests.world import DAY, World

HOUR = 60 * MINUTE


def fail(world: World, times: int, *, source: str = "there", email: str = ADDRESS) -> None:
    """Sign in with wrong passwords `count` times."""
    for _ in range(times):
        with pytest.raises(BadCredentials):
            log_in(world, email, "wrong password", source=source)


def blocked_for(world: World, *, source: str = "there") -> int:
    """Return for how many seconds the correct password is refused."""
    with pytest.raises(TooManyAttempts) as refused:
        log_in(world, source=source)
    return refused.value.retry_after or 0


def test_a_wrong_address_and_a_wrong_password_are_refused_alike(world: World) -> None:
    sign_up(world)
    results = []
    for email, password in ((ADDRESS, "wrong password"), ("nobody@example.org", PASSWORD)):
        with pytest.raises(BadCredentials) as refused:
            log_in(world, email, password)
        results.append(refused.value.document())
    assert results[0] == results[1]


def test_an_unknown_address_costs_as_much_as_a_known_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    def matches(stored: str, _: str) -> bool:
        checked.append(stored)
        return False

    monkeypatch.setattr(passwords, "verify", matches)
    fail(world, 1, email="nobody@example.org")
    assert checked == [passwords.DUMMY_HASH]


def test_nine_failures_cause_no_wait(world: World) -> None:
    sign_up(world)
    fail(world, 9)
    assert log_in(world).account.email == ADDRESS


def test_ten_failures_cause_a_wait_of_at_least_a_minute(world: World) -> None:
    sign_up(world)
    fail(world, 10)
    assert blocked_for(world) >= 60
    world.clock.advance(60 * SECOND - 1)
    assert blocked_for(world) == 1
    world.clock.advance(1)
    assert log_in(world).account.email == ADDRESS


def test_the_wait_applies_to_the_account_from_every_address(world: World) -> None:
    sign_up(world)
    fail(world, 10, source="there")
    assert blocked_for(world, source="elsewhere") == 60


def test_each_further_failure_doubles_the_wait_up_to_an_hour(world: World) -> None:
    sign_up(world)
    fail(world, 10)
    waits = []
    for _ in range(8):
        waits.append(blocked_for(world))
        world.clock.advance(waits[-1] * SECOND)
        fail(world, 1)
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_an_owner_is_never_locked_out_for_ever(world: World) -> None:
    sign_up(world)
    fail(world, 10)
    for _ in range(20):
        world.clock.advance(HOUR)
        fail(world, 1)
    world.clock.advance(HOUR)
    assert log_in(world).account.email == ADDRESS


def test_the_wait_survives_a_restart(world: World) -> None:
    sign_up(world)
    fail(world, 10)
    restart(world)
    assert blocked_for(world) == 60


def test_signing_in_clears_the_failures_of_the_account(world: World) -> None:
    sign_up(world)
    fail(world, 9)
    log_in(world)
    fail(world, 9)
    assert log_in(world).account.email == ADDRESS


def test_failures_are_forgotten_after_a_day_without_one(world: World) -> None:
    sign_up(world)
    fail(world, 9)
    world.clock.advance(DAY)
    fail(world, 9)
    assert log_in(world).account.email == ADDRESS


def test_other_accounts_can_still_sign_in(world: World) -> None:
    sign_up(world)
    sign_up(world, "ben@example.org")
    fail(world, 10)
    assert log_in(world, "ben@example.org", source="there").account.email == "ben@example.org"


def test_one_address_cannot_guess_passwords_of_many_accounts(world: World) -> None:
    sign_up(world)
    for n in range(50):
        fail(world, 1, email=f"victim{n}@example.org", source="there")
    assert blocked_for(world, source="there") >= 60
    assert log_in(world, source="here").account.email == ADDRESS


def test_concurrent_guesses_are_counted_too(world: World) -> None:
    sign_up(world)

    async def burst() -> list[BaseException | object]:
        world.bus.attach(asyncio.get_running_loop())
        guess = LogIn(email=ADDRESS, password="wrong password")
        who = Principal(source="there")
        try:
            calls = [routes.log_in(world.app.context, who, guess) for _ in range(30)]
            return await asyncio.gather(*calls, return_exceptions=True)
        finally:
            world.bus.detach()

    results = asyncio.run(burst())
    assert all(isinstance(answer, Problem) for answer in results)
    assert sum(isinstance(answer, BadCredentials) for answer in results) <= 10
    assert blocked_for(world) >= 60


def test_guessing_is_slowed_down(world: World) -> None:
    for _ in range(10):
        world.bus.write_now(lambda t: throttle.record_failure(t, email="a@b.org", source="x"))
    with pytest.raises(TooManyAttempts):
        world.bus.read_now(lambda t: throttle.check(t, email="a@b.org", source="y"))
