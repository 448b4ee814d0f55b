"""Seats: at most one ticket that is not withdrawn, whoever lists it and however it is spelled."""

from __future__ import annotations

from typing import Any

import pytest

from contract.alerts import LIST_ALERTS, Alert, AlertKind, AlertQuery
from contract.tickets import (
    EDIT_TICKET,
    WITHDRAW_TICKET,
    AlreadyListed,
    EditTicket,
    ImportOutcome,
    Price,
    SeatTaken,
)
from server.principal import Principal
from tests.server.rows import change, one
from tests.server.tickets.test_imports import outcomes, row, take
from tests.world import World


def alerts(world: World) -> tuple[Alert, ...]:
    """Return the open alerts about seats."""
    operator = Principal(user_id="usr_operator")
    query = AlertQuery(kind=AlertKind.SEAT_TAKEN)
    return world.call(LIST_ALERTS, operator, query).items


def test_a_seat_is_refused_to_another_seller_who_does_not_learn_whose_it_is(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    first = world.list_ticket(ana, seat="12a")
    with pytest.raises(SeatTaken) as refused:
        world.list_ticket(ben, seat="12A")
    assert first.id not in refused.value.detail
    assert ana.user_id not in refused.value.detail
    assert one(world, "SELECT count(*) FROM tickets") == 1


def test_operators_learn_that_two_people_claim_a_seat(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    first = world.list_ticket(ana, seat="12")
    for _ in range(2):
        with pytest.raises(SeatTaken):
            world.list_ticket(ben, seat="12")
    (alert,) = alerts(world)
    assert alert.subject == first.id
    for named in ("A 1 12", first.show.id, first.id, ana.user_id, ben.user_id):
        assert named in alert.detail
    assert world.names(alert.id) == ["attention.opened"]
    assert world.sound()


def test_a_seller_who_lists_a_seat_again_is_told_so_without_an_alert(world: World) -> None:
    ana = world.user("ana")
    first = world.list_ticket(ana, seat="12")
    with pytest.raises(AlreadyListed, match=first.id):
        world.list_ticket(ana, seat=" 12 ")
    assert alerts(world) == ()


def test_a_ticket_cannot_be_moved_to_a_seat_of_somebody_else(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    world.list_ticket(ana, seat="12")
    other = world.list_ticket(ben, seat="13")
    with pytest.raises(SeatTaken):
        world.call(EDIT_TICKET, ben, EditTicket(seat="12"), ticket_id=other.id)
    assert world.ticket(other) == other
    assert len(alerts(world)) == 1


def test_a_ticket_can_be_respelled_and_moved_to_a_free_seat(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    ticket = world.list_ticket(ana, seat="12a")
    world.call(EDIT_TICKET, ana, EditTicket(seat="12A"), ticket_id=ticket.id)
    world.call(EDIT_TICKET, ana, EditTicket(seat="13"), ticket_id=ticket.id)
    assert world.list_ticket(ben, seat="12a").seat == "12a"
    assert world.sound()


def test_a_withdrawn_ticket_frees_its_seat_for_everybody(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    world.call(WITHDRAW_TICKET, ana, ticket_id=world.list_ticket(ana, seat="12").id)
    assert world.list_ticket(ben, seat="12").seat == "12"


def test_the_same_seat_at_another_show_is_another_seat(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    world.list_ticket(ana, seat="12")
    assert world.list_ticket(ben, seat="12", show="Another").seat == "12"


def test_sellers_list_any_number_of_places_without_a_seat(world: World) -> None:
    for name in ("ana", "ben"):
        world.list_ticket(world.user(name), seat="")
    assert one(world, "SELECT count(*) FROM tickets") == 2


def test_two_seats_in_six_spellings_become_two_tickets(world: World) -> None:
    sections = ("Balc\u00f3n", "Balco\u0301n", "Balcon  Nord", "Balcon\u00a0Nord", "Balcon Nord",
                "BALCON NORD")  # fmt: skip
    given = [row(12, section=section, external_id=f"x{n}") for n, section in enumerate(sections)]
    report = take(world, world.user("seller"), *given)
    created, refused = ImportOutcome.CREATED, ImportOutcome.REFUSED
    assert outcomes(report) == [created, refused, created, refused, refused, refused]
    assert {result.code for result in report.results if result.code} == {"already_listed"}


def test_a_row_of_an_import_for_a_taken_seat_is_refused_alone_and_operators_learn_it(
    world: World,
) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    take(world, ana, row(1))
    report = take(world, ben, row(1), row(2))
    assert outcomes(report) == [ImportOutcome.REFUSED, ImportOutcome.CREATED]
    assert report.results[0].code == "seat_taken"
    assert len(alerts(world)) == 1


def test_a_dry_run_alerts_nobody(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    take(world, ana, row(1))
    assert outcomes(take(world, ben, row(1), dry_run=True)) == [ImportOutcome.REFUSED]
    assert alerts(world) == ()


def test_a_seat_that_two_tickets_had_before_keeps_both_and_their_prices_can_change(
    world: World,
) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    world.list_ticket(ana, seat="12")
    second = world.list_ticket(ben, seat="13")
    change(world, "UPDATE tickets SET seat = '12', seat_key = NULL WHERE seat = '13'")
    edit: dict[str, Any] = {"section": "A", "row": "1", "seat": "12"}
    edited = world.call(
        EDIT_TICKET,
        ben,
        EditTicket(**edit, price=Price(amount=900, currency="EUR")),
        ticket_id=second.id,
    )
    assert edited.version == 2
    with pytest.raises(SeatTaken):
        world.call(EDIT_TICKET, ben, EditTicket(section="a"), ticket_id=second.id)
