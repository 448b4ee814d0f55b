"""Official shows: their organiser alone creates, changes, refunds and admits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contract.base import PageQuery
from contract.gate import ADMIT, SYNC_ADMISSIONS, VIEW_GATE, Admit, SyncAdmissions, Verdict
from contract.ledger import LIST_SHOW_SALES
from contract.orders import VIEW_ORDER, OrderNotFound
from contract.organisers import (
    APPROVE_ORGANISER,
    SUSPEND_ORGANISER,
    MemberRole,
    NotAManager,
    OrganiserNotApproved,
    OrganiserNotFound,
    SuspendOrganiser,
)
from contract.problems import Forbidden, Invalid
from contract.refunds import REFUND_SOLD_ORDER, RefundedTicket, RefundOrder, RefundReason
from contract.shows import (
    CANCEL_OWN_SHOW,
    EDIT_OWN_SHOW,
    MERGE_SHOWS,
    VIEW_OWN_CANCELLATION,
    VIEW_SHOW,
    EditShow,
    MergeShows,
    NotYourShow,
    ShowExists,
)
from contract.tickets import IssuedByOrganiser, TicketOrigin, TicketStatus, TicketVoid
from server.principal import Principal
from tests.server.custody import buy, code_of, relist
from tests.server.organisers.people import OPERATOR, add, apply, approved
from tests.server.organisers.shows import DETAILS, STARTS_AT, create, issue, on_sale
from tests.world import World

WHY = SuspendOrganiser(reason="The venue knows nothing of it.")
SCAN = "scan-0123456789"


def test_a_managers_show_is_official_and_its_tickets_are_issued(world: World) -> None:
    mia = world.user("mia")
    show = create(world, mia, approved(world, mia))
    assert show.official
    assert issue(world, mia, show).issued == 3
    tickets = on_sale(world, show)
    assert [ticket.seat for ticket in tickets] == ["1", "2", "3"]
    assert {ticket.origin for ticket in tickets} == {TicketOrigin.ISSUED}
    assert {ticket.face_value for ticket in tickets} == {tickets[0].price}
    assert {ticket.seller_id for ticket in tickets} == {mia.user_id}


def test_creating_a_show_again_returns_it(world: World) -> None:
    mia = world.user("mia")
    organiser = approved(world, mia)
    assert create(world, mia, organiser).id == create(world, mia, organiser).id


def test_who_is_not_approved_creates_no_show(world: World) -> None:
    mia = world.user("mia")
    with pytest.raises(OrganiserNotApproved, match="is pending"):
        create(world, mia, apply(world, mia))


def test_only_managers_create_shows(world: World) -> None:
    mia, gus, eve = world.user("mia"), world.user("gus"), world.user("eve")
    organiser = approved(world, mia)
    add(world, mia, organiser, "gus", MemberRole.GATE)
    with pytest.raises(NotAManager):
        create(world, gus, organiser)
    with pytest.raises(OrganiserNotFound):
        create(world, eve, organiser)


def test_a_show_that_sellers_have_listed_is_not_taken_over(world: World) -> None:
    mia = world.user("mia")
    world.list_ticket(world.user("sofia"))
    with pytest.raises(ShowExists, match="An operator can merge it into yours"):
        create(world, mia, approved(world, mia))


def test_nobody_else_lists_a_ticket_for_an_organisers_show(world: World) -> None:
    mia = world.user("mia")
    create(world, mia, approved(world, mia))
    for seller in (world.user("eve"), mia):
        with pytest.raises(IssuedByOrganiser) as refused:
            world.list_ticket(seller, starts_at=STARTS_AT)
        assert refused.value.rule == "issued_by_organiser"


def test_a_ticket_of_a_seller_is_imported_and_has_no_face_value(world: World) -> None:
    ticket = world.list_ticket(world.user("sofia"))
    assert (ticket.origin, ticket.face_value) == (TicketOrigin.IMPORTED, None)
    assert not ticket.show.official


def test_an_issued_ticket_that_is_sold_on_stays_issued(world: World) -> None:
    mia, ana = world.user("mia"), world.user("ana")
    show = create(world, mia, approved(world, mia))
    issue(world, mia, show)
    ticket = on_sale(world, show)[0]
    buy(world, ana, ticket)
    resold = relist(world, ana, ticket, amount=4000)
    assert resold.origin is TicketOrigin.ISSUED
    assert resold.face_value == ticket.price


def test_issuing_again_leaves_what_is_there(world: World) -> None:
    mia = world.user("mia")
    show = create(world, mia, approved(world, mia))
    assert issue(world, mia, show, dry_run=True).issued == 3
    assert on_sale(world, show) == []
    issue(world, mia, show)
    again = issue(world, mia, show, seats=4, amount=9900)
    assert (again.issued, again.existing) == (1, (0, 1, 2))
    assert [ticket.price.amount for ticket in on_sale(world, show)] == [4500, 4500, 4500, 9900]


def test_a_place_named_twice_in_one_request_is_issued_once(world: World) -> None:
    mia = world.user("mia")
    show = create(world, mia, approved(world, mia))
    issue(world, mia, show, seats=1)
    assert issue(world, mia, show, seats=1).existing == (0,)


def test_strangers_and_people_of_the_gate_change_nothing_of_a_show(world: World) -> None:
    mia, gus, eve = world.user("mia"), world.user("gus"), world.user("eve")
    organiser = approved(world, mia)
    show = create(world, mia, organiser)
    add(world, mia, organiser, "gus", MemberRole.GATE)
    for somebody in (gus, eve):
        with pytest.raises(NotYourShow):
            issue(world, somebody, show)
        with pytest.raises(NotYourShow):
            world.call(EDIT_OWN_SHOW, somebody, EditShow(venue="Elsewhere"), show_id=show.id)
        with pytest.raises(NotYourShow):
            world.call(CANCEL_OWN_SHOW, somebody, show_id=show.id)
        with pytest.raises(NotYourShow):
            world.call(LIST_SHOW_SALES, somebody, PageQuery(), show_id=show.id)


def test_a_manager_postpones_and_cancels_the_show(world: World) -> None:
    mia, ana = world.user("mia"), world.user("ana")
    show = create(world, mia, approved(world, mia))
    issue(world, mia, show)
    buy(world, ana, on_sale(world, show)[0])
    later = EditShow(starts_at=STARTS_AT + timedelta(days=30))
    after = world.call(EDIT_OWN_SHOW, mia, later, show_id=show.id)
    assert after.before is not None
    assert after.before.starts_at == STARTS_AT
    world.call(CANCEL_OWN_SHOW, mia, show_id=show.id)
    world.work()
    world.pass_time(600_000_000)
    assert world.call(VIEW_OWN_CANCELLATION, mia, show_id=show.id).done


def test_a_manager_sees_and_refunds_what_the_organiser_sold(world: World) -> None:
    mia, max_, ana = world.user("mia"), world.user("max"), world.user("ana")
    organiser = approved(world, mia)
    add(world, mia, organiser, "max", MemberRole.MANAGER)
    show = create(world, mia, organiser)
    issue(world, mia, show)
    ticket = on_sale(world, show)[0]
    order = buy(world, ana, ticket)
    sales = world.call(LIST_SHOW_SALES, max_, PageQuery(), show_id=show.id).items
    assert [sale.order_id for sale in sales] == [order.id]
    assert world.call(VIEW_ORDER, max_, order_id=order.id).id == order.id
    body = RefundOrder(ticket=RefundedTicket.RETURN)
    refund = world.call(REFUND_SOLD_ORDER, max_, body, order_id=order.id)
    assert refund.reason is RefundReason.ORGANISER
    with pytest.raises(TicketVoid):  # the buyer will lose it
        relist(world, ana, ticket)
    world.work()
    assert world.ticket(ticket).status is TicketStatus.WITHDRAWN
    assert issue(world, mia, show).issued == 1


def test_a_sale_between_fans_is_not_the_organisers(world: World) -> None:
    mia, ana, ben = world.user("mia"), world.user("ana"), world.user("ben")
    show = create(world, mia, approved(world, mia))
    issue(world, mia, show)
    ticket = on_sale(world, show)[0]
    buy(world, ana, ticket)
    order = buy(world, ben, relist(world, ana, ticket))
    for order_id in (order.id, "ord_missing"):
        with pytest.raises(OrderNotFound):
            world.call(REFUND_SOLD_ORDER, mia, RefundOrder(), order_id=order_id)
        with pytest.raises(OrderNotFound):
            world.call(VIEW_ORDER, mia, order_id=order_id)


def test_people_of_the_gate_admit_at_their_shows_alone(world: World) -> None:
    mia, gus, ana = world.user("mia"), world.user("gus"), world.user("ana")
    organiser = approved(world, mia)
    add(world, mia, organiser, "gus", MemberRole.GATE)
    show = create(world, mia, organiser)
    issue(world, mia, show)
    ticket = on_sale(world, show)[0]
    buy(world, ana, ticket)
    body = Admit(show_id=show.id, code=code_of(world, ana, ticket), scan_id=SCAN)
    with pytest.raises(Forbidden):
        world.call(ADMIT, ana, body)
    assert world.call(ADMIT, gus, body).verdict is Verdict.ADMITTED
    other = world.list_ticket(world.user("sofia"), show="Another").show
    with pytest.raises(Forbidden):
        world.call(VIEW_GATE, gus, show_id=other.id)
    assert world.call(SYNC_ADMISSIONS, gus, SyncAdmissions(scans=())).results == ()


def test_a_suspended_organiser_can_do_nothing_and_its_shows_are_not_official(
    world: World,
) -> None:
    mia, gus = world.user("mia"), world.user("gus")
    organiser = approved(world, mia)
    add(world, mia, organiser, "gus", MemberRole.GATE)
    show = create(world, mia, organiser)
    world.call(SUSPEND_ORGANISER, OPERATOR, WHY, organiser_id=organiser.id)
    assert not world.call(VIEW_SHOW, Principal(), show_id=show.id).official
    with pytest.raises(OrganiserNotApproved):
        issue(world, mia, show)
    with pytest.raises(OrganiserNotApproved):
        world.call(EDIT_OWN_SHOW, mia, EditShow(venue="Elsewhere"), show_id=show.id)
    with pytest.raises(OrganiserNotApproved):
        world.call(CANCEL_OWN_SHOW, mia, show_id=show.id)
    with pytest.raises(Forbidden):
        world.call(VIEW_GATE, gus, show_id=show.id)
    with pytest.raises(IssuedByOrganiser):
        world.list_ticket(world.user("eve"), starts_at=STARTS_AT)
    world.call(APPROVE_ORGANISER, OPERATOR, organiser_id=organiser.id)
    assert world.call(VIEW_SHOW, Principal(), show_id=show.id).official


def test_an_official_show_is_not_merged_into_another(world: World) -> None:
    mia = world.user("mia")
    show = create(world, mia, approved(world, mia))
    stray = world.list_ticket(world.user("sofia"), show="Curacao - Haiti").show
    with pytest.raises(Invalid):
        world.call(MERGE_SHOWS, OPERATOR, MergeShows(into=stray.id), show_id=show.id)
    kept = world.call(MERGE_SHOWS, OPERATOR, MergeShows(into=show.id), show_id=stray.id)
    assert kept.id == show.id
    (imported,) = on_sale(world, show)
    assert imported.origin is TicketOrigin.IMPORTED
    with pytest.raises(IssuedByOrganiser):
        world.list_ticket(world.user("eve"), show="Curacao - Haiti")


def test_the_details_of_a_show_are_those_that_sellers_use(world: World) -> None:
    ticket = world.list_ticket(world.user("sofia"))
    assert (ticket.show.name, ticket.show.starts_at) == (DETAILS.name, DETAILS.starts_at)
