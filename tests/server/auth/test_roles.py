"""Roles: operators grant gate access; operators are made on the server itself."""

from __future__ import annotations

import msgspec
import pytest

from contract.auth import (
    BAN_USER,
    LIST_USERS,
    SET_ROLE,
    AccountStatus,
    Ban,
    GrantedRole,
    Role,
    SetRole,
    UsersQuery,
)
from contract.problems import Invalid, NotFound
from server.principal import Principal
from tests.world import World

GATE = SetRole(role=GrantedRole.GATE)
MEMBER = SetRole(role=GrantedRole.MEMBER)


@pytest.fixture
def olga(world: World) -> Principal:
    """Create an operator's account."""
    return world.user("olga", admin=True)


@pytest.fixture
def gus(world: World) -> Principal:
    """Create a member's account."""
    return world.user("gus")


def test_an_operator_grants_and_revokes_gate_access(
    world: World, olga: Principal, gus: Principal
) -> None:
    assert world.call(SET_ROLE, olga, GATE, user_id=gus.user_id).role is Role.GATE
    assert world.call(SET_ROLE, olga, MEMBER, user_id=gus.user_id).role is Role.MEMBER
    assert world.names(gus.user_id) == ["account.created", "account.updated", "account.updated"]


def test_granting_a_role_again_changes_nothing(
    world: World, olga: Principal, gus: Principal
) -> None:
    first = world.call(SET_ROLE, olga, GATE, user_id=gus.user_id)
    assert world.call(SET_ROLE, olga, GATE, user_id=gus.user_id) == first
    assert world.names(gus.user_id) == ["account.created", "account.updated"]


def test_operators_cannot_change_their_own_role(world: World, olga: Principal) -> None:
    with pytest.raises(Invalid) as refusal:
        world.call(SET_ROLE, olga, GATE, user_id=olga.user_id)
    assert [error.field for error in refusal.value.errors] == ["user_id"]


def test_an_operator_cannot_demote_another(world: World, olga: Principal) -> None:
    other = world.user("oscar", admin=True)
    with pytest.raises(Invalid):
        world.call(SET_ROLE, olga, MEMBER, user_id=other.user_id)
    found = world.call(LIST_USERS, olga, UsersQuery(role=Role.ADMIN)).items
    assert {account.id for account in found} == {olga.user_id, other.user_id}


@pytest.mark.parametrize("role", ["admin", "king", "", None])
def test_no_other_role_can_be_granted(role: str | None) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"role": role}, SetRole)


def test_a_banned_account_stays_banned_when_its_role_changes(
    world: World, olga: Principal, gus: Principal
) -> None:
    world.call(BAN_USER, olga, Ban(), user_id=gus.user_id)
    after = world.call(SET_ROLE, olga, GATE, user_id=gus.user_id)
    assert (after.role, after.status) == (Role.GATE, AccountStatus.BANNED)


def test_a_ban_does_not_change_the_role(world: World, olga: Principal, gus: Principal) -> None:
    world.call(SET_ROLE, olga, GATE, user_id=gus.user_id)
    assert world.call(BAN_USER, olga, Ban(), user_id=gus.user_id).role is Role.GATE


def test_an_unknown_account_cannot_be_granted_a_role(world: World, olga: Principal) -> None:
    with pytest.raises(NotFound):
        world.call(SET_ROLE, olga, GATE, user_id="usr_nobody")
