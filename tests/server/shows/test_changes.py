"""Changes of shows: postponed, corrected, and merged, with all that belongs to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from contract.alerts import LIST_ALERTS, AlertKind, AlertQuery
from contract.ledger import LIST_SALES, SalesQuery
from contract.orders import LIST_WALLET
from contract.problems import Invalid, NotFound
from contract.shows import (
    CANCEL_SHOW,
    EDIT_SHOW,
    LIST_SHOWS,
    MERGE_SHOWS,
    VIEW_SHOW,
    EditShow,
    MergeShows,
    Show,
    ShowBefore,
    ShowExists,
    ShowIsCancelled,
    ShowsQuery,
    ShowStarted,
)
from contract.tickets import LIST_TICKETS, TicketsQuery, TicketStatus
from server.principal import Principal
from tests.server.rows import one, rows
from tests.world import World


def edit(world: World, show: Show, **changes: Any) -> Show:
    """Change a show, as an operator."""
    operator = Principal(user_id="usr_operator")
    return world.call(EDIT_SHOW, operator, EditShow(**changes), show_id=show.id)


def merge(world: World, gone: Show, kept: Show) -> Show:
    """Merge a show into another one, as an operator."""
    operator = Principal(user_id="usr_operator")
    return world.call(MERGE_SHOWS, operator, MergeShows(into=kept.id), show_id=gone.id)


def later(show: Show) -> datetime:
    """Return a start sixty days after the show's."""
    return show.starts_at + timedelta(days=60)


def test_a_postponed_show_keeps_its_tickets_and_buyers_see_old_and_new(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    bought = world.list_ticket(seller)
    world.pay(world.lock(buyer, bought))
    after = edit(world, bought.show, starts_at=later(bought.show))
    assert after.id == bought.show.id
    (held,) = world.call(LIST_WALLET, buyer).items
    assert held.ticket.show.starts_at == later(bought.show)
    assert held.ticket.show.before == ShowBefore(starts_at=bought.show.starts_at)
    assert world.names(after.id) == ["show.created", "show.updated"]
    assert world.sound()


def test_a_seller_is_paid_after_the_new_start(world: World) -> None:
    bought = world.list_ticket(world.user("seller"))
    world.pay(world.lock(world.user("buyer"), bought))
    before = one(world, "SELECT releases_at FROM sales")
    edit(world, bought.show, starts_at=later(bought.show))
    moved = one(world, "SELECT releases_at FROM sales") - before
    assert moved == 60 * 24 * 3600 * 1_000_000


def test_a_ticket_of_a_postponed_show_is_on_sale_until_the_new_start(world: World) -> None:
    ticket = world.list_ticket(world.user("seller"))
    edit(world, ticket.show, starts_at=later(ticket.show))
    world.pass_time(31 * 24 * 3600 * 1_000_000)
    assert world.lock(world.user("buyer"), ticket).ticket_id == ticket.id


def test_a_correction_does_not_hide_that_the_show_was_postponed(world: World) -> None:
    show = world.list_ticket(world.user("seller")).show
    edit(world, show, starts_at=later(show))
    after = edit(world, show, venue="Another stadium")
    assert after.before == ShowBefore(starts_at=show.starts_at, venue="Estadio")
    assert (after.name, after.venue) == (show.name, "Another stadium")


def test_a_corrected_show_is_found_by_its_new_name_alone(world: World) -> None:
    show = world.list_ticket(world.user("seller")).show
    edit(world, show, name="Curaçao v Aruba")
    assert world.list_ticket(world.user("ben"), show="curacao v aruba").show.id == show.id
    assert world.list_ticket(world.user("eva")).show.id != show.id
    found = world.call(LIST_SHOWS, Principal(), ShowsQuery(q="aruba")).items
    assert [each.show.id for each in found] == [show.id]


def test_a_new_start_has_the_offset_of_its_date(world: World) -> None:
    show = world.list_ticket(world.user("seller")).show
    wrong = datetime.fromisoformat("2027-12-01T20:00:00-03:00")
    with pytest.raises(Invalid) as refused:
        edit(world, show, starts_at=wrong)
    assert "2027-12-01T20:00:00-04:00" in refused.value.errors[0].message
    assert world.call(VIEW_SHOW, Principal(), show_id=show.id) == show


def test_a_new_start_in_the_past_is_refused(world: World) -> None:
    show = world.list_ticket(world.user("seller")).show
    with pytest.raises(ShowStarted):
        edit(world, show, starts_at=show.starts_at - timedelta(days=31))


def test_a_change_into_another_show_is_refused_with_the_way_to_go(world: World) -> None:
    show = world.list_ticket(world.user("seller")).show
    other = world.list_ticket(world.user("ben"), show="Another").show
    with pytest.raises(ShowExists, match=f"merge-shows {other.id} {show.id}"):
        edit(world, other, name=show.name)


def test_a_cancelled_show_can_be_neither_changed_nor_merged(world: World) -> None:
    show = world.list_ticket(world.user("seller")).show
    other = world.list_ticket(world.user("ben"), show="Another").show
    world.call(CANCEL_SHOW, Principal(user_id="usr_operator"), show_id=show.id)
    with pytest.raises(ShowIsCancelled):
        edit(world, show, name="x")
    for pair in ((show, other), (other, show)):
        with pytest.raises(ShowIsCancelled):
            merge(world, *pair)


def test_everything_of_a_merged_show_belongs_to_the_other(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    bought = world.list_ticket(seller, show="Okapi live")
    world.pay(world.lock(buyer, bought))
    listed = world.list_ticket(seller, show="Okapi live")
    kept = world.list_ticket(world.user("ben"), show="Okapi").show
    assert merge(world, bought.show, kept) == kept
    for table in ("tickets", "entry_codes", "orders", "sales"):
        assert rows(world, f"SELECT DISTINCT show_id FROM {table}") == [(kept.id,)]  # noqa: S608
    (held,) = world.call(LIST_WALLET, buyer).items
    assert held.ticket.show == kept
    assert world.ticket(listed).show == kept
    assert world.names(bought.show.id) == ["show.created", "show.merged"]
    assert world.sound()


def test_the_id_and_the_spelling_of_a_merged_show_lead_to_the_other(world: World) -> None:
    ana = world.user("ana")
    gone = world.list_ticket(ana, show="Okapi live").show
    kept = world.list_ticket(ana, show="Okapi").show
    last = world.list_ticket(ana, show="The last Okapi").show
    merge(world, gone, kept)
    merge(world, kept, last)
    assert world.call(VIEW_SHOW, Principal(), show_id=gone.id) == last
    assert world.list_ticket(ana, show="okapi LIVE").show == last
    shows = world.call(LIST_SHOWS, Principal(), ShowsQuery()).items
    assert [each.show.id for each in shows] == [last.id]


def test_of_two_tickets_for_one_seat_the_later_one_on_sale_is_withdrawn(world: World) -> None:
    ana, ben, buyer = world.user("ana"), world.user("ben"), world.user("buyer")
    sold = world.list_ticket(ana, show="Okapi", seat="1")
    world.pay(world.lock(buyer, sold))
    unsold = world.list_ticket(ben, show="Okapi live", seat="1")
    merge(world, unsold.show, sold.show)
    assert world.ticket(sold).status is TicketStatus.SOLD
    assert world.ticket(unsold).status is TicketStatus.WITHDRAWN
    query = AlertQuery(kind=AlertKind.SEAT_TAKEN)
    (alert,) = world.call(LIST_ALERTS, Principal(), query).items
    assert f"{unsold.id} was taken off sale" in alert.detail
    assert world.sound()


def test_two_sold_tickets_for_one_seat_stay_and_operators_get_an_alert(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    both = [world.list_ticket(ana, show="Okapi", seat="1"),
            world.list_ticket(ben, show="Okapi live", seat="1")]  # fmt: skip
    for n, ticket in enumerate(both):
        world.pay(world.lock(world.user(f"buyer{n}"), ticket))
    merge(world, both[1].show, both[0].show)
    assert [world.ticket(ticket).status for ticket in both] == [TicketStatus.SOLD] * 2
    assert one(world, "SELECT count(*) FROM attention WHERE kind = 'seat_taken'") == 1
    assert world.sound()


def test_merging_closes_the_alert_about_similar_shows(world: World) -> None:
    ana = world.user("ana")
    kept = world.list_ticket(ana, show="Okapi").show
    merge(world, world.list_ticket(ana, show="Okapi live").show, kept)
    assert one(world, "SELECT count(*) FROM attention WHERE closed_at IS NULL") == 0


def test_a_show_cannot_be_merged_into_itself_or_an_unknown_one(world: World) -> None:
    show = world.list_ticket(world.user("ana")).show
    with pytest.raises(Invalid):
        merge(world, show, show)
    with pytest.raises(NotFound):
        world.call(MERGE_SHOWS, Principal(), MergeShows(into="shw_none"), show_id=show.id)


def test_a_merged_shows_id_stands_for_the_show_that_it_was_merged_into(world: World) -> None:
    seller, buyer, olga = world.user("seller"), world.user("buyer"), world.user("olga", admin=True)
    sold = world.list_ticket(seller, show="One")
    world.pay(world.lock(buyer, sold))
    gone, kept = world.list_ticket(seller, show="One"), world.list_ticket(seller, show="Another")
    merge(world, gone.show, kept.show)
    query = TicketsQuery(show_id=gone.show.id)
    listed = world.call(LIST_TICKETS, Principal(), query).items
    assert {ticket.id for ticket in listed} == {gone.id, kept.id}
    sales = world.call(LIST_SALES, seller, SalesQuery(show_id=gone.show.id)).items
    assert [sale.ticket_id for sale in sales] == [sold.id]
    cancelled = world.call(CANCEL_SHOW, olga, show_id=gone.show.id)
    assert (cancelled.show.id, cancelled.show.cancelled) == (kept.show.id, True)
    world.work()
    assert world.call(LIST_TICKETS, Principal(), query).items == ()
    assert world.sound()
