"""Imports: many rows at once, each accepted or refused by itself."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from contract.tickets import (
    CREATE_TICKET,
    IMPORT_TICKETS,
    LIST_TICKETS,
    WITHDRAW_TICKET,
    CreateTicket,
    EditTicket,
    ExternalIdTaken,
    ImportOutcome,
    ImportReport,
    ImportTickets,
    TicketsQuery,
)
from contract.validation import decode
from server.principal import Principal
from server.tickets import service
from tests.server.rows import one, rows
from tests.world import World

ROW: dict[str, Any] = {
    "show": {
        "name": "Curaçao v Haïti", "category": "sports", "venue": "Estadio", "city": "Willemstad",
        "country": "CW", "starts_at": "2028-06-18T19:00:00-04:00",
    },
    "section": "A", "row": "1", "seat": "1", "price": {"amount": 4500, "currency": "EUR"},
    "external_id": "x-1",
}  # fmt: skip

#: The same show on a later date.
LATER = {**ROW["show"], "starts_at": "2028-08-18T19:00:00-04:00"}


def row(n: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a row for another seat with its own id."""
    return {**ROW, "seat": str(n), "external_id": f"x-{n}", **changes}


def take(world: World, seller: Principal, *given: Any, dry_run: bool = False) -> ImportReport:
    """Import rows, as they come over the wire."""
    raw = tuple(msgspec.Raw(json.dumps(one_row).encode()) for one_row in given)
    return world.call(IMPORT_TICKETS, seller, ImportTickets(rows=raw, dry_run=dry_run))


def outcomes(report: ImportReport) -> list[ImportOutcome]:
    """Return the outcome of each row, in order."""
    assert [result.row for result in report.results] == list(range(len(report.results)))
    return [result.outcome for result in report.results]


def test_new_rows_are_listed(world: World) -> None:
    seller = world.user("seller")
    report = take(world, seller, row(1), row(2))
    assert outcomes(report) == [ImportOutcome.CREATED] * 2
    listed = world.call(LIST_TICKETS, seller, TicketsQuery(mine=True)).items
    assert {t.id for t in listed} == {result.ticket_id for result in report.results}
    assert world.sound()


def test_the_same_rows_again_change_nothing(world: World) -> None:
    seller = world.user("seller")
    take(world, seller, row(1), row(2))
    before = len(world.events())
    assert outcomes(take(world, seller, row(1), row(2))) == [ImportOutcome.UNCHANGED] * 2
    assert len(world.events()) == before


def test_another_spelling_of_a_row_is_no_change(world: World) -> None:
    seller = world.user("seller")
    take(world, seller, row(1))
    show = {**ROW["show"], "name": "CURACAO V  HAITI"}
    again = row(1, show=show, seat=" 1 ")
    assert outcomes(take(world, seller, again)) == [ImportOutcome.UNCHANGED]


def test_one_wall_time_at_several_offsets_is_one_show_and_refusals(world: World) -> None:
    starts = ("2028-07-01T20:00:00-04:00", "2028-07-01T20:00:00-05:00", "2028-07-01T20:00:00+14:00")
    given = [
        row(n, show={**ROW["show"], "starts_at": starts_at})
        for n, starts_at in enumerate(starts, 1)
    ]
    listed, *refused = take(world, world.user("seller"), *given).results
    assert listed.outcome is ImportOutcome.CREATED
    for result in refused:
        assert [error.field for error in result.errors] == ["show.starts_at"]
        assert "2028-07-01T20:00:00-04:00" in result.errors[0].message
    assert one(world, "SELECT count(*) FROM shows") == 1


@pytest.mark.parametrize(
    "change",
    [{"price": {"amount": 4400, "currency": "EUR"}}, {"seat": "99"}, {"barcode": "NEW"}],
    ids=str,
)
def test_a_row_that_changed_updates_its_ticket(world: World, change: dict[str, Any]) -> None:
    seller = world.user("seller")
    (first,) = take(world, seller, row(1)).results
    (again,) = take(world, seller, row(1, **change)).results
    assert (again.outcome, again.ticket_id) == (ImportOutcome.UPDATED, first.ticket_id)
    assert one(world, "SELECT version FROM tickets") == 2
    assert world.sound()


def test_a_row_without_a_barcode_keeps_the_current_one(world: World) -> None:
    seller = world.user("seller")
    take(world, seller, row(1, barcode="MINE"))
    before = one(world, "SELECT barcode FROM tickets")
    take(world, seller, row(1, seat="2"))
    assert one(world, "SELECT barcode FROM tickets") == before


@pytest.mark.parametrize(
    ("bad", "code", "field"),
    [
        ({"price": {"amount": 0, "currency": "EUR"}}, "invalid", "price.amount"),
        ({"surprise": 1}, "invalid", "surprise"),
        ({"show": {**ROW["show"], "starts_at": "2028-06-18T19:00:00"}}, "invalid",
         "show.starts_at"),
        ({"show": {**ROW["show"], "starts_at": "2001-01-01T00:00:00Z"}}, "show_started", None),
        ({"seat": "1"}, "already_listed", None),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_an_invalid_row_is_refused_by_name_and_the_others_are_imported(
    world: World, bad: dict[str, Any], code: str, field: str | None
) -> None:
    seller = world.user("seller")
    report = take(world, seller, row(1), row(2, **bad), row(3))
    assert outcomes(report) == [ImportOutcome.CREATED, ImportOutcome.REFUSED, ImportOutcome.CREATED]
    refused = report.results[1]
    assert refused.code == code
    assert [error.field for error in refused.errors] == ([] if field is None else [field])
    assert one(world, "SELECT count(*) FROM tickets") == 2
    assert world.sound()


def test_a_row_that_is_not_an_object_is_refused_and_the_others_are_imported(world: World) -> None:
    report = take(world, world.user("seller"), 7, row(1), [], None)
    assert outcomes(report) == [
        ImportOutcome.REFUSED,
        ImportOutcome.CREATED,
        ImportOutcome.REFUSED,
        ImportOutcome.REFUSED,
    ]


def test_an_external_id_cannot_move_to_another_show(world: World) -> None:
    seller = world.user("seller")
    take(world, seller, row(1))
    other = {**ROW["show"], "name": "Another show"}
    (refused,) = take(world, seller, row(1, show=other)).results
    assert refused.code == "external_id_taken"
    assert one(world, "SELECT count(*) FROM shows") == 1


def test_one_id_twice_in_a_file_is_listed_once(world: World) -> None:
    report = take(world, world.user("seller"), row(1), row(1), row(1, seat="5"))
    assert outcomes(report) == [
        ImportOutcome.CREATED,
        ImportOutcome.UNCHANGED,
        ImportOutcome.UPDATED,
    ]


def test_the_row_of_a_locked_or_sold_ticket_is_refused(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    (made,) = take(world, seller, row(1)).results
    ticket = world.bus.read_now(lambda tx: service.view(tx, ticket_id=str(made.ticket_id)))
    world.lock(buyer, ticket)
    (refused,) = take(world, seller, row(1, price={"amount": 900, "currency": "EUR"})).results
    assert refused.code == "ticket_unavailable"
    assert world.ticket(ticket).price.amount == 4500


def test_external_ids_belong_to_their_seller(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    take(world, ana, row(1))
    assert outcomes(take(world, ben, row(1, seat="2"))) == [ImportOutcome.CREATED]
    assert one(world, "SELECT count(DISTINCT seller_id) FROM tickets") == 2


def test_a_dry_run_reports_what_would_happen_and_changes_nothing(world: World) -> None:
    seller = world.user("seller")
    take(world, seller, row(1), row(2))
    kept = rows(world, "SELECT id, version FROM tickets ORDER BY id"), len(world.events())
    bad = row(4, price={"amount": 0, "currency": "EUR"})
    report = take(world, seller, row(1), row(2, seat="9"), row(3), bad, dry_run=True)
    assert report.dry_run
    assert outcomes(report) == [
        ImportOutcome.UNCHANGED, ImportOutcome.UPDATED, ImportOutcome.CREATED,
        ImportOutcome.REFUSED,
    ]  # fmt: skip
    assert report.results[2].ticket_id is None
    assert kept == (rows(world, "SELECT id, version FROM tickets ORDER BY id"), len(world.events()))
    assert world.sound()


@pytest.mark.parametrize(
    ("amount", "currency", "limit"),
    [
        (10, "EUR", "at least EUR 0.50"), (49, "JPY", "at least JPY 50"),
        (1001, "KWD", "a multiple of KWD 0.010"), (10_000, "HUF", "at least HUF 175.00"),
        (100_000_000, "EUR", "at most EUR 999,999.99"),
    ],
)  # fmt: skip
def test_a_row_with_a_price_that_cannot_be_charged_is_refused_with_the_limit(
    world: World, amount: int, currency: str, limit: str
) -> None:
    price = {"amount": amount, "currency": currency}
    (refused,) = take(world, world.user("seller"), row(1, price=price)).results
    assert [error.field for error in refused.errors] == ["price.amount"]
    assert limit in refused.errors[0].message


@pytest.mark.parametrize("changes", [{}, {"seat": "9"}, {"show": LATER}], ids=str)
def test_the_row_of_a_withdrawn_ticket_is_on_sale_again(
    world: World, changes: dict[str, Any]
) -> None:
    seller = world.user("seller")
    first, _ = take(world, seller, row(1), row(2)).results
    world.call(WITHDRAW_TICKET, seller, ticket_id=first.ticket_id)
    report = take(world, seller, row(1, **changes), row(2))
    assert outcomes(report) == [ImportOutcome.RELISTED, ImportOutcome.UNCHANGED]
    assert report.results[0].ticket_id != first.ticket_id
    on_sale = "SELECT id FROM tickets WHERE external_id = 'x-1' AND status = 'available'"
    assert one(world, on_sale) == report.results[0].ticket_id
    assert outcomes(take(world, seller, row(1, **changes))) == [ImportOutcome.UNCHANGED]
    assert world.sound()


def test_a_dry_run_reports_a_withdrawn_ticket_as_relisted_and_leaves_it(world: World) -> None:
    seller = world.user("seller")
    (made,) = take(world, seller, row(1)).results
    world.call(WITHDRAW_TICKET, seller, ticket_id=made.ticket_id)
    (result,) = take(world, seller, row(1), dry_run=True).results
    assert (result.outcome, result.ticket_id) == (ImportOutcome.RELISTED, None)
    assert rows(world, "SELECT id, status FROM tickets") == [(made.ticket_id, "withdrawn")]


def test_a_row_can_be_withdrawn_and_relisted_many_times(world: World) -> None:
    seller = world.user("seller")
    for expected in (ImportOutcome.CREATED, ImportOutcome.RELISTED, ImportOutcome.RELISTED):
        (made,) = take(world, seller, row(1)).results
        assert made.outcome is expected
        world.call(WITHDRAW_TICKET, seller, ticket_id=made.ticket_id)
    assert one(world, "SELECT count(*) FROM tickets WHERE status = 'withdrawn'") == 3
    assert world.sound()


def test_a_single_listing_may_have_the_external_id_of_a_withdrawn_ticket(world: World) -> None:
    seller = world.user("seller")
    body = decode(json.dumps(row(1)).encode(), CreateTicket)
    made = world.call(CREATE_TICKET, seller, body)
    with pytest.raises(ExternalIdTaken):
        world.call(CREATE_TICKET, seller, body)
    world.call(WITHDRAW_TICKET, seller, ticket_id=made.id)
    assert world.call(CREATE_TICKET, seller, body).id != made.id


def test_a_row_with_another_date_is_refused_with_the_way_to_go(world: World) -> None:
    seller = world.user("seller")
    (made,) = take(world, seller, row(1)).results
    (refused,) = take(world, seller, row(1, show=LATER)).results
    assert refused.code == "external_id_taken"
    assert f"x-1 is your ticket {made.ticket_id} (available)" in str(refused.detail)
    assert "on 2028-06-18T19:00:00-04:00" in str(refused.detail)
    assert "Withdraw it and send this row again" in str(refused.detail)


def test_an_edit_by_hand_is_undone_by_the_next_import(world: World) -> None:
    seller = world.user("seller")
    (made,) = take(world, seller, row(1)).results
    edit = EditTicket(seat="77")
    world.bus.write_now(
        lambda tx: service.edit(
            tx, seller_id=seller.user_id, ticket_id=str(made.ticket_id), body=edit, based_on=None
        )
    )
    assert outcomes(take(world, seller, row(1))) == [ImportOutcome.UPDATED]
    assert one(world, "SELECT seat FROM tickets") == "1"
