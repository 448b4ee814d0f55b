"""The migration to owners and entry codes: sold tickets keep their codes, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.alerts import LIST_ALERTS, AlertKind, AlertQuery
from contract.orders import LIST_WALLET
from db.migrations.runner import upgrade_to
from server.principal import Principal
from server.tickets import seal_barcodes
from tests.conftest import KINDS
from tests.db.old_databases import account, old_database, show, ticket
from tests.db.test_gate_migration import run
from tests.world import World

MADE_UP = ("0123456789ABCDEF", "GHJKMNPQRSTVWXYZ")
#: Ticket -> its code, its status, and what was refunded of its price of 4500.
TICKETS = {
    "kept": ("Ada-1", "sold", 0), "made": (MADE_UP[0], "sold", 100),
    "refunded": ("ADA-3", "sold", 4500), "unsold": (MADE_UP[1], "available", None),
    "brought": ("ADA-5", "available", None), "second": ("ada 5", "available", None),
    "withdrawn": ("ADA-5", "withdrawn", None),
}  # fmt: skip
SHELF = {"sold": "sold", "withdrawn": "off", "available": "on"}
ORDER = """INSERT INTO orders (id, ticket_id, buyer_id, seller_id, show_id, section, "row", seat,
price_amount, price_currency, status, payment_id, pay_code, version, expires_at, created_at,
updated_at, ended_at, fee_amount, refunded_amount, disputed) VALUES ('ord_{name}', 'tkt_{name}',
'usr_2', 'usr_1', 'shw_1', '', '', '', 4500, 'EUR', 'complete', 'pay_1', '{name}', 2, 1, 1, 8, 5, 0,
{refunded}, 0)"""
PAYMENT = """INSERT INTO payments (id, order_id, buyer_id, status, amount, currency, parameters,
live, declines, version, created_at, updated_at, promised) VALUES ('pay_1', 'ord_refunded', 'usr_2',
'refunded', 4500, 'EUR', '{}', 0, 0, 3, 5, 8, 4500)"""
REFUND = """INSERT INTO refunds (id, payment_id, order_id, amount, currency, reason, status,
stripe_id, created_at, updated_at) VALUES ('ref_1', 'pay_1', 'ord_refunded', 4500, 'EUR',
'operator', 'done', 're_1', 6, 8)"""
SELL = """UPDATE tickets SET status = 'sold', shelf = 'sold', order_id = 'ord_{name}'
WHERE id = '{id}'"""


def rows() -> Iterator[str]:
    """Yield the statements that fill the old database."""
    yield from (account("usr_1"), account("usr_2"), show("shw_1"))
    for seat, (name, (code, status, refunded)) in enumerate(TICKETS.items()):
        ticket_id = f"tkt_{name}"
        unsold = "available" if status == "sold" else status
        yield ticket(ticket_id, seat=seat, status=unsold, shelf=SHELF[unsold])
        yield f"UPDATE tickets SET code = '{code}', code_key = 'K{seat}' WHERE id = '{ticket_id}'"  # noqa: S608
        if status == "sold":
            yield ORDER.format(name=name, refunded=refunded)
            yield SELL.format(name=name, id=ticket_id)
    yield from (PAYMENT, REFUND)


@pytest.fixture(params=KINDS)
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give an old database that has been migrated."""
    with old_database(request, tmp_path, at="0021_withdrawals") as url:
        run(url, *rows())
        upgrade_to(url, "head")
        yield url


def test_a_sold_ticket_belongs_to_its_buyer_with_its_present_code_as_the_first(
    migrated: str,
) -> None:
    codes = "SELECT ticket_id, serial, owner_id, order_id, code, issued_at FROM entry_codes"
    assert run(migrated, f"{codes} ORDER BY id") == [
        ("tkt_kept", 1, "usr_2", "ord_kept", "Ada-1", 5),
        ("tkt_made", 1, "usr_2", "ord_made", MADE_UP[0], 5),
        ("tkt_refunded", 1, "usr_2", "ord_refunded", "ADA-3", 5),
    ]
    owners = run(migrated, "SELECT status, owner_id, code_serial FROM tickets")
    assert set(owners) == {
        ("sold", "usr_2", 1), ("available", "usr_1", 0), ("withdrawn", "usr_1", 0),
    }  # fmt: skip
    assert run(migrated, "SELECT DISTINCT status, is_current FROM orders") == [("complete", 1)]


def test_only_a_full_refund_has_revoked_a_code(migrated: str) -> None:
    revoked = "SELECT ticket_id, revoked_at, reason FROM entry_codes WHERE revoked_at IS NOT NULL"
    assert run(migrated, revoked) == [("tkt_refunded", 8, "refunded")]


def test_what_sellers_brought_is_their_barcode_and_what_we_made_up_for_unsold_tickets_is_dropped(
    migrated: str,
) -> None:
    kept = "SELECT id, barcode FROM tickets WHERE barcode IS NOT NULL ORDER BY id"
    assert run(migrated, kept) == [
        ("tkt_brought", "plain:ADA-5"), ("tkt_kept", "plain:Ada-1"),
        ("tkt_refunded", "plain:ADA-3"), ("tkt_second", "plain:ada 5"),
        ("tkt_withdrawn", "plain:ADA-5"),
    ]  # fmt: skip


def test_the_first_start_encrypts_barcodes_and_reports_one_that_two_tickets_have(
    migrated: str,
) -> None:
    world = World(migrated)
    try:
        while world.bus.write_now(seal_barcodes):
            pass
        query = AlertQuery(kind=AlertKind.DUPLICATE)
        found = world.call(LIST_ALERTS, Principal(user_id="usr_operator"), query).items
        owned = world.call(LIST_WALLET, Principal(user_id="usr_2")).items
    finally:
        world.close()
    assert [alert.subject for alert in found] == ["tkt_second"]
    assert run(migrated, "SELECT count(*) FROM tickets WHERE barcode LIKE 'plain:%'") == [(0,)]
    assert [(w.ticket.id, w.code, w.barcode) for w in owned] == [
        ("tkt_refunded", None, None), ("tkt_made", MADE_UP[0], None),
        ("tkt_kept", "Ada-1", "Ada-1"),
    ]  # fmt: skip


def test_a_gate_hears_of_every_code_in_the_order_of_its_last_change(migrated: str) -> None:
    changed = "SELECT ticket_id, changed_at FROM entry_codes ORDER BY changed_at, id"
    assert run(migrated, changed) == [("tkt_kept", 5), ("tkt_made", 5), ("tkt_refunded", 8)]


def test_no_old_ticket_was_issued_here_no_old_show_is_official_and_refunds_stay(
    migrated: str,
) -> None:
    origins = "SELECT origin, face_amount, face_currency, count(*) FROM tickets GROUP BY 1, 2, 3"
    assert run(migrated, origins) == [("imported", None, None, len(TICKETS))]
    shows = run(migrated, "SELECT organiser_id, official, refund_until FROM shows")
    assert shows == [(None, 0, None)]
    refund = "SELECT id, amount, reason, status, stripe_id, ticket FROM refunds"
    assert run(migrated, refund) == [("ref_1", 4500, "operator", "done", "re_1", "void")]
