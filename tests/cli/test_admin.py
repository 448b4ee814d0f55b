"""Admin: only for admins; what cannot be undone asks for its name."""

from __future__ import annotations

import pytest

from tests.cli.person import Person
from tests.conftest import Server


@pytest.fixture
def olga(server: Server, meet: object) -> Person:
    """An admin."""
    assert callable(meet)
    person: Person = meet("olga")
    return person


def test_a_member_is_refused_every_admin_command(ana: Person) -> None:
    for command in (
        ["users"], ["orders"], ["events"], ["stats"], ["trace", "ord_1a"],
        ["cancel-order", "ord_1a", "--confirm", "ord_1a"],
        ["ban", "ana@example.org", "--confirm", "ana@example.org"],
    ):  # fmt: skip
        ran = ana.types("admin", *command)
        assert (ran.status, ran.out) == (4, ""), command
