"""Versions: the ETag of a response, and the If-Match of an edit."""

from __future__ import annotations

from itertools import count

import pytest

from tests.server.http.marketplace import Marketplace

pytestmark = pytest.mark.sqlite_only

#: The market is one for the whole file, and a seller may list a seat but once.
SEATS = map(str, count())


def test_the_etag_of_an_entity_begins_with_its_version(any_market: Marketplace) -> None:
    ticket = any_market.seller.list_ticket()
    read = any_market.anonymous.get(f"/v1/tickets/{ticket['id']}")
    assert read.headers["ETag"].startswith('"1-')
    assert read.json()["version"] == 1


def test_an_edit_based_on_the_newest_version_is_accepted(any_market: Marketplace) -> None:
    path = f"/v1/tickets/{any_market.seller.list_ticket()['id']}"
    tag = any_market.seller.get(path).headers["ETag"]
    edited = any_market.seller.send("PATCH", path, {"row": "Z"}, If_Match=tag)
    assert (edited.status_code, edited.json()["version"], edited.json()["row"]) == (200, 2, "Z")
    assert any_market.seller.get(path).headers["ETag"].startswith('"2-')


def test_an_edit_based_on_an_old_version_is_refused(any_market: Marketplace) -> None:
    path = f"/v1/tickets/{any_market.seller.list_ticket()['id']}"
    any_market.seller.send("PATCH", path, {"seat": next(SEATS)}, If_Match='"1"')
    with any_market.unchanged():
        stale = any_market.seller.send("PATCH", path, {"seat": next(SEATS)}, If_Match='"1"')
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")


def test_an_edit_based_on_a_future_version_is_refused(any_market: Marketplace) -> None:
    path = f"/v1/tickets/{any_market.seller.list_ticket()['id']}"
    with any_market.unchanged():
        stale = any_market.seller.send("PATCH", path, {"seat": next(SEATS)}, If_Match='"2"')
    assert stale.status_code == 412


def test_of_two_edits_based_on_one_version_the_second_is_refused(any_market: Marketplace) -> None:
    path = f"/v1/tickets/{any_market.seller.list_ticket()['id']}"
    tried = [
        any_market.seller.send("PATCH", path, {"seat": seat}, If_Match='"1"').status_code
        for seat in "ab"
    ]
    assert tried == [200, 412]
    assert any_market.anonymous.get_json(path)["seat"] == "a"


def test_a_withdrawal_based_on_an_old_version_is_refused(any_market: Marketplace) -> None:
    path = f"/v1/tickets/{any_market.seller.list_ticket()['id']}"
    any_market.seller.send("PATCH", path, {"seat": next(SEATS)})
    with any_market.unchanged():
        stale = any_market.seller.send("DELETE", path, If_Match='"1"')
    assert stale.status_code == 412
    assert any_market.seller.send("DELETE", path, If_Match='"2"').status_code == 200


def test_ownership_is_checked_before_the_version(any_market: Marketplace) -> None:
    path = f"/v1/tickets/{any_market.seller.list_ticket()['id']}"
    with any_market.unchanged():
        refused = any_market.buyer.send("PATCH", path, {"seat": next(SEATS)}, If_Match='"7"')
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_ticket")


def test_a_lock_makes_the_version_before_it_stale(any_market: Marketplace) -> None:
    ticket = any_market.seller.list_ticket()
    any_market.buyer.lock_ticket(ticket["id"])
    refused = any_market.seller.send(
        "PATCH", f"/v1/tickets/{ticket['id']}", {"seat": next(SEATS)}, If_Match='"1"'
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "ticket_unavailable")


def test_if_match_is_part_of_the_idempotent_request(market: Marketplace) -> None:
    ticket = market.seller.list_ticket()["id"]
    responses = [
        market.seller.client.patch(
            f"/v1/tickets/{ticket}", json={"section": "Z"},
            headers={"Idempotency-Key": "one-edit", "If-Match": version},
        )
        for version in ('"1"', '"2"')
    ]  # fmt: skip
    assert [answer.status_code for answer in responses] == [200, 422]
    assert responses[1].json()["code"] == "key_reused"
