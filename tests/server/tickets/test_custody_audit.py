"""The audit finds each way in which the custody of a ticket can be spoilt, and names it."""

from __future__ import annotations

import pytest

from contract.tickets import Ticket
from db.audit import audit
from tests.server.custody import buy, give, relist
from tests.server.rows import change
from tests.world import World

CODE = """
    INSERT INTO entry_codes (id, ticket_id, serial, show_id, owner_id, order_id, code, code_key,
                             issued_at, revoked_at, reason)
    SELECT 'cod_x', ticket_id, 9, show_id, owner_id, order_id, 'X', 'X', 1, NULL, NULL
    FROM entry_codes WHERE ticket_id = :ticket AND revoked_at IS NULL"""
#: By what is wrong, the statements that spoil a ticket which Ana bought, gave to Ben, who sells it.
SPOILT = {
    "the owner of a ticket is neither its last buyer nor was given it": [
        "UPDATE tickets SET owner_id = seller_id WHERE id = :ticket",
        "UPDATE transfers SET status = 'declined' WHERE ticket_id = :ticket",
    ],
    "a sold ticket was bought by nobody": [
        "UPDATE orders SET is_current = 0 WHERE ticket_id = :ticket",
        "UPDATE tickets SET status = 'sold', shelf = 'sold', order_id = 'ord_x' WHERE id = :ticket",
    ],
    "two entry codes of a ticket are valid": ["DROP INDEX ux_entry_codes_valid", CODE],
    "a valid entry code is not its owner's last": [
        "UPDATE tickets SET code_serial = code_serial + 1 WHERE id = :ticket"
    ],
    "an entry code was reissued, and its owner has no new one": [
        "UPDATE entry_codes SET revoked_at = 1, reason = 'reissued' WHERE ticket_id = :ticket"
    ],
    "a bought ticket has no valid entry code, and was neither refunded nor lost to a bank": [
        "UPDATE entry_codes SET revoked_at = 1, reason = 'sold' WHERE ticket_id = :ticket"
    ],
    "a ticket is on sale while it is inside, being refunded or offered": [
        "UPDATE tickets SET inside = 1 WHERE id = :ticket"
    ],
    "a ticket is being refunded without a refund": [
        "UPDATE tickets SET refunding = 1 WHERE id = :ticket"
    ],
    "a ticket is offered by a transfer that is over, or that is not its own": [
        "UPDATE tickets SET status = 'sold', shelf = 'sold', order_id = 'x' WHERE id = :ticket",
        "UPDATE tickets SET transfer_id = 'trf_x' WHERE id = :ticket",
    ],
}


@pytest.fixture
def ticket(world: World) -> Ticket:
    """Give a ticket that Ana bought and gave to Ben, who has put it on sale."""
    ana, ben = world.user("ana"), world.user("ben")
    listed = world.list_ticket(world.user("seller"))
    buy(world, ana, listed)
    give(world, ana, listed, ben, "ben")
    relist(world, ben, listed)
    assert world.sound()
    return listed


@pytest.mark.parametrize("rule", SPOILT)
def test_the_audit_names_a_ticket_whose_custody_is_spoilt(
    world: World, ticket: Ticket, rule: str
) -> None:
    for statement in SPOILT[rule]:
        binds = {"ticket": ticket.id} if ":ticket" in statement else {}
        change(world, statement, **binds)
    found = [finding for finding in world.bus.database.read(audit) if finding.rule == rule]
    assert found, world.bus.database.read(audit)
