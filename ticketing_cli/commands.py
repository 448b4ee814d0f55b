"""Commands: every command of `ticketing`, its function, and its line in the help.

`COMMANDS` maps a name to `CommandSpec("module:function", "one line")`; the module is imported when
the command is used. The function has Typer's annotations. Its docstring is the help: the first
paragraphs describe the command, and the lines after `Examples:` are shown as they are:

    def view(ctx: typer.Context, ticket: TicketId, json: options.Json = None) -> None:
        \"\"\"Show one ticket.

        Examples:
          ticketing view tkt_9f
          ticketing view tkt_9f --json id,price
        \"\"\"
        run = Run.of(ctx)
        fields = run.fields(json, Ticket)
        run.out.record(run.api.call(VIEW_TICKET, ticket_id=ticket), COLUMNS, fields)

A group is a `CommandSpec` with its own table in `group`. Its `target`, if any, runs when no
sub-command is named (`ticketing orders` lists them); else the group shows its help.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class CommandSpec:
    """One entry of the table. `target` is `module:function` inside `ticketing_cli`."""

    target: str
    help: str
    group: Mapping[str, CommandSpec] = field(default_factory=dict)


AUTH = {
    "signup": CommandSpec("auth:signup", "Create an account and sign in."),
    "login": CommandSpec("auth:login", "Sign in."),
    "logout": CommandSpec("auth:logout", "Sign out on this machine."),
    "status": CommandSpec("auth:status", "Show who is signed in, and where the token is stored."),
    "token": CommandSpec("auth:token", "Print the token and nothing else."),
    "sessions": CommandSpec("sessions:sessions", "List your sessions, or end one."),
    "password": CommandSpec("auth:password", "Change your password; all other sessions end."),
}
ORDERS = {
    "list": CommandSpec("orders:orders", "List your orders."),
    "view": CommandSpec("orders:view", "Show one of your orders."),
    "report": CommandSpec("orders:report", "Report a problem with a ticket you paid for."),
    "return": CommandSpec("returns:return_order", "Return a ticket to the organiser that sold it."),
    "receipt": CommandSpec(
        "receipts:receipt", "Show a receipt, or write it as a PDF or calendar file."
    ),
}
WALLET = {
    "list": CommandSpec("wallet:wallet", "List the tickets you own."),
    "view": CommandSpec("wallet:view", "Show a ticket of yours with its entry code and QR code."),
}
TRANSFERS = {
    "list": CommandSpec("transfers:transfers", "List tickets you have offered or were offered."),
    "accept": CommandSpec("transfers:accept", "Accept a ticket that was offered to you."),
    "decline": CommandSpec("transfers:decline", "Decline a ticket that was offered to you."),
    "cancel": CommandSpec("transfers:cancel", "Cancel an offer of yours."),
}
ORGANISERS = {
    "create": CommandSpec("organisers:create", "Apply to be an organiser."),
    "list": CommandSpec("organisers:organisers", "List the organisers you act for."),
    "view": CommandSpec("organisers:view", "Show an organiser with its members."),
    "shows": CommandSpec("show_overview:list_shows", "List the shows of your organiser."),
    "add-member": CommandSpec("organisers:add_member", "Let an account act for your organiser."),
    "remove-member": CommandSpec("organisers:remove_member", "Stop an account from acting for it."),
}
SHOWS = {
    "list": CommandSpec("shows:shows", "List upcoming shows with tickets on sale."),
    "create": CommandSpec("own_shows:create", "Create an official show of your organiser."),
    "edit": CommandSpec("own_shows:edit", "Correct a show of your organiser."),
    "postpone": CommandSpec("own_shows:postpone", "Postpone a show of your organiser."),
    "cancel": CommandSpec("own_shows:cancel", "Cancel a show of your organiser."),
    "policy": CommandSpec("show_policy:policy", "Show or set the rules for a show's tickets."),
    "overview": CommandSpec("show_overview:overview", "Count the seats sold of your show."),
    "sold": CommandSpec("own_shows:sold", "List what your organiser has sold for a show."),
    "refund": CommandSpec("own_shows:refund", "Refund an order that your organiser sold."),
}
SANDBOX = {
    "pay": CommandSpec("sandbox:pay", "Pay an order on the sandbox's page, like a browser."),
    "save-card": CommandSpec(
        "sandbox:save_card", "Save a card on the sandbox's page, like a browser."
    ),
}
CARDS = {
    "list": CommandSpec("cards:cards", "List your saved cards."),
    "add": CommandSpec("cards:add", "Save a card on the payment provider's page."),
    "remove": CommandSpec("cards:remove", "Delete a saved card."),
}
PAYOUTS = {
    "list": CommandSpec("payouts:payouts", "List your payouts."),
    "view": CommandSpec("payouts:view", "Show one of your payouts, order by order."),
}
GATE = {
    "scan": CommandSpec("gate:scan", "Admit people by their codes, one code per line."),
    "override": CommandSpec("gate:override", "Admit a ticket in spite of a refusal."),
    "download": CommandSpec(
        "gate:download", "Download a show's admission list, for scanning offline."
    ),
    "sync": CommandSpec("gate:sync", "Sync with the server what was scanned offline."),
    "status": CommandSpec("gate:status", "Count tickets sold, admitted and refused."),
    "undo": CommandSpec("gate:undo", "Undo an admission."),
}
REPORTS = {
    "list": CommandSpec("admin.reports:list_reports", "List open reports of buyers."),
    "refund": CommandSpec("admin.reports:refund", "Give the buyer the money back."),
    "release": CommandSpec("admin.reports:release", "Let the seller be paid."),
}
ALERTS = {
    "list": CommandSpec("admin.alerts:list_alerts", "List open alerts."),
    "view": CommandSpec("admin.alerts:view", "Show an alert, with both claims to one seat."),
    "resolve": CommandSpec("admin.alerts:resolve", "Resolve an alert with a note."),
}
#: The name that alerts had first.
ATTENTION = {
    "list": CommandSpec("admin.alerts:list_alerts", "List open alerts."),
    "settle": CommandSpec("admin.alerts:resolve", "Resolve an alert with a note."),
}
ALL_ORGANISERS = {
    "list": CommandSpec("admin.organisers:organisers", "List organisers."),
    "approve": CommandSpec("admin.organisers:approve", "Approve an organiser."),
    "suspend": CommandSpec("admin.organisers:suspend", "Suspend an organiser."),
}
JOBS = {
    "list": CommandSpec("admin.jobs:jobs", "List pending and failed jobs."),
    "retry": CommandSpec("admin.jobs:retry", "Retry a failed job."),
}
ALL_PAYOUTS = {
    "list": CommandSpec("admin.payouts:payouts", "List the payouts of all sellers."),
    "release": CommandSpec("admin.payouts:release", "Pay out the released sales."),
    "confirm": CommandSpec("admin.payouts:confirm", "Record that the bank has paid payouts."),
    "fail": CommandSpec("admin.payouts:fail", "Record that the bank did not pay a payout."),
    "view": CommandSpec("admin.payouts:view", "Show a payout of any seller, order by order."),
}
ADMIN = {
    "users": CommandSpec("admin.accounts:users", "List accounts."),
    "role": CommandSpec("admin.accounts:role", "Grant or revoke gate access."),
    "ban": CommandSpec("admin.accounts:ban", "Ban an account, or lift a ban."),
    "organisers": CommandSpec(
        "admin.organisers:organisers", "List organisers, approve or suspend one.", ALL_ORGANISERS
    ),
    "orders": CommandSpec("admin.orders:orders", "List the orders of all buyers."),
    "cancel-order": CommandSpec("admin.orders:cancel_order", "Cancel an unpaid order."),
    "release": CommandSpec("admin.orders:release", "Release an order that hangs in confirmation."),
    "cancel-show": CommandSpec("admin.shows:cancel_show", "Cancel a show and refund its buyers."),
    "edit-show": CommandSpec("admin.show_changes:edit_show", "Postpone or correct a show."),
    "merge-shows": CommandSpec(
        "admin.show_changes:merge_shows", "Make two shows that are the same one."
    ),
    "withdraw": CommandSpec("admin.listings:withdraw", "Take a listing off sale."),
    "reissue": CommandSpec("admin.listings:reissue", "Give a ticket's owner a new entry code."),
    "refund": CommandSpec("admin.refunds:refund", "Refund an order."),
    "refunds": CommandSpec("admin.refunds:refunds", "List refunds."),
    "reports": CommandSpec(
        "admin.reports:list_reports", "List what buyers have reported, and decide.", REPORTS
    ),
    "alerts": CommandSpec(
        "admin.alerts:list_alerts", "List what needs an operator, or resolve it.", ALERTS
    ),
    "attention": CommandSpec(
        "admin.alerts:list_alerts", "The first name of `admin alerts`.", ATTENTION
    ),
    "reconcile": CommandSpec(
        "admin.reconciliation:reconcile", "Compare our payments with the provider's."
    ),
    "payouts": CommandSpec("admin.payouts:payouts", "List payouts, or release them.", ALL_PAYOUTS),
    "payout-account": CommandSpec(
        "admin.payouts:payout_account", "Set where a seller's payouts go."
    ),
    "ledger": CommandSpec("admin.ledger:ledger", "List the ledger's lines."),
    "jobs": CommandSpec("admin.jobs:jobs", "List pending and failed jobs, or retry one.", JOBS),
    "trace": CommandSpec("admin.log:trace", "Show everything that happened to an order."),
    "events": CommandSpec("admin.log:events", "List events from the log."),
    "stats": CommandSpec("admin.log:stats", "Count accounts, tickets, orders, jobs and events."),
}
CONFIG = {
    "list": CommandSpec("configuration:show_all", "List the settings."),
    "get": CommandSpec("configuration:get", "Print one setting."),
    "set": CommandSpec("configuration:set_one", "Write a setting to the file."),
}

COMMANDS = {
    "list": CommandSpec("tickets:list_tickets", "List tickets on sale."),
    "shows": CommandSpec("shows:shows", "List upcoming shows, or manage your own.", SHOWS),
    "view": CommandSpec("tickets:view", "Show one ticket."),
    "prices": CommandSpec("shows:sold_for", "List recent sale prices of a show."),
    "buy": CommandSpec("buy:buy", "Buy a ticket."),
    "lock": CommandSpec("orders:lock", "Lock a ticket, to pay later."),
    "pay": CommandSpec("buy:pay", "Pay for an open order."),
    "cancel": CommandSpec("orders:cancel", "Release a ticket you locked."),
    "orders": CommandSpec("orders:orders", "List your orders, or view one.", ORDERS),
    "wallet": CommandSpec("wallet:wallet", "List the tickets you own, or view one.", WALLET),
    "cards": CommandSpec("cards:cards", "List, add or remove saved cards.", CARDS),
    "sell": CommandSpec("sell:sell", "List a ticket for sale, or a file of tickets."),
    "resell": CommandSpec("resell:resell", "Sell a ticket from your wallet."),
    "edit": CommandSpec("tickets:edit", "Change a ticket you sell."),
    "withdraw": CommandSpec("tickets:withdraw", "Take a ticket you sell off sale."),
    "transfer": CommandSpec("transfers:transfer", "Give a ticket from your wallet to somebody."),
    "transfers": CommandSpec(
        "transfers:transfers",
        "List tickets given away or offered to you, or accept one.",
        TRANSFERS,
    ),
    "sales": CommandSpec("sales:sales", "List your sales, with fees and what you receive."),
    "balance": CommandSpec("balance:balance", "Show what you are owed for sales."),
    "payouts": CommandSpec("payouts:payouts", "List your payouts, or view one.", PAYOUTS),
    "issue": CommandSpec("issue:issue", "Issue tickets for a show of your organiser."),
    "organisers": CommandSpec(
        "organisers:organisers", "Create official shows as an organiser.", ORGANISERS
    ),
    "gate": CommandSpec("", "Scan tickets at the gate.", GATE),
    "watch": CommandSpec("watch:watch", "Follow events live."),
    "tui": CommandSpec("tui:tui", "Open the terminal app."),
    "auth": CommandSpec("", "Sign up, in and out.", AUTH),
    "sandbox": CommandSpec("", "Pay with test cards on a server without a Stripe key.", SANDBOX),
    "admin": CommandSpec("", "Operate the marketplace.", ADMIN),
    "serve": CommandSpec("serve:serve", "Run a server on this machine."),
    "demo": CommandSpec("demo:demo", "Play a complete sale on a temporary server."),
    "doctor": CommandSpec("doctor:doctor", "Find configuration and connection problems."),
    "config": CommandSpec("configuration:show_all", "Show or change settings.", CONFIG),
    "completion": CommandSpec("completion:completion", "Print a completion script for your shell."),
    "version": CommandSpec("version:version", "Print the version."),
    "man": CommandSpec("man:man", "Show a manual page, or write all of them."),
    "help": CommandSpec("help:help_command", "Explain a command or a topic."),
}
