"""Keys of shows: QR codes that a gate can check by itself."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contract.auth import Role
from contract.gate import VIEW_GATE
from contract.orders import LIST_WALLET, VIEW_WALLET
from contract.shows import MERGE_SHOWS, MergeShows
from contract.signed_codes import SignedCode, read_signed
from contract.tickets import Ticket
from server.principal import Principal
from server.settings import WrongSetting
from server.tickets import add_keys, seal_barcodes
from tests.server.gate.gate_fixture import set_entry_code
from tests.server.rows import change, one, rows
from tests.world import World

KEY, OTHER_KEY = "k" * 32, "o" * 32
GATE = Principal(user_id="usr_gate", role=Role.GATE)


def buy(world: World, buyer: Principal, **changes: str) -> Ticket:
    """Sell a ticket to `buyer`."""
    ticket = world.list_ticket(world.user(f"seller{changes}"), **changes)
    world.pay(world.lock(buyer, ticket))
    return ticket


def qr(world: World, owner: Principal, ticket: Ticket) -> SignedCode:
    """Return what the QR code of a ticket says."""
    text = world.call(VIEW_WALLET, owner, ticket_id=ticket.id).qr
    signed = read_signed(text or "")
    assert signed is not None
    return signed


def is_genuine(world: World, signed: SignedCode, show_id: str) -> bool:
    """Tell whether the gate of a show would believe a QR code."""
    for key in world.call(VIEW_GATE, GATE, show_id=show_id).public_keys:
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
                signed.signature, signed.signed
            )
        except InvalidSignature:
            continue
        return True
    return False


def test_the_qr_code_of_an_owner_is_signed_for_the_gate_of_its_show(world: World) -> None:
    ana = world.user("ana")
    ticket = buy(world, ana)
    signed = qr(world, ana, ticket)
    owned = world.call(VIEW_WALLET, ana, ticket_id=ticket.id)
    assert (signed.code, signed.ticket_id, signed.serial) == (owned.code, ticket.id, 1)
    assert is_genuine(world, signed, ticket.show.id)
    assert world.call(LIST_WALLET, ana).items[0].qr == owned.qr


def test_the_gate_of_another_show_does_not_believe_it(world: World) -> None:
    ana = world.user("ana")
    ticket, other = buy(world, ana), buy(world, ana, show="Another")
    assert not is_genuine(world, qr(world, ana, ticket), other.show.id)


def test_a_show_has_its_key_before_the_first_sale(world: World) -> None:
    ticket = world.list_ticket(world.user("seller"))
    (key,) = world.call(VIEW_GATE, GATE, show_id=ticket.show.id).public_keys
    assert len(key) == 64


def test_the_private_key_is_sealed_in_the_database_and_in_no_event(world: World) -> None:
    world.list_ticket(world.user("seller"))
    ((public, sealed),) = rows(world, "SELECT public_key, private_key FROM show_keys")
    assert ":" in sealed
    assert public not in sealed
    assert one(world, "SELECT count(*) FROM events WHERE body LIKE '%key%'") == 0


def test_a_void_ticket_has_no_qr_code(world: World) -> None:
    ana = world.user("ana")
    ticket = buy(world, ana)
    change(world, "UPDATE entry_codes SET revoked_at = 1, reason = 'refunded'")
    owned = world.call(VIEW_WALLET, ana, ticket_id=ticket.id)
    assert (owned.code, owned.qr) == (None, None)


def test_a_code_that_a_seller_wrote_long_ago_is_shown_unsigned(world: World) -> None:
    ana = world.user("ana")
    ticket = buy(world, ana)
    set_entry_code(world, ticket.id, "OLD-CODE")
    assert world.call(VIEW_WALLET, ana, ticket_id=ticket.id).qr == "OLD-CODE"


def test_qr_codes_stay_valid_when_their_show_is_merged(world: World) -> None:
    ana = world.user("ana")
    ticket, kept = buy(world, ana, show="Okapi"), buy(world, ana, show="Okapi Live", seat="9")
    before = qr(world, ana, ticket)
    admin = Principal(user_id="usr_operator", role=Role.ADMIN)
    world.call(MERGE_SHOWS, admin, MergeShows(into=kept.show.id), show_id=ticket.show.id)
    assert is_genuine(world, before, kept.show.id)
    assert is_genuine(world, qr(world, ana, ticket), kept.show.id)


def test_a_server_that_starts_makes_the_keys_that_are_missing(world: World) -> None:
    ana = world.user("ana")
    ticket = buy(world, ana)
    change(world, "DELETE FROM show_keys")
    unsigned = world.call(VIEW_WALLET, ana, ticket_id=ticket.id)
    assert unsigned.qr == unsigned.code
    assert not world.bus.write_now(add_keys)
    assert is_genuine(world, qr(world, ana, ticket), ticket.show.id)
    assert one(world, "SELECT count(*) FROM show_keys") == 1


def test_the_keys_of_shows_survive_another_secret_key(world: World) -> None:
    ana = world.user("ana")
    world.with_settings(secret_key=KEY)
    ticket = buy(world, ana)
    before = qr(world, ana, ticket)
    world.with_settings(secret_key=f"{OTHER_KEY},{KEY}")
    assert not world.bus.write_now(seal_barcodes)
    world.with_settings(secret_key=OTHER_KEY)
    assert qr(world, ana, ticket) == before
    world.with_settings(secret_key=KEY)
    with pytest.raises(WrongSetting, match="secret_key lacks the key"):
        qr(world, ana, ticket)
