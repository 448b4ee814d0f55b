"""Commands: every command of `ticketing`, where it lives, and its line in the help.

`COMMANDS` maps a name to `Entry("module:function", "one line")`; nothing is imported until the
command is used. The function is written in Typer's way and is documented by its docstring: the
first paragraphs are its help, and what follows a line `Examples:` ends it, as typed:

    def view(ctx: typer.Context, ticket: TicketId, json: options.Json = None) -> None:
        \"\"\"Show one ticket.

        Examples:
          ticketing view tkt_9f
          ticketing view tkt_9f --json id,price
        \"\"\"
        run = Run.of(ctx)
        fields = run.fields(json, Ticket)
        run.out.record(run.api.call(VIEW_TICKET, ticket_id=ticket), COLUMNS, fields)

A group is an `Entry` with a table of its own in `group`; its `target`, if any, is the function run
when no sub-command is named (`ticketing orders` lists), else the group shows its help.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Entry:
    """One line of the table. `target` is `module:function` inside `ticketing_cli`."""

    target: str
    help: str
    group: Mapping[str, Entry] = field(default_factory=dict)


AUTH = {
    "signup": Entry("auth:signup", "Open an account and sign in."),
    "login": Entry("auth:login", "Sign in."),
    "logout": Entry("auth:logout", "Sign out here."),
    "status": Entry("auth:status", "Show who is signed in, and where that is kept."),
    "token": Entry("auth:token", "Print the token, and nothing else."),
    "sessions": Entry("sessions:sessions", "List your sessions, or end one."),
    "password": Entry("auth:password", "Change your password; every other session ends."),
}
ORDERS = {
    "list": Entry("orders:orders", "List your orders."),
    "view": Entry("orders:view", "Show one of your orders."),
    "receipt": Entry("receipts:receipt", "Show what you paid for; as PDF or for a calendar."),
}
WALLET = {
    "list": Entry("wallet:wallet", "List the tickets you bought."),
    "view": Entry("wallet:view", "Show a bought ticket with its entry code and QR code."),
}
SANDBOX = {
    "pay": Entry("sandbox:pay", "Pay an order on the sandbox's page, as a browser does."),
    "save-card": Entry("sandbox:save_card", "Save a card on the sandbox's page, the same way."),
}
CARDS = {
    "list": Entry("cards:cards", "List your saved cards."),
    "add": Entry("cards:add", "Save a card on the payment provider's page."),
    "remove": Entry("cards:remove", "Have a saved card forgotten."),
}
PAYOUTS = {
    "list": Entry("payouts:payouts", "List your payouts."),
    "view": Entry("payouts:view", "Show one of your payouts, order by order."),
}
GATE = {
    "scan": Entry("gate:scan", "Let people in by their codes, one code a line."),
    "download": Entry("gate:download", "Fetch a show's list, to go on without a line."),
    "sync": Entry("gate:sync", "Tell the house what was done without a line."),
    "status": Entry("gate:status", "Count who may come, is inside, and was refused."),
    "undo": Entry("gate:undo", "Take an admission back."),
}
ATTENTION = {
    "list": Entry("admin.alerts:list_alerts", "List what needs an operator."),
    "settle": Entry("admin.alerts:resolve", "Close an alert, saying what was done."),
}
JOBS = {
    "list": Entry("admin.jobs:jobs", "List work that is not done yet, or was given up."),
    "retry": Entry("admin.jobs:retry", "Have work that was given up done now."),
}
ALL_PAYOUTS = {
    "list": Entry("admin.payouts:payouts", "List everybody's payouts."),
    "release": Entry("admin.payouts:release", "Pay out what is released."),
    "view": Entry("payouts:view", "Show a payout of anybody, order by order."),
}
ADMIN = {
    "users": Entry("admin.accounts:users", "List accounts."),
    "role": Entry("admin.accounts:role", "Let an account work at the gate, or no longer."),
    "ban": Entry("admin.accounts:ban", "Ban an account, or lift the ban."),
    "orders": Entry("admin.orders:orders", "List orders of anybody."),
    "cancel-order": Entry("admin.orders:cancel_order", "Cancel an order that awaits payment."),
    "release": Entry("admin.orders:release", "Let go of an order that hangs in confirmation."),
    "cancel-show": Entry("admin.shows:cancel_show", "Cancel a show and refund its buyers."),
    "refund": Entry("admin.refunds:refund", "Send a buyer's money back."),
    "refunds": Entry("admin.refunds:refunds", "List refunds."),
    "attention": Entry(
        "admin.alerts:list_alerts", "List what needs an operator, or settle it.", ATTENTION
    ),
    "reconcile": Entry(
        "admin.reconciliation:reconcile", "Hold our payments against the provider's."
    ),
    "payouts": Entry("admin.payouts:payouts", "List payouts, or release them.", ALL_PAYOUTS),
    "payout-account": Entry("admin.payouts:payout_account", "Say where a seller's payouts go."),
    "ledger": Entry("admin.ledger:ledger", "List every line that was booked."),
    "jobs": Entry(
        "admin.jobs:jobs", "List work that is not done yet, or have it tried again.", JOBS
    ),
    "trace": Entry("admin.log:trace", "Tell one order's whole story."),
    "events": Entry("admin.log:events", "List facts from the log."),
    "stats": Entry("admin.log:stats", "Count what is in the house."),
}
CONFIG = {
    "list": Entry("configuration:show_all", "List the settings and where each comes from."),
    "get": Entry("configuration:get", "Print one setting."),
    "set": Entry("configuration:set_one", "Write a setting to the file."),
}

COMMANDS = {
    "list": Entry("tickets:list_tickets", "List tickets on sale."),
    "shows": Entry("shows:shows", "List coming shows, with what is on sale."),
    "view": Entry("tickets:view", "Show one ticket."),
    "prices": Entry("shows:sold_for", "List what tickets of a show were sold for."),
    "buy": Entry("buy:buy", "Lock a ticket, pay it, and get it."),
    "lock": Entry("orders:lock", "Lock a ticket without paying yet."),
    "pay": Entry("buy:pay", "Pay an order that is still open."),
    "cancel": Entry("orders:cancel", "Give a lock up."),
    "orders": Entry("orders:orders", "List your orders, or view one.", ORDERS),
    "wallet": Entry("wallet:wallet", "List the tickets you bought, or view one.", WALLET),
    "cards": Entry("cards:cards", "List, add or remove saved cards.", CARDS),
    "sell": Entry("sell:sell", "List a ticket for sale, or a whole file of them."),
    "edit": Entry("tickets:edit", "Change a ticket you sell."),
    "withdraw": Entry("tickets:withdraw", "Take a ticket you sell off sale."),
    "sales": Entry("sales:sales", "List what you sold, the fee, and what you get."),
    "balance": Entry("balance:balance", "Show what you are owed for sales."),
    "payouts": Entry("payouts:payouts", "List your payouts, or view one.", PAYOUTS),
    "gate": Entry("", "Let people in at the gate.", GATE),
    "watch": Entry("watch:watch", "Follow what happens, live."),
    "tui": Entry("tui:tui", "Open the terminal app: the market, live."),
    "auth": Entry("", "Sign up, in and out.", AUTH),
    "sandbox": Entry("", "Pay with test cards while no Stripe key is set.", SANDBOX),
    "admin": Entry("", "Operate the marketplace.", ADMIN),
    "serve": Entry("serve:serve", "Run a server on this machine."),
    "demo": Entry("demo:demo", "Play a whole sale, start to end."),
    "doctor": Entry("doctor:doctor", "Look for what is wrong here; safe to paste in a report."),
    "config": Entry("configuration:show_all", "Show or change settings.", CONFIG),
    "completion": Entry("completion:completion", "Print a completion script for your shell."),
    "version": Entry("version:version", "Print the version."),
    "help": Entry("help:help_command", "Explain a command or a topic."),
}
