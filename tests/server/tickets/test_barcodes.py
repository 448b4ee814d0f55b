"""Barcodes: what somebody else printed on a ticket, for its buyer's eyes only."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from contract.alerts import LIST_ALERTS, AlertKind, AlertQuery
from contract.orders import LIST_WALLET, VIEW_WALLET
from contract.tickets import (
    EDIT_TICKET,
    LIST_TICKETS,
    VIEW_TICKET,
    WITHDRAW_TICKET,
    BarcodeTaken,
    EditTicket,
    ImportOutcome,
    TicketsQuery,
)
from server.principal import Principal
from server.settings import WrongSetting
from server.tickets import seal_barcodes
from tests.server.rows import change, one, rows
from tests.server.tickets.test_imports import outcomes, row, take
from tests.world import World

BARCODE = "PRINTED-0001"
KEY, OTHER_KEY = "k" * 32, "o" * 32


def alerts(world: World) -> list[tuple[str, str]]:
    """Return the subjects and details of alerts about one barcode on two tickets."""
    query = AlertQuery(kind=AlertKind.DUPLICATE)
    found = world.call(LIST_ALERTS, Principal(user_id="usr_operator"), query).items
    return [(alert.subject, alert.detail) for alert in found]


def seal_again(world: World) -> None:
    """Do what the server does when it starts."""
    while world.bus.write_now(seal_barcodes):
        pass


def test_a_barcode_is_encrypted_in_the_database(world: World) -> None:
    world.list_ticket(world.user("seller"), barcode=BARCODE)
    ((sealed, digest),) = rows(world, "SELECT barcode, barcode_digest FROM tickets")
    assert "PRINTED" not in sealed + digest
    assert len(digest) == 64


def test_one_barcode_is_encrypted_differently_each_time(world: World) -> None:
    seller = world.user("seller")
    for show in ("One", "Two"):
        world.list_ticket(seller, show=show, barcode=BARCODE)
    assert one(world, "SELECT count(DISTINCT barcode) FROM tickets") == 2


def test_only_the_buyer_sees_the_barcode_and_only_after_the_sale(world: World) -> None:
    seller, buyer, other = world.user("seller"), world.user("buyer"), world.user("other")
    with capture_logs() as logs:
        ticket = world.list_ticket(seller, barcode=BARCODE)
        order = world.lock(buyer, ticket)
        assert world.call(LIST_WALLET, buyer).items == ()
        world.pay(order)
    (bought,) = world.call(LIST_WALLET, buyer).items
    assert bought.barcode == BARCODE
    assert world.call(VIEW_WALLET, buyer, ticket_id=ticket.id).barcode == BARCODE
    seen = [
        *(world.call(VIEW_TICKET, who, ticket_id=ticket.id) for who in (seller, buyer, other)),
        *(world.call(LIST_TICKETS, who, TicketsQuery()) for who in (seller, buyer, other)),
        *(world.call(LIST_WALLET, who) for who in (seller, other)),
    ]
    assert BARCODE not in repr((seen, logs, world.events()))
    assert one(world, "SELECT count(*) FROM events WHERE body LIKE '%PRINTED%'") == 0


def test_a_ticket_without_a_barcode_has_none(world: World) -> None:
    buyer = world.user("buyer")
    world.pay(world.lock(buyer, world.list_ticket(world.user("seller"))))
    assert world.call(LIST_WALLET, buyer).items[0].barcode is None


@pytest.mark.parametrize("again", [BARCODE, "printed 0001", "PRINTED\N{EN DASH}0001 "])
@pytest.mark.parametrize("who", ["seller", "other"])
def test_a_barcode_is_on_one_ticket_of_a_show_in_any_spelling(
    world: World, who: str, again: str
) -> None:
    sellers = {name: world.user(name) for name in ("seller", "other")}
    first = world.list_ticket(sellers["seller"], barcode=BARCODE)
    with pytest.raises(BarcodeTaken) as refused:
        world.list_ticket(sellers[who], barcode=again)
    assert first.id not in str(refused.value.detail)
    assert one(world, "SELECT count(*) FROM tickets") == 1


def test_operators_learn_that_two_sellers_have_one_barcode(world: World) -> None:
    seller, other = world.user("seller"), world.user("other")
    first = world.list_ticket(seller, barcode=BARCODE)
    with pytest.raises(BarcodeTaken):
        world.list_ticket(seller, barcode=BARCODE)
    assert alerts(world) == []
    for _ in range(2):
        with pytest.raises(BarcodeTaken):
            world.list_ticket(other, barcode=BARCODE)
    ((subject, detail),) = alerts(world)
    assert subject == first.id
    assert other.user_id in detail
    assert BARCODE not in detail


def test_a_barcode_of_another_ticket_is_refused_in_an_edit_too(world: World) -> None:
    seller = world.user("seller")
    world.list_ticket(seller, barcode=BARCODE)
    ticket = world.list_ticket(seller)
    with pytest.raises(BarcodeTaken):
        world.call(EDIT_TICKET, seller, EditTicket(barcode=BARCODE), ticket_id=ticket.id)
    assert one(world, "SELECT count(*) FROM tickets WHERE barcode IS NOT NULL") == 1


def test_another_show_may_have_the_same_barcode_and_a_withdrawn_ticket_frees_its_own(
    world: World,
) -> None:
    seller = world.user("seller")
    first = world.list_ticket(seller, barcode=BARCODE)
    world.list_ticket(seller, show="Another show", barcode=BARCODE)
    world.call(WITHDRAW_TICKET, seller, ticket_id=first.id)
    world.list_ticket(world.user("other"), barcode=BARCODE)
    assert world.sound()


def test_the_second_row_of_a_file_with_the_same_barcode_is_refused(world: World) -> None:
    report = take(world, world.user("seller"), row(1, barcode=BARCODE), row(2, barcode=BARCODE))
    assert outcomes(report) == [ImportOutcome.CREATED, ImportOutcome.REFUSED]
    assert report.results[1].code == "barcode_taken"


def test_a_row_sent_again_with_its_barcode_is_no_change(world: World) -> None:
    seller = world.user("seller")
    take(world, seller, row(1, barcode=BARCODE))
    again = take(world, seller, row(1, barcode=BARCODE))
    assert outcomes(again) == [ImportOutcome.UNCHANGED]


def test_a_new_key_encrypts_again_at_the_start_and_nothing_is_lost(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller, barcode=BARCODE)
    world.pay(world.lock(buyer, ticket))
    seen = {one(world, "SELECT barcode FROM tickets")}
    for keys in (KEY, f"{OTHER_KEY}, {KEY}", OTHER_KEY):
        world.with_settings(secret_key=keys)
        seal_again(world)
        assert world.call(LIST_WALLET, buyer).items[0].barcode == BARCODE
        seen.add(one(world, "SELECT barcode FROM tickets"))
        with pytest.raises(BarcodeTaken):
            world.list_ticket(seller, barcode=BARCODE)
    assert len(seen) == 3


def test_without_the_key_of_the_barcodes_the_server_does_not_start(world: World) -> None:
    world.list_ticket(world.user("seller"), barcode=BARCODE)
    world.with_settings(secret_key=KEY)
    seal_again(world)
    for keys in (OTHER_KEY, ""):
        world.with_settings(secret_key=keys)
        with pytest.raises(WrongSetting, match="secret_key lacks the key"):
            seal_again(world)


def test_two_old_tickets_with_one_barcode_are_kept_and_operators_are_alerted(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    tickets = [world.list_ticket(seller) for _ in range(2)]
    change(world, "UPDATE tickets SET barcode = 'plain:SAME'")
    change(world, "DELETE FROM secrets WHERE name = 'sealed_with'")
    seal_again(world)
    assert [subject for subject, _ in alerts(world)] == [max(ticket.id for ticket in tickets)]
    for ticket in tickets:
        world.pay(world.lock(buyer, ticket))
    assert {each.barcode for each in world.call(LIST_WALLET, buyer).items} == {"SAME"}
