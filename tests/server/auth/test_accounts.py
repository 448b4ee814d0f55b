"""Accounts: one for each address, however it is spelled."""

from __future__ import annotations

import pytest

from contract.auth import (
    BAN_USER,
    LIST_USERS,
    ME,
    AccountBanned,
    AccountStatus,
    BadCredentials,
    Ban,
    EmailTaken,
    Role,
    UsersQuery,
)
from contract.problems import Invalid, NotFound, NotSignedIn
from server.auth import passwords, service
from tests.server.auth.sign_in import ADDRESS, PASSWORD, log_in, principal, sign_up
from tests.server.rows import one
from tests.world import World


def test_signing_up_creates_an_account_and_signs_in(world: World) -> None:
    signed = sign_up(world)
    assert signed.account.role is Role.MEMBER
    assert world.call(ME, principal(world, signed)) == signed.account


@pytest.mark.parametrize("spelling", ["ANA@example.org", "Ana@Example.ORG", " ana@example.org "])
def test_the_same_address_cannot_be_used_twice(world: World, spelling: str) -> None:
    sign_up(world)
    with pytest.raises(EmailTaken):
        sign_up(world, spelling)
    assert one(world, "SELECT count(*) FROM accounts") == 1


def test_composed_and_decomposed_letters_are_the_same_address(world: World) -> None:
    sign_up(world, "jos\u00e9@example.org")
    with pytest.raises(EmailTaken):
        sign_up(world, "jose\u0301@example.org")


@pytest.mark.parametrize(
    "typed",
    ["stra\u00dfe@example.org", "ana@stra\u00dfe.example", "Ana.Lopez@Example.ORG",
     "jose\u0301@example.org", "\u0130rem@example.org", "\u03bf\u03b4\u03cc\u03c2@example.gr"],
    ids=ascii,
)  # fmt: skip
def test_an_address_is_kept_as_it_was_typed(world: World, typed: str) -> None:
    signed = sign_up(world, f" {typed} ")
    assert signed.account.email == typed
    assert log_in(world, typed).account.email == typed
    assert log_in(world, typed.upper()).account.id == signed.account.id
    operator = world.user("operator", admin=True)
    found = world.call(LIST_USERS, operator, UsersQuery(q=typed.upper())).items
    assert [account.email for account in found] == [typed]


def test_an_address_that_is_the_same_without_case_is_taken(world: World) -> None:
    sign_up(world, "stra\u00dfe@example.org")
    with pytest.raises(EmailTaken):
        sign_up(world, "STRASSE@example.org")


def test_signing_in_clears_the_failures_of_an_address_with_capitals(world: World) -> None:
    sign_up(world, "Ana@Example.ORG")
    with pytest.raises(BadCredentials):
        log_in(world, "Ana@Example.ORG", "wrong password")
    log_in(world, "Ana@Example.ORG")
    assert one(world, "SELECT count(*) FROM attempts WHERE key LIKE 'account:%'") == 0


def test_signing_in_takes_the_address_in_any_case(world: World) -> None:
    signed = sign_up(world)
    assert log_in(world, "ANA@EXAMPLE.org").account.id == signed.account.id


def test_the_password_may_not_be_the_address(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        sign_up(world, password=ADDRESS.upper())
    assert [error.field for error in refused.value.errors] == ["password"]


def test_a_password_is_kept_only_as_an_argon2id_hash(world: World) -> None:
    sign_up(world)
    stored = one(world, "SELECT password_hash FROM accounts")
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored


def test_a_hash_made_with_weaker_parameters_is_replaced_at_the_next_sign_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_up(world)
    before = one(world, "SELECT password_hash FROM accounts")
    monkeypatch.setattr(passwords, "needs_rehash", lambda stored: stored == before)
    log_in(world)
    assert one(world, "SELECT password_hash FROM accounts") != before
    assert log_in(world).account.email == ADDRESS


def test_account_events_do_not_contain_the_address(world: World) -> None:
    signed = sign_up(world)
    assert world.names(signed.account.id) == ["account.created"]
    assert ADDRESS not in one(world, "SELECT body FROM events")


def test_a_ban_ends_every_session_and_refuses_new_ones(world: World) -> None:
    admin, signed = world.user("admin", admin=True), sign_up(world)
    banned = world.call(BAN_USER, admin, Ban(), user_id=signed.account.id)
    assert banned.status is AccountStatus.BANNED
    with pytest.raises(NotSignedIn):
        principal(world, signed)
    with pytest.raises(AccountBanned):
        log_in(world)


def test_a_ban_that_is_lifted_lets_the_account_sign_in_again(world: World) -> None:
    admin, signed = world.user("admin", admin=True), sign_up(world)
    world.call(BAN_USER, admin, Ban(), user_id=signed.account.id)
    world.call(BAN_USER, admin, Ban(banned=False), user_id=signed.account.id)
    assert log_in(world).account.status is AccountStatus.ACTIVE
    assert world.sound()


def test_banning_twice_publishes_one_event(world: World) -> None:
    admin, signed = world.user("admin", admin=True), sign_up(world)
    for _ in range(2):
        world.call(BAN_USER, admin, Ban(), user_id=signed.account.id)
    assert world.names(signed.account.id) == ["account.created", "account.updated"]


def test_operators_cannot_ban_themselves(world: World) -> None:
    admin = world.user("admin", admin=True)
    with pytest.raises(Invalid):
        world.call(BAN_USER, admin, Ban(), user_id=admin.user_id)


def test_an_unknown_account_cannot_be_banned(world: World) -> None:
    with pytest.raises(NotFound):
        world.call(BAN_USER, world.user("admin", admin=True), Ban(), user_id="usr_none")


def test_only_an_account_that_exists_can_be_made_an_operator(world: World) -> None:
    with pytest.raises(NotFound):
        world.bus.write_now(lambda tx: service.grant_admin(tx, email=ADDRESS))


def test_making_somebody_an_operator_takes_the_address_in_any_case(world: World) -> None:
    signed = sign_up(world)
    world.bus.write_now(lambda tx: service.grant_admin(tx, email=ADDRESS.upper()))
    assert principal(world, signed).is_admin
    assert world.sound()


def test_accounts_are_found_by_a_part_of_their_address_role_and_status(world: World) -> None:
    admin = world.user("admin", admin=True)
    ana, ben = world.user("ana"), world.user("ben")

    def found(**query: object) -> set[str]:
        return {a.id for a in world.call(LIST_USERS, admin, UsersQuery(**query)).items}  # type: ignore[arg-type]

    assert found(q="AN") == {ana.user_id}
    assert found(role=Role.ADMIN) == {admin.user_id}
    world.call(BAN_USER, admin, Ban(), user_id=ben.user_id)
    assert found(status=AccountStatus.BANNED) == {ben.user_id}


def test_an_address_in_another_case_is_the_same_account(world: World) -> None:
    world.user("ana")
    with pytest.raises(EmailTaken):
        world.user("ANA")


def test_a_long_password_is_checked_to_its_last_character() -> None:
    long = "correct horse battery staple " * 8
    stored = passwords.hash_password(long)
    assert passwords.verify(stored, long)
    assert not passwords.verify(stored, long[:-1])
