"""The 29 edge cases of paying: each has a test with its number in the name."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.conventions.tree import files, text

EDGES = {
    1: "authorised just before the deadline, and the expiration is first",
    2: "claimed first, and the expiration second",
    3: "a card is typed on the page after the deadline",
    4: "the buyer cancels while paying",
    5: "two pages are open, and both are paid",
    6: "a message never comes, or days late",
    7: "messages come five times and in any order",
    8: "a message comes before our own call has returned",
    9: "a message is forged, old, or for another account",
    10: "the server dies around the creation of a page",
    11: "the server dies between claim and capture",
    12: "the server dies between capture and commit",
    13: "the reply to a capture is lost",
    14: "a hold expires, or is cancelled in the dashboard",
    15: "a decline, and then a good card on the same page",
    16: "a decline, and then another attempt",
    17: "a challenge of the bank is abandoned",
    18: "the gateway is down when an order expires",
    19: "the gateway is down when an order is claimed",
    20: "a late capture is found on an order that is over",
    21: "a refund fails long after it was sent",
    22: "a payment made twice is refunded in the dashboard",
    23: "a part is refunded, or more than was paid",
    24: "a bank disputes the payment of a complete order",
    25: "a price is edited while its ticket is locked",
    26: "the clock jumps, or the machine sleeps",
    27: "two workers have the same job",
    28: "the key is refused, or of the other mode",
    29: "a page never expires, or an authorisation ends and nobody reports it",
}


@cache
def numbers() -> frozenset[int]:
    """Return the numbers that tests carry in their names, anywhere in the tree."""
    names = set[str]()
    for path in files():
        if path.parts[0] == "tests" and path.match("test_*.py"):
            tree = ast.parse(text(path))
            names |= {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    found = (re.match(r"test_e(\d{1,2})_", name) for name in names)
    return frozenset(int(match[1]) for match in found if match)


@pytest.mark.parametrize("number", EDGES, ids=lambda n: f"E{n}")
def test_an_edge_has_a_test_of_its_own(number: int) -> None:
    assert number in numbers(), EDGES[number]


def test_no_test_is_named_after_an_edge_that_does_not_exist() -> None:
    assert numbers() <= EDGES.keys()
