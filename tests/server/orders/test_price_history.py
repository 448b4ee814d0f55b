"""The price history of a show: public, without buyers, sellers or tickets."""

from __future__ import annotations

import msgspec
import pytest

from contract.money import Money
from contract.orders import CANCEL_ORDER
from contract.problems import NotFound
from contract.shows import VIEW_PRICES, PastSale, PriceHistoryQuery
from contract.tickets import WITHDRAW_TICKET, Ticket
from db.types import from_us
from server.principal import Principal
from tests.clock import MINUTE, SECOND
from tests.server.payments.paid_purchase import paid_purchase
from tests.world import World


def sales_of(world: World, show_id: str, **asked: int) -> list[PastSale]:
    """Return the public sales of a show."""
    query = PriceHistoryQuery(**asked)
    return list(world.call(VIEW_PRICES, Principal(), query, show_id=show_id).sales)


def sell(world: World, *amounts: int) -> list[Ticket]:
    """Sell tickets of one show, one second apart."""
    seller, buyer = world.user("seller"), world.user("buyer")
    sold = []
    for amount in amounts:
        sold.append(world.list_ticket(seller, amount=amount))
        world.pay(world.lock(buyer, sold[-1]))
        world.clock.advance(SECOND)
    return sold


def test_sales_have_time_section_and_price_newest_first(world: World) -> None:
    first, second = world.clock.now(), world.clock.now() + SECOND
    (ticket, _) = sell(world, 4500, 3000)
    assert sales_of(world, ticket.show.id) == [
        PastSale(at=from_us(at), section="A", price=Money(amount=amount, currency="EUR"))
        for at, amount in ((second, 3000), (first, 4500))
    ]


def test_a_price_history_has_at_most_the_requested_sales(world: World) -> None:
    ticket, *_ = sell(world, 100, 200, 300)
    assert [past.price.amount for past in sales_of(world, ticket.show.id, limit=2)] == [300, 200]


def test_a_sale_reveals_neither_people_nor_ticket(world: World) -> None:
    (ticket,) = sell(world, 4500)
    history = world.call(VIEW_PRICES, Principal(), show_id=ticket.show.id)
    encoded = msgspec.json.encode(history).decode()
    assert '"amount":4500' in encoded
    assert not [word for word in ("usr_", "tkt_", "ord_", "pay_", ticket.seat) if word in encoded]


def test_a_history_says_whether_the_money_was_real(world: World) -> None:
    (ticket,) = sell(world, 4500)
    assert world.call(VIEW_PRICES, Principal(), show_id=ticket.show.id).live is False
    world.with_settings(stripe_key="sk_live_x")
    assert world.call(VIEW_PRICES, Principal(), show_id=ticket.show.id).live is True


def test_only_sold_tickets_are_in_the_price_history(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    on_sale, _, left, gone = (world.list_ticket(seller) for _ in range(4))
    world.lock(buyer, left)
    given_up = world.lock(world.user("another"), on_sale)
    world.call(CANCEL_ORDER, Principal(user_id=given_up.buyer_id), order_id=given_up.id)
    world.call(WITHDRAW_TICKET, seller, ticket_id=gone.id)
    assert sales_of(world, on_sale.show.id) == []


def test_each_show_has_its_own_price_history(world: World) -> None:
    (ticket,) = sell(world, 4500)
    other = world.list_ticket(world.user("other"), show="Another match")
    assert sales_of(world, other.show.id) == []
    assert len(sales_of(world, ticket.show.id)) == 1


def test_a_later_refund_does_not_change_a_sale(world: World) -> None:
    sold = paid_purchase(world)
    before = sales_of(world, sold.ticket.show.id)
    world.clock.advance(MINUTE)
    sold.refund(1000)
    world.clock.advance(MINUTE)
    sold.refund()
    assert sold.now().refunded == sold.order.price
    assert sales_of(world, sold.ticket.show.id) == before
    assert len(before) == 1


def test_an_unknown_show_has_no_price_history(world: World) -> None:
    with pytest.raises(NotFound):
        sales_of(world, "shw_missing")
