"""Sessions: what authenticates an account, for how long, and how it ends."""

from __future__ import annotations

import pytest

from contract.auth import (
    CHANGE_PASSWORD,
    END_SESSION,
    LIST_SESSIONS,
    LOG_OUT,
    BadCredentials,
    ChangePassword,
    SignedIn,
)
from contract.base import PageQuery
from contract.problems import NotFound, NotSignedIn
from db.dialect import Backend
from db.engine import sqlite_path
from server.auth import passwords, service, tokens
from tests.clock import MINUTE
from tests.server.auth.sign_in import PASSWORD, log_in, principal, sign_up
from tests.server.rows import one, rows
from tests.world import DAY, World

NEW = "another horse entirely"


def speaks(world: World, signed: SignedIn) -> bool:
    """Tell whether a token is still valid."""
    try:
        principal(world, signed)
    except NotSignedIn:
        return False
    return True


def use(world: World, signed: SignedIn) -> None:
    """Record a use of a session, as the HTTP layer does."""
    who = principal(world, signed)
    world.bus.write_now(lambda tx: service.touch(tx, who))


def everything(world: World) -> bytes:
    """Return everything that is stored: the files, or every row of every table."""
    if world.bus.database.backend is Backend.SQLITE:
        path = sqlite_path(world.settings.database)
        assert path is not None
        return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    tables = rows(world, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    found = [rows(world, f"SELECT t::text FROM {name} t") for (name,) in tables]  # noqa: S608  its own names
    return repr(found).encode()


def test_a_token_is_not_stored_in_the_database(world: World) -> None:
    signed = sign_up(world)
    kept = everything(world)
    secret = signed.token.removeprefix(tokens.PREFIX)
    assert signed.account.email.encode() in kept
    assert secret.encode() not in kept
    assert secret[:20].encode() not in kept


def test_every_sign_in_gets_its_own_token(world: World) -> None:
    first, second = sign_up(world), log_in(world)
    assert first.token != second.token
    assert speaks(world, first)
    assert speaks(world, second)


def test_a_session_ends_after_seven_days_without_use(world: World) -> None:
    signed = sign_up(world)
    world.clock.advance(7 * DAY - 1)
    assert speaks(world, signed)
    world.clock.advance(1)
    assert not speaks(world, signed)


def test_a_session_in_use_ends_after_thirty_days(world: World) -> None:
    signed = sign_up(world)
    for _ in range(29):
        world.clock.advance(DAY)
        use(world, signed)
    world.clock.advance(DAY - 1)
    assert speaks(world, signed)
    world.clock.advance(1)
    assert not speaks(world, signed)


def test_signing_out_ends_this_session_at_once_and_no_other(world: World) -> None:
    here, there = sign_up(world), log_in(world)
    world.call(LOG_OUT, principal(world, here))
    assert not speaks(world, here)
    assert speaks(world, there)


def test_a_new_password_ends_every_other_session_at_once(world: World) -> None:
    here, there = sign_up(world), log_in(world)
    world.call(CHANGE_PASSWORD, principal(world, here), ChangePassword(current=PASSWORD, new=NEW))
    assert speaks(world, here)
    assert not speaks(world, there)


def test_only_the_new_password_signs_in_after_a_change(world: World) -> None:
    here = sign_up(world)
    world.call(CHANGE_PASSWORD, principal(world, here), ChangePassword(current=PASSWORD, new=NEW))
    with pytest.raises(BadCredentials):
        log_in(world)
    assert log_in(world, password=NEW).account == here.account


def test_a_password_changed_while_it_is_verified_signs_nobody_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = sign_up(world)

    def verify(*_: str) -> bool:
        monkeypatch.undo()
        who = principal(world, here)
        world.bus.write_now(
            lambda tx: service.change_password(
                tx, user_id=who.user_id, session_id=who.session_id, password_hash="another"
            )
        )
        return True

    monkeypatch.setattr(passwords, "verify", verify)
    with pytest.raises(BadCredentials):
        log_in(world)
    assert len(world.call(LIST_SESSIONS, principal(world, here), PageQuery()).items) == 1


def test_changing_the_password_requires_the_current_one(world: World) -> None:
    here = sign_up(world)
    wrong = ChangePassword(current="not the password", new=NEW)
    with pytest.raises(BadCredentials):
        world.call(CHANGE_PASSWORD, principal(world, here), wrong)
    assert log_in(world).account == here.account


def test_sessions_are_listed_newest_first_with_the_current_one_marked(world: World) -> None:
    here = sign_up(world)
    world.clock.advance(MINUTE)
    log_in(world)
    listed = world.call(LIST_SESSIONS, principal(world, here)).items
    assert [session.current for session in listed] == [False, True]


def test_a_session_that_has_ended_is_not_listed(world: World) -> None:
    sign_up(world)
    world.clock.advance(7 * DAY)
    here = log_in(world)
    assert len(world.call(LIST_SESSIONS, principal(world, here)).items) == 1


def test_an_own_session_can_be_ended(world: World) -> None:
    here, there = sign_up(world), log_in(world)
    gone = principal(world, there).session_id
    world.call(END_SESSION, principal(world, here), session_id=gone)
    assert not speaks(world, there)


def test_a_session_of_another_account_is_unknown(world: World) -> None:
    here, other = sign_up(world), sign_up(world, "ben@example.org")
    documents = []
    for session_id in (principal(world, other).session_id, "ses_none"):
        with pytest.raises(NotFound) as refused:
            world.call(END_SESSION, principal(world, here), session_id=session_id)
        documents.append(refused.value.document())
    assert documents[0] == documents[1]
    assert speaks(world, other)


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda token: token[:-1], id="cut short"),
        pytest.param(lambda token: token[:-12] + "A" + token[-11:], id="mistyped"),
        pytest.param(lambda token: token.removeprefix(tokens.PREFIX), id="without its prefix"),
        pytest.param(lambda _: "", id="empty"),
        pytest.param(lambda token: token + "é", id="not ASCII"),
    ],
)
def test_an_invalid_token_authenticates_nobody(world: World, harm: object) -> None:
    signed = sign_up(world)
    assert callable(harm)
    broken = harm(signed.token)
    with pytest.raises(NotSignedIn):
        world.bus.read_now(lambda tx: service.identify(tx, broken))


def test_a_session_expires_and_can_be_ended_and_its_token_is_not_stored(
    world: World,
) -> None:
    token = tokens.new(world.bus.rng)
    signed = world.bus.write_now(
        lambda t: service.sign_up(t, email="a@b.org", password_hash="x", client="", token=token)
    )
    who = world.bus.read_now(lambda t: service.identify(t, token))
    assert one(world, "SELECT token_hash FROM sessions") not in token
    world.clock.advance(30 * DAY)
    with pytest.raises(NotSignedIn):
        world.bus.read_now(lambda t: service.identify(t, token))
    world.bus.write_now(
        lambda t: service.end_session(t, user_id=signed.account.id, session_id=who.session_id)
    )
    assert one(world, "SELECT count(*) FROM sessions") == 0
