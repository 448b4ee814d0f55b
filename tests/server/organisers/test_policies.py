"""Policies: who sets the rules for the tickets of a show, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contract.organisers import MemberRole
from contract.policies import SetPolicy, ShowPolicy, ShowPolicyChanged
from contract.problems import Invalid
from contract.shows import (
    CANCEL_OWN_SHOW,
    VIEW_SHOW,
    NotYourShow,
    ShowIsCancelled,
)
from server.principal import Principal
from tests.server.organisers.people import add, approved
from tests.server.organisers.policies import set_policy
from tests.server.organisers.shows import STARTS_AT, create
from tests.world import World

NOON = STARTS_AT - timedelta(days=1)


def test_a_manager_sets_each_rule_by_itself_and_everybody_reads_them(world: World) -> None:
    mia = world.user("mia")
    show = create(world, mia, approved(world, mia))
    assert show.policy is None
    set_policy(world, mia, show, SetPolicy(resale_cap=100, refund_until=NOON))
    set_policy(world, mia, show, SetPolicy(transfers=False, resale_cap=None))
    read = world.call(VIEW_SHOW, Principal(), show_id=show.id)
    assert read.policy == ShowPolicy(transfers=False, refund_until=NOON)
    event = world.events(show.id)[-1]
    assert isinstance(event, ShowPolicyChanged)
    assert event.policy == read.policy
    assert world.sound()
    set_policy(world, mia, show, SetPolicy(transfers=True, refund_until=None))
    assert world.call(VIEW_SHOW, Principal(), show_id=show.id).policy is None


def test_only_managers_set_the_rules_and_not_for_a_cancelled_show(world: World) -> None:
    mia, gus = world.user("mia"), world.user("gus")
    organiser = approved(world, mia)
    show = create(world, mia, organiser)
    add(world, mia, organiser, "gus", MemberRole.GATE)
    for stranger in (gus, world.user("ana")):
        with pytest.raises(NotYourShow):
            set_policy(world, stranger, show, SetPolicy(resale=False))
    listed = world.list_ticket(mia, show="Somebody's show").show
    with pytest.raises(NotYourShow):
        set_policy(world, mia, listed, SetPolicy(resale=False))
    world.call(CANCEL_OWN_SHOW, mia, show_id=show.id)
    with pytest.raises(ShowIsCancelled):
        set_policy(world, mia, show, SetPolicy(resale=False))


def test_times_that_cannot_be_meant_are_refused(world: World) -> None:
    mia = world.user("mia")
    show = create(world, mia, approved(world, mia))
    for body, field in (
        (SetPolicy(resale_from=NOON, resale_until=NOON), "resale_until"),
        (SetPolicy(resale_until=STARTS_AT + timedelta(minutes=1)), "resale_until"),
        (SetPolicy(refund_until=STARTS_AT + timedelta(days=365)), "refund_until"),
    ):
        with pytest.raises(Invalid) as refused:
            set_policy(world, mia, show, body)
        assert [error.field for error in refused.value.errors] == [field]
