"""Admin: operators only; a step that cannot be undone asks for a name."""

from __future__ import annotations

from tests.cli.person import Person

CARD = "4242424242424242"


def test_a_member_is_refused_every_admin_command(ana: Person) -> None:
    for command in (
        ["users"], ["orders"], ["events"], ["stats"], ["trace", "ord_1aaaa"],
        ["cancel-order", "ord_1aaaa", "--confirm", "ord_1aaaa"],
        ["ban", "ana@example.org", "--confirm", "ana@example.org"],
        ["jobs"], ["jobs", "retry", "job_1aaaa"], ["refunds"], ["attention"], ["reconcile"],
        ["attention", "settle", "att_1aaaa", "--note", "x"], ["alerts"],
        ["alerts", "view", "att_1aaaa"], ["reissue", "tkt_1aaaa", "--reason", "x", "--yes"],
        ["payouts"], ["ledger"],
        ["payouts", "release", "--yes"], ["release", "ord_1aaaa", "--confirm", "ord_1aaaa"],
        ["payout-account", "ana@example.org", "--none"], ["role", "ana@example.org", "gate"],
    ):  # fmt: skip
        ran = ana.run("admin", *command)
        assert (ran.status, ran.out) == (4, ""), command


def test_trace_shows_all_events_of_an_order_in_order(
    olga: Person, sofia: Person, ana: Person
) -> None:
    order = ana.lock_ticket(sofia.list_ticket())
    ana.run("sandbox", "pay", order, "--card", CARD)
    ana.run("pay", order)
    ran = olga.run("admin", "trace", order)
    story = [line.split("\t") for line in ran.out.splitlines() if line]
    events = [line[2] for line in story if "." in line[2]]
    assert events[0] in {"ticket.updated", "order.created"}
    for event in ("order.created", "payment.started", "payment.created", "order.completed"):
        assert event in events
    assert events.index("order.created") < events.index("order.completed")
    assert any(line[0].startswith("payments.") or "capture" in line[0] for line in story)


def test_a_wrong_name_exits_2_and_cancels_nothing(olga: Person, sofia: Person, ana: Person) -> None:
    order = ana.lock_ticket(sofia.list_ticket())
    ran = olga.run("admin", "cancel-order", order, "--confirm", "WRONG")
    assert ran.status == 2
    assert f"'WRONG' is not {order}; nothing was changed" in ran.err
    assert ana.run("orders", "view", order, "--json", "status").json == {
        "status": "awaiting_payment"
    }


def test_the_typed_name_cancels(olga: Person, sofia: Person, ana: Person) -> None:
    order = ana.lock_ticket(sofia.list_ticket())
    ran = olga.run("admin", "cancel-order", order, stdin=f"{order}\n", tty=True)
    assert ran.status == 0
    view = ana.run("orders", "view", order, "--json", "status,reason")
    assert view.json == {"status": "cancelled", "reason": "admin"}


def test_a_script_without_confirm_exits_2(olga: Person) -> None:
    ran = olga.run("admin", "cancel-order", "ord_1aaaa")
    assert ran.status == 2
    assert "--confirm" in ran.err


def test_a_banned_account_can_do_nothing_until_the_ban_is_lifted(olga: Person, ana: Person) -> None:
    email = "ana@example.org"
    ran = olga.run("admin", "ban", email, "--confirm", email)
    assert ran.out.startswith(f"{email} is banned")
    assert ana.run("orders").status == 4
    assert olga.run("admin", "ban", email, "--lift").out.startswith(f"{email} is active")


def test_banning_an_unknown_account_exits_5(olga: Person) -> None:
    ran = olga.run("admin", "ban", "nobody@example.org", "--confirm", "nobody@example.org")
    assert ran.status == 5


def test_users_and_events_and_stats_are_listed(olga: Person, sofia: Person) -> None:
    ticket = sofia.list_ticket()
    assert olga.run("admin", "users", "sofia", "--json", "email").json == [
        {"email": "sofia@example.org"}
    ]
    events = olga.run("admin", "events", "--about", ticket, "--json", "event").json
    assert [entry["event"]["type"] for entry in events] == ["ticket.created"]
    assert olga.run("admin", "stats", "--json", "tickets").json["tickets"]["available"] == 1


def test_an_operator_takes_a_listing_down_and_the_seller_reads_why(
    olga: Person, sofia: Person, ana: Person
) -> None:
    ticket = sofia.list_ticket()
    asked = olga.run("admin", "withdraw", ticket, "--reason", "No such seat.")
    assert asked.status == 2
    ran = olga.run("admin", "withdraw", ticket, "--reason", "No such seat.", "--yes")
    assert ran.status == 0
    assert "withdrawn" in ran.out + ran.err
    assert "by an operator: No such seat." in sofia.run("view", ticket, tty=True).out
    assert "No such seat." not in ana.run("view", ticket, "--json", "all").out
    assert ana.run("lock", ticket).status == 6
