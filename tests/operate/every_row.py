"""A marketplace with rows of every kind, for tests that spoil them."""

from __future__ import annotations

from datetime import timedelta

from contract.cards import REMOVE_CARD
from contract.ledger import SET_PAYOUT_ACCOUNT, PayoutAccount
from contract.orders import CANCEL_ORDER, ReportProblem
from contract.organisers import (
    ADD_MEMBER,
    APPROVE_ORGANISER,
    CREATE_ORGANISER,
    AddMember,
    CreateOrganiser,
    MemberRole,
)
from contract.payments import START_PAYMENT
from contract.problems import Problem
from contract.refunds import REFUND_ORDER, RefundOrder
from contract.reports import REPORT_ORDER, ReportOrder
from contract.shows import CANCEL_SHOW
from contract.tickets import WITHDRAW_TICKET, Ticket
from contract.transfers import OFFER_TRANSFER, OfferTransfer
from db.types import from_us
from server.principal import Principal
from tests.clock import MINUTE
from tests.server.cards.saved_cards import save_card
from tests.server.custody import buy, code_of, give, relist, scan
from tests.server.ledger.harness import LedgerHarness, ledger_harness
from tests.world import DECLINED, World

#: A payment with this card is disputed within seconds.
DISPUTED = "4000000000000259"


def fill(world: World) -> None:
    """Let people sell, buy, give, refund and dispute, and leave some of it under way."""
    books = ledger_harness(world)
    _earn(world, books)
    _own(world, books.seller, world.user("ana"), world.user("ben"))
    _organise(world, books)
    _leave_under_way(world, books)


def _earn(world: World, books: LedgerHarness) -> None:
    rich = world.user("rich")
    account = PayoutAccount(account="acct_sandbox_ok")
    world.call(SET_PAYOUT_ACCOUNT, books.admin, account, user_id=rich.user_id)
    books.refund(books.sell(1000))
    books.sell(2000)
    books.sell(3000, seller=rich)
    poor = world.user("poor")
    books.sell(5000, seller=poor)
    books.over()
    made = {payout.seller_id: payout for payout in books.release().payouts}
    books.confirm(made[books.seller.user_id])
    books.fail(made[poor.user_id])
    books.prepare()
    books.sell(4000, card=DISPUTED)
    books.refund(books.sell(6000), 500)
    world.pass_time(MINUTE)


def _listed(world: World, seller: Principal, **changes: str) -> Ticket:
    """List a ticket for a show in thirty days from now."""
    starts_at = from_us(world.clock.now()) + timedelta(days=30)
    return world.list_ticket(seller, starts_at=starts_at, **changes)


def _own(world: World, seller: Principal, ana: Principal, ben: Principal) -> None:
    given, entered, offered = (_listed(world, seller) for _ in range(3))
    bought = [buy(world, ana, ticket) for ticket in (given, entered, offered)]
    give(world, ana, given, ben, "ben")
    relist(world, ben, given)
    assert scan(world, entered, code_of(world, ana, entered)).admission_id is not None
    scan(world, entered, "NOBODYS")
    offer = OfferTransfer(to="ben@example.org")
    world.call(OFFER_TRANSFER, ana, offer, ticket_id=offered.id)
    body = ReportOrder(problem=ReportProblem.REFUSED_AT_DOOR)
    world.call(REPORT_ORDER, ana, body, order_id=bought[1].id)
    world.call(REMOVE_CARD, ana, card_id=save_card(world, ana).id)
    save_card(world, ana)
    world.work()


def _organise(world: World, books: LedgerHarness) -> None:
    made = world.call(CREATE_ORGANISER, books.seller, CreateOrganiser(name="Estadio"))
    member = AddMember(email="ana@example.org", role=MemberRole.GATE)
    world.call(ADD_MEMBER, books.seller, member, organiser_id=made.id)
    world.call(APPROVE_ORGANISER, books.admin, organiser_id=made.id)


def _leave_under_way(world: World, books: LedgerHarness) -> None:
    seller, buyer = books.seller, books.buyer
    withdrawn, taken = _listed(world, seller), _listed(world, seller, seat="70")
    world.call(WITHDRAW_TICKET, seller, ticket_id=withdrawn.id)
    try:
        _listed(world, buyer, seat="70")
    except Problem:
        world.call(CANCEL_ORDER, buyer, order_id=world.lock(buyer, taken).id)
    late = _listed(world, seller)
    assert world.pay(world.lock(buyer, late), DECLINED) == "declined"
    off = _listed(world, seller, show="Called off")
    world.call(CANCEL_SHOW, books.admin, show_id=off.show.id)
    world.work()
    locked = world.lock(buyer, _listed(world, seller))
    world.call(START_PAYMENT, buyer, order_id=locked.id)
    refunded = books.sell(7000)
    world.call(REFUND_ORDER, books.admin, RefundOrder(amount=None), order_id=refunded.id)
