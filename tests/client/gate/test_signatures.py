"""Signatures: what an offline gate does with tickets that its list does not have yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from client.gate import ListRefresher
from contract.gate import VIEW_GATE_CHANGES, Refusal
from contract.signed_codes import read_signed, signed_text
from tests.cli.person import Person
from tests.client.gate.marketplace import (
    GateMarketplace,
    Network,
    admitted,
    open_marketplace,
    refused,
)
from tests.conftest import Server

MADE_UP_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def market(server: Server, tmp_path: Path) -> Iterator[GateMarketplace]:
    """Open a marketplace that has sold one ticket."""
    market = open_marketplace(server, tmp_path)
    market.sell_ticket("ADA-1")
    yield market
    for transport in market.transports:
        transport.close()


def sell(market: GateMarketplace) -> str:
    """Sell a ticket with a code that the server made; return its id."""
    market.sold += 1
    ticket = market.seller.list_ticket(seat=str(market.sold))
    market.buyer.buy_ticket(ticket)
    return ticket


def qr(owner: Person, ticket: str) -> str:
    """Return what the QR code in the wallet of an owner says."""
    text: str = owner.run("wallet", "view", ticket, "--json", "qr").json["qr"]
    return text


def give(market: GateMarketplace, ticket: str) -> Person:
    """Give a ticket of the buyer to somebody else."""
    dora = Person("dora", market.server.url, market.folder / "dora").sign_up()
    ran = market.buyer.run("transfer", ticket, "--to", "dora@example.org", "--quiet")
    transfer = ran.out.split()[0]
    assert dora.run("transfers", "accept", transfer).status == 0
    return dora


def test_a_late_sale_is_admitted_by_its_signature_once(market: GateMarketplace) -> None:
    gate, transport = market.open_gate()
    gate.download()
    ticket = sell(market)
    transport.state = Network.DOWN
    text = qr(market.buyer, ticket)
    answer = admitted(gate.scan(text))
    assert answer.by_signature
    assert answer.ticket is not None
    assert answer.ticket.ticket_id == ticket
    market.wait()
    assert refused(gate.scan(text)) is Refusal.ALREADY_INSIDE
    transport.state = Network.UP
    market.wait(60)
    assert gate.sync().conflicts == ()
    assert market.counts() == (2, 1, 1)


def test_the_typed_code_of_a_late_sale_cannot_be_checked(market: GateMarketplace) -> None:
    gate, transport = market.open_gate()
    gate.download()
    code = market.buyer.entry_code(sell(market))
    transport.state = Network.DOWN
    assert refused(gate.scan(code)) is Refusal.UNKNOWN_CODE


def test_a_forged_signature_is_never_admitted(market: GateMarketplace) -> None:
    gate, transport = market.open_gate()
    known = sell(market)
    gate.download()
    late = read_signed(qr(market.buyer, sell(market)))
    listed = read_signed(qr(market.buyer, known))
    assert late is not None
    assert listed is not None
    forged = [
        signed_text(late.signed.decode(), MADE_UP_KEY.sign(late.signed)),
        signed_text(late.signed.decode(), listed.signature),
        signed_text(late.signed[:-1].decode() + "9", late.signature),
        signed_text(listed.signed.decode(), late.signature),
    ]
    for state in (Network.UP, Network.DOWN):
        transport.state = state
        for text in forged:
            market.wait(60)
            assert refused(gate.scan(text)) is Refusal.UNKNOWN_CODE


def test_a_signature_for_another_show_is_not_admitted(market: GateMarketplace) -> None:
    ticket = market.seller.list_ticket(show="Another")
    market.buyer.buy_ticket(ticket)
    gate, transport = market.open_gate()
    gate.download()
    assert refused(gate.scan(qr(market.buyer, ticket))) is Refusal.WRONG_SHOW
    transport.state = Network.DOWN
    market.wait()
    assert refused(gate.scan(qr(market.buyer, ticket))) is Refusal.UNKNOWN_CODE


def test_a_revoked_code_is_refused_once_the_list_has_it(market: GateMarketplace) -> None:
    ticket = sell(market)
    before = qr(market.buyer, ticket)
    gate, transport = market.open_gate()
    gate.download()
    after = qr(give(market, ticket), ticket)
    gate.download()
    transport.state = Network.DOWN
    answer = gate.scan(before)
    assert refused(answer) is Refusal.REPLACED
    assert answer is not None
    assert answer.revoked_at is not None
    assert not admitted(gate.scan(after)).by_signature


def test_the_new_code_of_a_ticket_given_away_is_admitted_by_its_signature(
    market: GateMarketplace,
) -> None:
    ticket = sell(market)
    before = qr(market.buyer, ticket)
    gate, transport = market.open_gate()
    gate.download()
    after = qr(give(market, ticket), ticket)
    transport.state = Network.DOWN
    assert admitted(gate.scan(after)).by_signature
    assert refused(gate.scan(before)) is Refusal.REPLACED


def test_two_offline_gates_that_admit_one_signature_have_a_conflict(
    market: GateMarketplace,
) -> None:
    gates = [market.open_gate(machine, machine) for machine in ("North", "South")]
    for gate, _ in gates:
        gate.download()
    ticket = sell(market)
    text = qr(market.buyer, ticket)
    for gate, transport in gates:
        transport.state = Network.DOWN
        admitted(gate.scan(text))
        market.wait(10)
    found = []
    for gate, transport in gates:
        transport.state = Network.UP
        found.append(gate.sync().conflicts)
    ((), (conflict,)) = found
    assert conflict.reason is Refusal.ALREADY_INSIDE
    assert conflict.ticket is not None
    assert conflict.ticket.ticket_id == ticket
    assert conflict.first is not None
    assert conflict.second is not None
    assert (conflict.first.gate, conflict.second.gate) == ("North", "South")
    assert market.counts()[1] == 1


def test_a_list_is_brought_up_to_date_by_what_has_changed(market: GateMarketplace) -> None:
    gate, transport = market.open_gate()
    first = gate.download()
    transport.paths.clear()
    sell(market)
    again = gate.download()
    path = VIEW_GATE_CHANGES.path.format(show_id=market.show_id)
    assert transport.paths.count(path) == 1
    assert (first.size, again.size) == (1, 2)
    assert market.open_gate()[0].download().size == 2


def test_the_refresher_keeps_the_list_up_to_date_while_there_is_a_network(
    market: GateMarketplace,
) -> None:
    gate, _ = market.open_gate()
    other, transport = market.open_gate()
    refresher = ListRefresher(gate, other)
    assert refresher.refresh()
    sell(market)
    transport.state = Network.DOWN
    assert not refresher.refresh()
    assert gate.admission_list is not None
    assert gate.admission_list.size == 1
    transport.state = Network.UP
    assert refresher.refresh()
    assert gate.admission_list.size == 2


def test_a_list_of_before_there_were_cursors_is_downloaded_as_a_whole(
    market: GateMarketplace,
) -> None:
    gate, _ = market.open_gate()
    gate.download()
    (path,) = (market.folder / "one" / "gate").rglob("*.list")
    text = path.read_text(encoding="utf-8")
    cut = text[: text.index(',"public_keys"')] + "}"
    path.write_text(cut.replace('"serial":1,', "").replace('"ticket_id"', '"x":0,"ticket_id"'))
    sell(market)
    again, _ = market.open_gate()
    assert again.admission_list is not None
    assert again.admission_list.size == 1
    assert again.download().size == 2


def test_an_old_code_is_replaced_once_this_gate_has_seen_a_newer_one_of_its_ticket(
    market: GateMarketplace,
) -> None:
    ticket = sell(market)
    before = qr(market.buyer, ticket)
    gate, transport = market.open_gate()
    gate.download()
    after = qr(give(market, ticket), ticket)
    admitted(gate.scan(after))
    transport.state = Network.DOWN
    market.wait()
    assert refused(gate.scan(before)) is Refusal.REPLACED
    assert refused(gate.scan(after)) is Refusal.ALREADY_INSIDE
    gate.undo()
    assert refused(gate.scan(before)) is Refusal.REPLACED
    market.wait()
    admitted(gate.scan(after))
