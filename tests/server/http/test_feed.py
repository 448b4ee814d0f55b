"""The feed over HTTP: every event that a client may receive, in order, once, from any position."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server.clock import SystemClock
from server.settings import Settings
from tests import databases
from tests.conftest import Serving
from tests.server.http.http_client import PASSWORD, HttpClient, done
from tests.server.http.marketplace import Marketplace


@dataclass(frozen=True)
class FeedMessage:
    """One message of a stream."""

    cursor: str
    name: str
    data: dict[str, Any]


@contextmanager
def listening(
    visitor: HttpClient, query: str = "", **headers: str
) -> Iterator[tuple[FeedMessage, Iterator[FeedMessage]]]:
    """Open the feed; give its first message and the iterator of the others."""
    headers_sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with visitor.client.stream(
        "GET", f"/v1/feed{query}", headers=headers_sent, timeout=20
    ) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["Content-Type"].startswith("text/event-stream")
        messages = read(response.iter_lines())
        yield next(messages), messages


def read(lines: Iterator[str]) -> Iterator[FeedMessage]:
    """Read a stream as the HTML standard says: fields by line, a blank line ends a message."""
    fields: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value
        elif not line and fields:
            yield FeedMessage(fields["id"], fields["event"], json.loads(fields["data"]))
            fields = {}


def until(messages: Iterator[FeedMessage], name: str) -> list[FeedMessage]:
    """Read messages up to the first of that name."""
    received = []
    for message in messages:
        received.append(message)
        if message.name == name:
            return received
    msg = f"the stream ended before {name}; received {[m.name for m in received]}"
    raise AssertionError(msg)


def log(market: Marketplace) -> list[dict[str, Any]]:
    """Return every event in the log, as an operator reads it."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = market.admin.get_json(f"/v1/admin/events?limit=100{cursor}")
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = f"&cursor={page['next']}"


def test_a_stream_begins_with_its_position_and_sends_events_from_then_on(
    any_market: Marketplace,
) -> None:
    any_market.seller.list_ticket()
    with listening(any_market.anonymous) as (hello, messages):
        assert hello.name == "hello"
        server_time = datetime.fromisoformat(hello.data["now"])
        assert abs(server_time - datetime.now(UTC)) < timedelta(minutes=1)
        ticket = any_market.seller.list_ticket()
        created = until(messages, "ticket.created")[-1]
    assert created.data["event"]["id"] == ticket["id"]
    assert created.data["cursor"] == created.cursor
    assert created.data["actor"] == ""


def test_an_event_is_sent_within_a_second_of_its_commit(any_market: Marketplace) -> None:
    """The commit wakes the stream; on PostgreSQL it may need one more poll."""
    with listening(any_market.anonymous) as (_, messages):
        any_market.seller.client.timeout = 1.5
        ticket = any_market.seller.list_ticket()
        assert until(messages, "ticket.created")[-1].data["event"]["id"] == ticket["id"]


@pytest.mark.parametrize("way", ["Last-Event-ID", "cursor"])
def test_a_resumed_stream_sends_missed_events_and_none_twice(
    any_market: Marketplace, way: str
) -> None:
    with listening(any_market.anonymous) as (_, messages):
        first = any_market.seller.list_ticket()
        seen = until(messages, "ticket.created")[-1]
    missed = [any_market.seller.list_ticket()["id"] for _ in range(3)]
    last = any_market.seller.list_ticket()["id"]
    query, headers = (
        (f"?cursor={seen.cursor}", {}) if way == "cursor" else ("", {"Last_Event_ID": seen.cursor})
    )
    with listening(any_market.anonymous, query, **headers) as (hello, messages):
        received = [next(messages).data["event"]["id"] for _ in range(4)]
    assert hello.cursor == seen.cursor
    assert received == [*missed, last]
    assert first["id"] not in received


def test_a_stream_that_is_cut_off_repeatedly_misses_no_event_and_repeats_none(
    any_market: Marketplace,
) -> None:
    rng, received, cursor = random.Random(7), list[FeedMessage](), "0.0"
    for _ in range(12):
        for _ in range(rng.randrange(3)):
            order = any_market.buyer.lock_ticket(any_market.seller.list_ticket()["id"])
            any_market.buyer.post(f"/v1/orders/{order['id']}/cancel")
        behind = len(log(any_market)) - len(received)
        with listening(any_market.admin, "?all=true", Last_Event_ID=cursor) as (_, messages):
            for _ in range(rng.randrange(behind + 1)):
                received.append(next(messages))
                cursor = received[-1].cursor
    with listening(any_market.admin, f"?all=true&cursor={cursor}") as (_, messages):
        received += [next(messages) for _ in range(len(log(any_market)) - len(received))]
    assert [message.data for message in received] == log(any_market)


def test_an_order_is_not_sent_to_other_users(any_market: Marketplace) -> None:
    ticket = any_market.seller.list_ticket()["id"]
    start = log(any_market)[-1]["cursor"]
    order = any_market.buyer.lock_ticket(ticket)
    any_market.seller.list_ticket()  # public, and so the end of what everybody receives
    for visitor in (any_market.anonymous, any_market.other, any_market.seller):
        with listening(visitor, f"?cursor={start}") as (_, messages):
            received = until(messages, "ticket.created")
        assert [message.name for message in received] == ["ticket.updated", "ticket.created"]
        assert any_market.buyer.user_id not in json.dumps([m.data["event"] for m in received])
    with listening(any_market.buyer, f"?cursor={start}") as (_, messages):
        received = until(messages, "ticket.created")
    assert order["id"] in [message.data["event"]["id"] for message in received]


def test_other_users_do_not_see_who_locked_a_ticket(market: Marketplace) -> None:
    ticket = market.seller.list_ticket()["id"]
    with listening(market.anonymous) as (_, messages):
        market.buyer.lock_ticket(ticket)
        locked = until(messages, "ticket.updated")[-1]
    assert market.buyer.user_id not in json.dumps(locked.data)


def test_only_operators_receive_everything_over_http(any_market: Marketplace) -> None:
    for visitor in (any_market.anonymous, any_market.buyer):
        refused = visitor.get("/v1/feed?all=true")
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    start = log(any_market)[-1]["cursor"]
    order = any_market.buyer.lock_ticket(any_market.seller.list_ticket()["id"])
    with listening(any_market.admin, f"?all=true&cursor={start}") as (_, messages):
        created = until(messages, "order.created")[-1]
    assert created.data["event"]["id"] == order["id"]


@pytest.mark.parametrize("cursor", ["nonsense", "1", "1.", "-1.0", "1.2.3", "9" * 19 + ".0"])
def test_an_invalid_cursor_is_refused_before_the_stream_begins(
    any_market: Marketplace, cursor: str
) -> None:
    asked = (
        any_market.anonymous.get(f"/v1/feed?cursor={cursor}"),
        any_market.anonymous.get("/v1/feed", Last_Event_ID=cursor),
    )
    for refused in asked:
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == "cursor"


def test_a_cursor_beyond_the_end_gets_a_resync(any_market: Marketplace) -> None:
    """This happens after the restore of an older backup: lists must be read again."""
    any_market.seller.list_ticket()
    newest = log(any_market)[-1]["cursor"]
    with listening(any_market.anonymous, "?cursor=999999999999999999.0") as (greeting, messages):
        assert (greeting.name, greeting.cursor) == ("resync", newest)
        ticket = any_market.seller.list_ticket()
        assert next(messages).data["event"]["id"] == ticket["id"]


def test_a_stream_ends_when_its_server_stops(tmp_path: Path, sqlite_template: Path) -> None:
    url = databases.sqlite_url(tmp_path, sqlite_template)
    with ExitStack() as stack:
        with Serving(Settings(database=url, port=0), SystemClock()) as server:
            visitor = HttpClient(server.url)
            stack.callback(visitor.client.close)
            _, messages = stack.enter_context(listening(visitor))
        assert list(messages) == []


def end_session(market: Marketplace, person: HttpClient, how: str) -> None:
    """End the session of a person, or change their role."""
    credentials = {"email": person.email, "password": PASSWORD}
    elsewhere = market.client_of(done(person.post("/v1/auth/login", credentials))["token"])
    match how:
        case "logout":
            done(person.post("/v1/auth/logout", {}))
        case "ended elsewhere":
            sessions = elsewhere.get_json("/v1/auth/sessions")["items"]
            for session in sessions:
                if not session["current"]:
                    done(elsewhere.send("DELETE", f"/v1/auth/sessions/{session['id']}"))
        case "new password":
            change = {"current": PASSWORD, "new": "another long password"}
            done(elsewhere.post("/v1/auth/password", change))
        case "ban":
            done(market.admin.post(f"/v1/admin/users/{person.user_id}/ban", {"banned": True}))
        case "role":
            done(market.admin.post(f"/v1/admin/users/{person.user_id}/role", {"role": "gate"}))


@pytest.mark.parametrize("how", ["logout", "ended elsewhere", "new password", "ban", "role"])
def test_a_stream_ends_with_its_session(any_market: Marketplace, how: str) -> None:
    person, _ = any_market.sign_up(how.replace(" ", "-")), any_market.admin
    with listening(person) as (_, messages):
        end_session(any_market, person, how)
        any_market.seller.list_ticket()
        assert [message for message in messages if message.name.startswith("ticket.")] == []


def test_a_stream_of_everything_ends_when_its_operator_is_banned(any_market: Marketplace) -> None:
    second = any_market.sign_up("second", admin=True)
    with listening(second, "?all=true") as (_, messages):
        end_session(any_market, second, "ban")
        any_market.buyer.lock_ticket(any_market.seller.list_ticket()["id"])
        assert [message for message in messages if message.name.startswith("order.")] == []


def test_a_stream_goes_on_when_another_session_ends(any_market: Marketplace) -> None:
    person, other = any_market.sign_up("pat"), any_market.sign_up("kim")
    with listening(person) as (_, messages):
        assert other.post("/v1/auth/logout", {}).status_code == 200
        ticket = any_market.seller.list_ticket()
        assert until(messages, "ticket.created")[-1].data["event"]["id"] == ticket["id"]


def test_the_public_feed_does_not_say_which_order_locks_a_ticket(any_market: Marketplace) -> None:
    start = log(any_market)[-1]["cursor"] if log(any_market) else "0.0"
    order = any_market.buyer.lock_ticket(any_market.seller.list_ticket()["id"])
    for visitor in (any_market.anonymous, any_market.other, any_market.seller):
        with listening(visitor, f"?cursor={start}") as (_, messages):
            (updated,) = until(messages, "ticket.updated")[-1:]
        assert updated.data["event"]["order_id"] is None
        assert order["id"] not in json.dumps(updated.data)
    with listening(any_market.admin, f"?all=true&cursor={start}") as (_, messages):
        assert until(messages, "ticket.updated")[-1].data["event"]["order_id"] == order["id"]
