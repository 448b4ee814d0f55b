"""HEAD wherever GET is, and 304 for what a client has already."""

from __future__ import annotations

import httpx
import pytest

from tests.server.http.marketplace import Marketplace

pytestmark = pytest.mark.sqlite_only
READS = ("/healthz", "/readyz", "/openapi.json", "/v1/tickets", "/v1/shows", "/v1/terms")


@pytest.mark.parametrize("path", READS)
def test_head_has_the_headers_of_get_and_no_body(market: Marketplace, path: str) -> None:
    got, head = market.anonymous.get(path), market.anonymous.send("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    unlike = {"Date"}
    assert {name: value for name, value in head.headers.items() if name.title() not in unlike} == {
        name: value for name, value in got.headers.items() if name.title() not in unlike
    }


def test_head_of_the_metrics_says_how_long_they_are(market: Marketplace) -> None:
    head = market.anonymous.send("HEAD", "/metrics")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["Content-Length"]) > 0


def test_head_is_refused_where_get_is(market: Marketplace) -> None:
    statuses = [
        market.anonymous.send("HEAD", path).status_code
        for path in ("/v1/auth/me", "/v1/tickets/tkt_1a", "/nowhere", "/v1/auth/login")
    ]
    assert statuses == [401, 404, 404, 405]


def test_head_of_the_feed_ends_at_once(market: Marketplace) -> None:
    head = market.anonymous.send("HEAD", "/v1/feed")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Type"].startswith("text/event-stream")


def test_proxies_are_asked_not_to_hold_back_the_feed(market: Marketplace) -> None:
    with market.anonymous.client.stream("GET", "/v1/feed") as feed:
        assert feed.headers["X-Accel-Buffering"] == "no"


@pytest.mark.parametrize("spelling", ["{}", "W/{}", '"other", {}', "*"])
def test_a_reply_that_the_client_has_is_not_sent_again(market: Marketplace, spelling: str) -> None:
    path = f"/v1/tickets/{market.seller.list_ticket()['id']}"
    for client in (market.anonymous, market.seller):
        tag = client.get(path).headers["ETag"]
        again = client.get(path, If_None_Match=spelling.format(tag))
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag


def test_a_list_that_has_changed_is_sent(market: Marketplace) -> None:
    show = {**SHOW_TO_CANCEL, "name": "A show whose list changes"}
    path = f"/v1/tickets?show_id={market.seller.list_ticket(show=show, seat='1')['show']['id']}"
    tag = market.anonymous.get(path).headers["ETag"]
    assert market.anonymous.get(path, If_None_Match=tag).status_code == 304
    market.seller.list_ticket(show=show, seat="2")
    assert market.anonymous.get(path, If_None_Match=tag).status_code == 200


def test_a_cancelled_show_makes_a_ticket_another_reply(market: Marketplace) -> None:
    ticket = market.seller.list_ticket(show={**SHOW_TO_CANCEL})
    path = f"/v1/shows/{ticket['show']['id']}"
    tag = market.anonymous.get(path).headers["ETag"]
    market.admin.post(f"/v1/admin/shows/{ticket['show']['id']}/cancel")
    assert market.anonymous.get(path, If_None_Match=tag).status_code == 200


def test_what_one_user_may_see_is_not_cached_for_others(market: Marketplace) -> None:
    assert market.seller.get("/v1/auth/me").headers["Cache-Control"] == "private, no-cache"
    assert market.anonymous.get("/v1/tickets").headers["Vary"] == "Authorization"


def test_a_request_without_the_tag_gets_the_whole_reply(market: Marketplace) -> None:
    reply = market.anonymous.get("/v1/terms", If_None_Match='"something-else"')
    assert reply.status_code == 200
    assert reply.json()


@pytest.mark.parametrize("length", [8_000, 20_000, 60_000])
def test_a_query_that_is_too_long_is_refused_as_that(market: Marketplace, length: int) -> None:
    refused = market.anonymous.get(f"/v1/tickets?q={'a' * length}")
    assert (refused.status_code, refused.json()["code"]) == (414, "uri_too_long")


def test_a_long_query_below_the_limit_names_the_field(market: Marketplace) -> None:
    refused: httpx.Response = market.anonymous.get(f"/v1/tickets?q={'a' * 1_000}")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "q"


SHOW_TO_CANCEL = {
    "name": "A show that is cancelled", "category": "sports", "venue": "Estadio",
    "city": "Willemstad", "country": "CW", "starts_at": "2031-06-18T19:00:00-04:00",
}  # fmt: skip
