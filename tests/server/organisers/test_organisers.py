"""Organisers: they apply, are approved or suspended, and their managers say who acts for them."""

from __future__ import annotations

import pytest

from contract.base import PageQuery
from contract.organisers import (
    ADD_MEMBER,
    ADMIN_LIST_ORGANISERS,
    APPROVE_ORGANISER,
    CREATE_ORGANISER,
    LIST_ORGANISERS,
    REMOVE_MEMBER,
    SUSPEND_ORGANISER,
    VIEW_ORGANISER,
    AddMember,
    CreateOrganiser,
    MemberRole,
    NotAManager,
    OrganiserNameTaken,
    OrganiserNotFound,
    OrganisersQuery,
    OrganiserStatus,
    SuspendOrganiser,
)
from contract.problems import Invalid
from server.principal import Principal
from tests.server.organisers.people import OPERATOR, add, apply, approved
from tests.world import World

WHY = SuspendOrganiser(reason="The venue knows nothing of it.")


def test_who_applies_is_the_owner_and_waits_for_approval(world: World) -> None:
    mia = world.user("mia")
    made = apply(world, mia, "  Halle   Tony Garnier ")
    assert (made.name, made.status) == ("Halle Tony Garnier", OrganiserStatus.PENDING)
    assert (made.owner_id, made.role) == (mia.user_id, MemberRole.MANAGER)
    assert [member.email for member in made.members] == ["mia@example.org"]


def test_an_operator_approves_and_suspends_an_organiser_with_a_reason(world: World) -> None:
    mia = world.user("mia")
    organiser = approved(world, mia)
    assert organiser.status is OrganiserStatus.APPROVED
    world.call(SUSPEND_ORGANISER, OPERATOR, WHY, organiser_id=organiser.id)
    seen = world.call(VIEW_ORGANISER, mia, organiser_id=organiser.id)
    assert (seen.status, seen.suspend_reason) == (OrganiserStatus.SUSPENDED, WHY.reason)
    again = world.call(APPROVE_ORGANISER, OPERATOR, organiser_id=organiser.id)
    assert (again.status, again.suspend_reason) == (OrganiserStatus.APPROVED, "")


def test_approving_twice_changes_nothing_and_publishes_one_event(world: World) -> None:
    organiser = approved(world, world.user("mia"))
    again = world.call(APPROVE_ORGANISER, OPERATOR, organiser_id=organiser.id)
    assert again.version == organiser.version
    assert [e.name for e in world.events() if e.id == organiser.id] == [
        "organiser.created", "organiser.approved",
    ]  # fmt: skip


def test_two_approved_organisers_never_have_one_name_however_it_is_spelled(world: World) -> None:
    approved(world, world.user("mia"), "Théâtre d\u2019Orange")
    second = apply(world, world.user("eve"), "The Theatre d'orange")
    with pytest.raises(OrganiserNameTaken):
        world.call(APPROVE_ORGANISER, OPERATOR, organiser_id=second.id)


def test_a_name_whose_normal_form_is_too_long_is_refused(world: World) -> None:
    with pytest.raises(Invalid):
        world.call(CREATE_ORGANISER, world.user("mia"), CreateOrganiser(name="\u0344" * 200))


def test_a_manager_adds_members_and_changes_their_role(world: World) -> None:
    mia, gus = world.user("mia"), world.user("gus")
    organiser = approved(world, mia)
    add(world, mia, organiser, "gus", MemberRole.GATE)
    after = add(world, mia, organiser, "gus", MemberRole.MANAGER)
    assert [(m.user_id, m.role) for m in after.members][1:] == [(gus.user_id, MemberRole.MANAGER)]
    same = add(world, mia, organiser, "gus", MemberRole.MANAGER)
    assert same.version == after.version


def test_a_removed_member_no_longer_sees_the_organiser(world: World) -> None:
    mia, gus = world.user("mia"), world.user("gus")
    organiser = approved(world, mia)
    add(world, mia, organiser, "gus", MemberRole.MANAGER)
    world.call(REMOVE_MEMBER, mia, organiser_id=organiser.id, user_id=gus.user_id)
    with pytest.raises(OrganiserNotFound):
        world.call(VIEW_ORGANISER, gus, organiser_id=organiser.id)
    assert world.call(LIST_ORGANISERS, gus, PageQuery()).items == ()


def test_a_gate_member_sees_itself_alone_and_changes_nothing(world: World) -> None:
    mia, gus = world.user("mia"), world.user("gus")
    world.user("ana")
    organiser = approved(world, mia)
    add(world, mia, organiser, "gus", MemberRole.GATE)
    seen = world.call(VIEW_ORGANISER, gus, organiser_id=organiser.id)
    assert [member.email for member in seen.members] == ["gus@example.org"]
    with pytest.raises(NotAManager):
        add(world, gus, organiser, "ana", MemberRole.GATE)
    with pytest.raises(NotAManager):
        world.call(REMOVE_MEMBER, gus, organiser_id=organiser.id, user_id=gus.user_id)


def test_a_strangers_organiser_looks_like_one_that_does_not_exist(world: World) -> None:
    organiser, eve = approved(world, world.user("mia")), world.user("eve")
    for organiser_id in (organiser.id, "org_missing"):
        body = AddMember(email="eve@example.org", role=MemberRole.MANAGER)
        with pytest.raises(OrganiserNotFound):
            world.call(VIEW_ORGANISER, eve, organiser_id=organiser_id)
        with pytest.raises(OrganiserNotFound):
            world.call(ADD_MEMBER, eve, body, organiser_id=organiser_id)


def test_the_owner_stays_a_manager(world: World) -> None:
    mia = world.user("mia")
    organiser = approved(world, mia)
    with pytest.raises(Invalid):
        add(world, mia, organiser, "mia", MemberRole.GATE)
    with pytest.raises(Invalid):
        world.call(REMOVE_MEMBER, mia, organiser_id=organiser.id, user_id=mia.user_id)


def test_an_address_without_an_account_cannot_be_added(world: World) -> None:
    mia = world.user("mia")
    with pytest.raises(Invalid) as refused:
        add(world, mia, approved(world, mia), "nobody", MemberRole.GATE)
    assert "must sign up first" in refused.value.errors[0].message


def test_operators_list_organisers_by_status(world: World) -> None:
    first = approved(world, world.user("mia"), "First")
    second = apply(world, world.user("eve"), "Second")

    def listed(status: OrganiserStatus | None) -> list[str]:
        page = world.call(ADMIN_LIST_ORGANISERS, OPERATOR, OrganisersQuery(status=status))
        return [organiser.id for organiser in page.items]

    assert listed(None) == [second.id, first.id]
    assert listed(OrganiserStatus.PENDING) == [second.id]


def test_the_versions_of_an_organiser_count_its_members_too(world: World) -> None:
    mia, gus = world.user("mia"), world.user("gus")
    organiser = approved(world, mia)
    add(world, mia, organiser, "gus", MemberRole.GATE)
    world.call(REMOVE_MEMBER, mia, organiser_id=organiser.id, user_id=gus.user_id)
    seen = [(e.name, e.version, e.audience) for e in world.events() if e.id == organiser.id]
    assert seen == [
        ("organiser.created", 1, mia.user_id),
        ("organiser.approved", 2, mia.user_id),
        ("organiser.member_added", 3, gus.user_id),
        ("organiser.member_removed", 4, gus.user_id),
    ]


def test_a_missing_organiser_is_neither_approved_nor_suspended(world: World) -> None:
    with pytest.raises(OrganiserNotFound):
        world.call(APPROVE_ORGANISER, OPERATOR, organiser_id="org_missing")
    with pytest.raises(OrganiserNotFound):
        world.call(SUSPEND_ORGANISER, OPERATOR, WHY, organiser_id="org_missing")


def test_who_is_signed_in_lists_their_own_organisers_alone(world: World) -> None:
    mia = world.user("mia")
    own = apply(world, mia)
    apply(world, world.user("eve"), "Another")
    assert [o.id for o in world.call(LIST_ORGANISERS, mia, PageQuery()).items] == [own.id]
    assert world.call(LIST_ORGANISERS, Principal(user_id="usr_none"), PageQuery()).items == ()
