"""Wrong show: an offline gate finds the code of another show on the lists on its machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from client.api import Api
from client.gate import Gate, ScanResult
from contract.gate import Direction, GateCode, Refusal, digest_of
from contract.signed_codes import signed_part, signed_text
from tests.client.gate.marketplace import FlakyTransport, ManualClock, Network, admitted, refused
from tests.samples import NOON, SHOW

URL = "https://tickets.example.org"
HERE, THERE = (
    msgspec.structs.replace(SHOW, id=each, name=name)
    for each, name in (("shw_here", "Faust"), ("shw_there", "Carmen"))
)
KEYS = {
    show.id: Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    for number, show in enumerate((HERE, THERE))
}
TICKET = "tkt_0123456789abcdefghjk"


def write_list(folder: Path, show_id: str, *codes: GateCode) -> None:
    """Write the list of a show as a download does."""
    public = KEYS[show_id].public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    show = HERE if show_id == HERE.id else THERE
    stored = {
        "show": show, "salt": show_id, "downloaded_at": NOON, "mark": 0, "tickets": codes,
        "public_keys": [public],
    }  # fmt: skip
    path = folder / "gate" / hashlib.sha256(URL.encode()).hexdigest()[:16] / f"{show_id}.list"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(stored))


def listed(show_id: str, code: str, **changes: object) -> GateCode:
    """Return a code on the list of a show."""
    fields = {
        "ticket_id": TICKET, "section": "A", "row": "1", "seat": "2", "admitted_at": None,
        "digest": digest_of(code, digest_prefix=show_id), **changes,
    }  # fmt: skip
    return msgspec.convert(fields, GateCode)


def qr(signer: str, code: str) -> str:
    """Return the text of a QR code that was signed for a show."""
    signed = signed_part(code=code, ticket_id=TICKET, serial=1)
    assert signed is not None
    return signed_text(signed, KEYS[signer].sign(signed.encode()))


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """Open a gate without a network that has the lists of two shows."""
    write_list(tmp_path, HERE.id, listed(HERE.id, "BOTH-1"))
    write_list(
        tmp_path, THERE.id, listed(THERE.id, "BEN-1"), listed(THERE.id, "BOTH-1"),
        listed(THERE.id, "CAT-1", reason=Refusal.REFUNDED),
    )  # fmt: skip
    transport = FlakyTransport()
    transport.state = Network.DOWN
    api = Api(URL, "token", timeout=1.0, http_transport=transport, clock=ManualClock())
    return Gate(api, tmp_path, HERE.id)


def named(answer: ScanResult | None) -> str:
    """Return the show that a wrong ticket is for."""
    assert refused(answer) is Refusal.WRONG_SHOW
    assert answer is not None
    assert answer.ticket is not None
    return answer.ticket.show.name


@pytest.mark.parametrize("direction", list(Direction))
def test_a_code_on_the_list_of_another_show_is_answered_with_its_name(
    gate: Gate, direction: Direction
) -> None:
    assert named(gate.scan("ben 1", direction=direction)) == "Carmen"
    assert named(gate.scan("CAT-1", direction=direction)) == "Carmen"
    assert refused(gate.scan("NOBODY", direction=direction)) is Refusal.UNKNOWN_CODE
    assert gate.counters().waiting == 3


def test_the_signature_of_another_show_tells_which_and_a_forged_one_nothing(gate: Gate) -> None:
    code = "7KQ2M9XD7KQ2M9XD"
    answer = gate.scan(qr(THERE.id, code))
    assert named(answer) == "Carmen"
    assert answer is not None
    assert answer.by_signature
    assert refused(gate.scan(qr(THERE.id, code).replace("7", "8", 1))) is Refusal.UNKNOWN_CODE


def test_a_code_of_this_show_is_never_one_of_another(gate: Gate) -> None:
    admitted(gate.scan("BOTH-1"))


def test_a_list_that_comes_later_is_found_and_a_damaged_one_is_passed_over(
    gate: Gate, tmp_path: Path
) -> None:
    (path,) = tmp_path.rglob(f"{THERE.id}.list")
    path.write_text("{")
    assert refused(gate.scan("BEN-1")) is Refusal.UNKNOWN_CODE
    path.unlink()
    write_list(tmp_path, THERE.id, listed(THERE.id, "BEN-2"))
    assert named(gate.scan("BEN-2")) == "Carmen"
