"""Changes: what a gate that works offline must learn, in the order in which it happened."""

from __future__ import annotations

from functools import partial

import pytest

from contract.base import PageQuery
from contract.gate import VIEW_GATE_CHANGES, GateChanges, GateCode, Refusal
from contract.orders import VIEW_WALLET
from contract.problems import Invalid, NotFound
from contract.shows import MERGE_SHOWS, MergeShows
from contract.signed_codes import read_signed, signed_text
from contract.tickets import CodeRevocation, Ticket
from server.principal import Principal
from server.tickets import entry_codes, resale
from tests.clock import MINUTE
from tests.server.gate.gate_fixture import GateFixture, refused
from tests.world import World


def changes(entrance: GateFixture, since: str | None = None, limit: int = 100) -> GateChanges:
    """Return what has changed at the gate."""
    query = PageQuery(limit=limit, cursor=since)
    return entrance.world.call(VIEW_GATE_CHANGES, entrance.staff, query, show_id=entrance.show_id)


def states(codes: tuple[GateCode, ...]) -> list[tuple[int, Refusal | None]]:
    """Return the serials of codes and why they are not valid."""
    return [(code.serial, code.reason) for code in codes]


def buy(entrance: GateFixture) -> tuple[Principal, Ticket]:
    """Sell a ticket; return its owner and the ticket."""
    world = entrance.world
    owner, ticket = world.user("owner"), world.list_ticket(entrance.seller)
    world.pay(world.lock(owner, ticket))
    return owner, ticket


def reissue(entrance: GateFixture, owner: Principal, ticket: Ticket) -> None:
    """Replace the entry code of a ticket."""
    order_id = entrance.world.call(VIEW_WALLET, owner, ticket_id=ticket.id).order_id
    assert order_id is not None
    entrance.world.bus.write_now(
        partial(resale.reissue_code, ticket_id=ticket.id, owner_id=owner.user_id, order_id=order_id)
    )


def test_valid_and_revoked_codes_are_listed(world: World, entrance: GateFixture) -> None:
    owner, ticket = buy(entrance)
    world.pass_time(2 * MINUTE)
    reissue(entrance, owner, ticket)
    found = changes(entrance)
    assert states(found.items) == [(1, Refusal.REPLACED), (2, None)]
    assert found.items[0].revoked_at is not None
    assert not found.more


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        (CodeRevocation.REFUNDED, Refusal.REFUNDED),
        (CodeRevocation.DISPUTED, Refusal.DISPUTED),
        (CodeRevocation.TRANSFERRED, Refusal.REPLACED),
    ],
)
def test_a_revoked_code_says_why(
    world: World, entrance: GateFixture, why: CodeRevocation, reason: Refusal
) -> None:
    _, ticket = buy(entrance)
    world.bus.write_now(lambda tx: entry_codes.revoke(tx, ticket_id=ticket.id, reason=why))
    assert states(changes(entrance).items) == [(1, reason)]


def test_only_what_has_changed_comes_again(world: World, entrance: GateFixture) -> None:
    entrance.sell_ticket("ADA-1")
    other = entrance.sell_ticket("ADA-2", seat="2")
    world.pass_time(2 * MINUTE)
    before = changes(entrance)
    assert len(before.items) == 2
    assert changes(entrance, before.next).items == ()
    scan = entrance.scan("ADA-2")
    (inside,) = changes(entrance, before.next).items
    assert (inside.ticket_id, inside.admitted_at) == (other.id, scan.scanned_at)
    world.pass_time(2 * MINUTE)
    after = changes(entrance, before.next)
    assert changes(entrance, after.next).items == ()
    entrance.undo(scan.admission_id)
    (outside,) = changes(entrance, after.next).items
    assert (outside.ticket_id, outside.admitted_at) == (other.id, None)


def test_what_changed_a_moment_ago_comes_again(entrance: GateFixture) -> None:
    entrance.sell_ticket("ADA-1")
    before = changes(entrance)
    assert changes(entrance, before.next).items == before.items


def test_the_pages_of_changes_are_all_changes(entrance: GateFixture) -> None:
    sold = {entrance.sell_ticket(f"ADA-{n}", seat=str(n + 20)).id for n in range(3)}
    first = changes(entrance, limit=2)
    rest = changes(entrance, first.next, limit=2)
    assert (len(first.items), first.more, rest.more) == (2, True, False)
    assert {code.ticket_id for code in (*first.items, *rest.items)} == sold


def test_the_tickets_of_a_show_that_was_merged_are_a_change(
    world: World, entrance: GateFixture
) -> None:
    entrance.sell_ticket("ADA-1")
    world.pass_time(2 * MINUTE)
    before = changes(entrance)
    gone = entrance.sell_ticket("ADA-2", show="Another", seat="77").show
    world.pass_time(2 * MINUTE)
    into = MergeShows(into=entrance.show_id)
    world.call(MERGE_SHOWS, entrance.operator, into, show_id=gone.id)
    assert len(changes(entrance, before.next).items) == 1


def test_a_cursor_of_another_list_is_refused(entrance: GateFixture) -> None:
    with pytest.raises(Invalid):
        changes(entrance, "x")


def test_an_unknown_show_has_no_changes(world: World, entrance: GateFixture) -> None:
    with pytest.raises(NotFound):
        world.call(VIEW_GATE_CHANGES, entrance.staff, show_id="shw_none")


def test_the_text_of_a_qr_code_is_scanned_like_its_code(
    world: World, entrance: GateFixture
) -> None:
    owner, ticket = buy(entrance)
    owned = world.call(VIEW_WALLET, owner, ticket_id=ticket.id)
    scan = entrance.scan(owned.qr or "")
    assert scan.admission_id is not None
    assert refused(entrance.scan(owned.code or "")) is Refusal.ALREADY_INSIDE


def test_a_code_in_a_forged_qr_code_is_refused(world: World, entrance: GateFixture) -> None:
    owner, ticket = buy(entrance)
    signed = read_signed(world.call(VIEW_WALLET, owner, ticket_id=ticket.id).qr or "")
    assert signed is not None
    forged = signed_text(signed.signed.decode(), bytes(64))
    assert refused(entrance.scan(forged)) is Refusal.UNKNOWN_CODE


def test_a_replaced_code_says_since_when(world: World, entrance: GateFixture) -> None:
    owner, ticket = buy(entrance)
    before = world.call(VIEW_WALLET, owner, ticket_id=ticket.id).code or ""
    world.pass_time(MINUTE)
    at = entrance.seconds_ago(0)
    reissue(entrance, owner, ticket)
    world.pass_time(MINUTE)
    scan = entrance.scan(before)
    assert refused(scan) is Refusal.REPLACED
    assert scan.revoked_at == at
    assert entrance.scan(before, scan_id=scan.scan_id) == scan
