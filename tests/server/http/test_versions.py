"""Versions: the ETag a reader gets, and the If-Match an edit may carry."""

from __future__ import annotations

from itertools import count

import pytest

from tests.server.http.shop import Shop

pytestmark = pytest.mark.sqlite_only

#: The shop is one for the whole file, and a seller may list a seat but once.
SEATS = map(str, count())


def test_what_has_a_version_carries_it_as_its_etag(any_shop: Shop) -> None:
    ticket = any_shop.seller.lists()
    read = any_shop.nobody.get(f"/v1/tickets/{ticket['id']}")
    assert read.headers["ETag"] == '"1"'
    assert read.json()["version"] == 1


def test_a_list_has_no_etag(any_shop: Shop) -> None:
    assert "ETag" not in any_shop.nobody.get("/v1/tickets").headers


def test_an_edit_based_on_the_newest_version_is_taken(any_shop: Shop) -> None:
    path = f"/v1/tickets/{any_shop.seller.lists()['id']}"
    tag = any_shop.seller.get(path).headers["ETag"]
    edited = any_shop.seller.send("PATCH", path, {"row": "Z"}, If_Match=tag)
    assert (edited.status_code, edited.json()["version"], edited.json()["row"]) == (200, 2, "Z")
    assert any_shop.seller.get(path).headers["ETag"] == '"2"'


def test_an_edit_based_on_an_old_version_is_refused(any_shop: Shop) -> None:
    path = f"/v1/tickets/{any_shop.seller.lists()['id']}"
    any_shop.seller.send("PATCH", path, {"seat": next(SEATS)}, If_Match='"1"')
    with any_shop.unchanged():
        stale = any_shop.seller.send("PATCH", path, {"seat": next(SEATS)}, If_Match='"1"')
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")


def test_an_edit_based_on_a_version_to_come_is_refused(any_shop: Shop) -> None:
    path = f"/v1/tickets/{any_shop.seller.lists()['id']}"
    with any_shop.unchanged():
        stale = any_shop.seller.send("PATCH", path, {"seat": next(SEATS)}, If_Match='"2"')
    assert stale.status_code == 412


def test_of_two_edits_based_on_one_version_the_second_is_refused(any_shop: Shop) -> None:
    path = f"/v1/tickets/{any_shop.seller.lists()['id']}"
    tried = [
        any_shop.seller.send("PATCH", path, {"seat": seat}, If_Match='"1"').status_code
        for seat in "ab"
    ]
    assert tried == [200, 412]
    assert any_shop.nobody.gets(path)["seat"] == "a"


def test_a_withdrawal_based_on_an_old_version_is_refused(any_shop: Shop) -> None:
    path = f"/v1/tickets/{any_shop.seller.lists()['id']}"
    any_shop.seller.send("PATCH", path, {"seat": next(SEATS)})
    with any_shop.unchanged():
        stale = any_shop.seller.send("DELETE", path, If_Match='"1"')
    assert stale.status_code == 412
    assert any_shop.seller.send("DELETE", path, If_Match='"2"').status_code == 200


def test_whose_it_is_comes_before_which_version_it_has(any_shop: Shop) -> None:
    path = f"/v1/tickets/{any_shop.seller.lists()['id']}"
    with any_shop.unchanged():
        refused = any_shop.buyer.send("PATCH", path, {"seat": next(SEATS)}, If_Match='"7"')
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_ticket")


def test_a_lock_makes_the_version_before_it_stale(any_shop: Shop) -> None:
    ticket = any_shop.seller.lists()
    any_shop.buyer.locks(ticket["id"])
    refused = any_shop.seller.send(
        "PATCH", f"/v1/tickets/{ticket['id']}", {"seat": next(SEATS)}, If_Match='"1"'
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "ticket_unavailable")


def test_the_version_an_edit_is_based_on_is_part_of_what_its_key_stands_for(shop: Shop) -> None:
    ticket = shop.seller.lists()["id"]
    told = [
        shop.seller.client.patch(
            f"/v1/tickets/{ticket}", json={"section": "Z"},
            headers={"Idempotency-Key": "one-edit", "If-Match": version},
        )
        for version in ('"1"', '"2"')
    ]  # fmt: skip
    assert [answer.status_code for answer in told] == [200, 422]
    assert told[1].json()["code"] == "key_reused"
