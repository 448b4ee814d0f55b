"""The access rules of organisers' routes: they are private to their members and to operators."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

from tests.server.http.access_table import (
    ACCESS_RULES,
    AccessRule,
    Call,
    operators,
    signed_in,
)
from tests.server.http.marketplace import Marketplace

_NUMBERS = count()


def a_new_organiser(_: Marketplace) -> Call:
    return Call({}, {"name": f"Hall {next(_NUMBERS)}"})


def an_organiser(market: Marketplace) -> Call:
    made = market.buyer.post("/v1/organisers", {"name": f"Hall {next(_NUMBERS)}"}).json()
    return Call({"organiser_id": made["id"]})


def an_organiser_with_a_member_to_add(market: Marketplace) -> Call:
    body = {"email": market.seller.email, "role": "gate"}
    return Call(an_organiser(market).names, body)


def an_organiser_with_a_member_to_remove(market: Marketplace) -> Call:
    return Call({**an_organiser(market).names, "user_id": market.seller.user_id})


def an_organiser_to_suspend(market: Marketplace) -> Call:
    return Call(an_organiser(market).names, {"reason": "Unknown to the venue."})


ORGANISER_RULES: Mapping[str, AccessRule] = {
    "POST /v1/organisers": signed_in(201, a_new_organiser),
    "GET /v1/organisers": signed_in(200),
    "GET /v1/organisers/{organiser_id}": AccessRule(401, 404, 200, 200, an_organiser, private=True),
    "POST /v1/organisers/{organiser_id}/members": AccessRule(
        401, 404, 200, 404, an_organiser_with_a_member_to_add
    ),
    "DELETE /v1/organisers/{organiser_id}/members/{user_id}": AccessRule(
        401, 404, 200, 404, an_organiser_with_a_member_to_remove
    ),
    "GET /v1/admin/organisers": operators(200),
    "POST /v1/admin/organisers/{organiser_id}/approve": operators(200, an_organiser),
    "POST /v1/admin/organisers/{organiser_id}/suspend": operators(200, an_organiser_to_suspend),
}
ALL_RULES: Mapping[str, AccessRule] = {**ACCESS_RULES, **ORGANISER_RULES}
