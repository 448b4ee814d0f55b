"""Organisers: somebody applies, an operator decides, a manager adds people."""

from __future__ import annotations

import pytest

from tests.cli.conftest import SignUp
from tests.cli.person import Person


@pytest.fixture
def hall(sofia: Person) -> str:
    """Let Sofia apply, and return the organiser's id."""
    ran = sofia.run("organisers", "create", "Halle Tony Garnier", "--quiet")
    assert ran.status == 0, ran.err
    return ran.out.strip()


def test_an_application_says_who_decides(sofia: Person) -> None:
    ran = sofia.run("organisers", "create", "Halle Tony Garnier")
    assert "(Halle Tony Garnier) is pending; an operator approves it" in ran.out
    assert ran.err.startswith("next: ticketing organisers view org_")


def test_an_operator_approves_and_suspends(sofia: Person, olga: Person, hall: str) -> None:
    pending = olga.run("admin", "organisers", "--status", "pending").out
    assert pending.split("\t")[:3] == [hall, "Halle Tony Garnier", "pending"]
    ran = olga.run("admin", "organisers", "approve", hall, "--yes")
    assert ran.out == f"Halle Tony Garnier is approved ({hall})\n"
    assert sofia.run("organisers", "list").out.split("\t")[2] == "approved"
    why = "The venue knows nothing of it."
    olga.run("admin", "organisers", "suspend", hall, "--reason", why, "--yes")
    assert why in sofia.run("organisers", "view", hall).out


def test_a_manager_adds_and_removes_members_by_address(
    sofia: Person, sign_up: SignUp, hall: str
) -> None:
    gus = sign_up("gus")
    added = sofia.run("organisers", "add-member", hall, "gus@example.org", "--role", "gate")
    assert added.out == f"gus@example.org is gate of Halle Tony Garnier ({hall})\n"
    assert gus.run("organisers").out.split("\t")[3] == "gate"
    removed = sofia.run("organisers", "remove-member", hall, "GUS@example.org")
    assert removed.status == 0, removed.err
    assert gus.run("organisers", "view", hall).status == 5
    again = sofia.run("organisers", "remove-member", hall, "gus@example.org")
    assert again.status == 5
    assert "is not a member of Halle Tony Garnier" in again.err


def test_a_gate_member_is_told_who_may_add_people(
    sofia: Person, sign_up: SignUp, hall: str
) -> None:
    gus = sign_up("gus")
    sofia.run("organisers", "add-member", hall, "gus@example.org", "--role", "gate")
    refused = gus.run("organisers", "add-member", hall, "gus@example.org", "--role", "manager")
    assert refused.status == 4
    assert "Only managers of Halle Tony Garnier can do this" in refused.err
