"""Actions: everything a user can do in the app, on which screen, with which key.

This table is the one source of the key bindings, the key hints and the command palette. A screen
turns its scope into `BINDINGS` and has a method `action_NAME` for each action. `cli_command` is
the command that does the same outside the app, for scripts and screen readers; only actions that
change how the app looks have none.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True)
class AppAction:
    """One action. `key` may be several keys separated by commas; the first one is shown.

    `text` is its name in the palette, `label` the short name beside its key at the foot of the
    screen. An action that `writes` is disabled while the app is offline or read-only. A `hidden`
    one has no hint at the foot.
    """

    name: str
    key: str
    text: str
    label: str = ""
    cli_command: str | None = None
    writes: bool = False
    hidden: bool = False

    @property
    def target_mode(self) -> str:
        """The mode that a `go` action switches to; empty for any other action."""
        return self.name.removeprefix("go('").removesuffix("')") if "('" in self.name else ""


@dataclass(frozen=True, kw_only=True)
class ActionScope:
    """The actions of one screen, with its title and the mode that leads to it."""

    title: str
    mode: str
    actions: tuple[AppAction, ...]


#: Keys that are written as a symbol.
SYMBOLS = {
    "slash": "/", "question_mark": "?", "left_square_bracket": "[", "right_square_bracket": "]",
}  # fmt: skip
#: Keys as the foot of the screen abbreviates them.
SHORT = {
    **SYMBOLS, "escape": "esc", "ctrl+p": "^p", "enter": "⏎", "delete": "del", "ctrl+z": "^z",
    "ctrl+s": "^s", "ctrl+l": "^l", "ctrl+o": "^o", "ctrl+t": "^t",
    "ctrl+r": "^r", "ctrl+g": "^g", "ctrl+b": "^b",
}  # fmt: skip
_BACK = AppAction("back", "escape", "Go back", "back")
_CLEAR = AppAction("back", "escape", "Clear filter", hidden=True)
_COPY = AppAction("copy", "y", "Copy the id", "copy", "view", hidden=True)
_TABS = (
    AppAction("next_tab", "right_square_bracket", "Next tab", hidden=True),
    AppAction("previous_tab", "left_square_bracket", "Previous tab", hidden=True),
)

APP = ActionScope(
    title="ticketing", mode="",
    actions=(
        AppAction("go('market')", "1", "Go to the market", "", "list", hidden=True),
        AppAction("go('account')", "2", "My tickets and orders", "", "orders", hidden=True),
        AppAction("go('wallet')", "3", "Go to the wallet", "", "wallet", hidden=True),
        AppAction("go('operator')", "4", "Go to the operator screen", "", "admin stats",
                  hidden=True),
        AppAction("go('gate')", "5", "Go to the gate", "", "gate scan", hidden=True),
        AppAction("go('organiser')", "6", "Go to the shows of your organiser", "",
                  "organisers shows", hidden=True),
        AppAction("sell", "n", "Sell a ticket", "sell", "sell", writes=True),
        AppAction("sign_in", "", "Sign in", "", "auth login", hidden=True),
        AppAction("sign_up", "", "Create an account", "", "auth signup", hidden=True),
        AppAction("sign_out", "", "Sign out", "", "auth logout", hidden=True),
        AppAction("servers", "", "Choose another server", "", "config set", hidden=True),
        AppAction("change_theme", "", "Choose a colour theme", hidden=True),
        AppAction("mouse", "", "Turn the mouse on or off", hidden=True),
        AppAction("help", "question_mark,f1", "Show help", "help", "help"),
        AppAction("command_palette", "ctrl+p,colon", "Find a command", "commands", "help"),
        AppAction("quit", "q,ctrl+q", "Quit", "quit", hidden=True),
    ),
)  # fmt: skip

MARKET = ActionScope(
    title="Market", mode="market",
    actions=(
        AppAction("buy", "b", "Buy this ticket", "buy", "buy", writes=True),
        AppAction("filter", "slash", "Filter shows", "filter", "list"),
        AppAction("sort", "s", "Sort tickets", "sort", "list"),
        AppAction("filters", "f", "Choose city, category, date and price", "filters", "list"),
        AppAction("refresh", "r", "Refresh", "", "list", hidden=True),
        _COPY, _CLEAR,
    ),
)  # fmt: skip

TICKET = ActionScope(
    title="Ticket", mode="market",
    actions=(
        AppAction("buy", "b", "Buy this ticket", "buy", "buy", writes=True),
        _COPY, _BACK,
    ),
)  # fmt: skip

CHECKOUT = ActionScope(
    title="Checkout", mode="account",
    actions=(
        AppAction("open_page", "o", "Open the payment page", "page", "pay"),
        AppAction("copy", "c,y", "Copy the payment link", "", "orders view", hidden=True),
        AppAction("pay", "p", "Pay with the saved card", "pay", "pay", writes=True),
        AppAction("release", "x", "Release the ticket", "release", "cancel", writes=True),
        AppAction("next_seat", "n", "Buy the next cheapest seat", "next seat", "buy", writes=True),
        AppAction("back", "escape", "Leave; the ticket stays reserved", "leave"),
    ),
)  # fmt: skip

ACCOUNT = ActionScope(
    title="Account", mode="account",
    actions=(
        AppAction("open", "enter", "Open the selected item", "open", "orders view"),
        AppAction("pay", "p", "Pay this order", "pay", "pay", writes=True),
        AppAction("release", "x", "Release the ticket", "release", "cancel", writes=True),
        AppAction("receipt", "R", "Show the receipt", "receipt", "orders receipt"),
        AppAction("report", "exclamation_mark", "Report a problem with this ticket", "report",
                  "orders report", writes=True, hidden=True),
        AppAction("return_ticket", "u", "Return this ticket to its organiser", "return",
                  "orders return", writes=True, hidden=True),
        AppAction("edit", "e", "Change the price of this listing", "price", "edit", writes=True),
        AppAction("withdraw", "w", "Withdraw this listing", "withdraw", "withdraw", writes=True),
        AppAction("import", "i", "Import listings from a file", "import", "sell", writes=True),
        AppAction("add_card", "a", "Save a card", "add card", "cards add", writes=True),
        AppAction("remove_card", "delete", "Delete this card", "delete", "cards remove",
                  writes=True),
        AppAction("filter", "slash", "Filter the list", "filter", "orders", hidden=True),
        *_TABS, _COPY, _CLEAR,
    ),
)  # fmt: skip

WALLET = ActionScope(
    title="Wallet", mode="wallet",
    actions=(
        AppAction("open", "enter", "Show the entry code at the gate", "show at the gate",
                  "wallet view"),
        AppAction("resell", "s", "Sell this ticket", "resell", "resell", writes=True),
        AppAction("give", "t", "Give this ticket to somebody", "give away", "transfer",
                  writes=True),
        AppAction("take_back", "w", "Take this ticket back from sale, or cancel its offer",
                  "take back", "withdraw", writes=True),
        AppAction("offers", "o", "Accept or decline tickets offered to you", "offers",
                  "transfers"),
        AppAction("copy", "y", "Copy the entry code", "copy code", "wallet view"),
        AppAction("calendar", "c", "Save a calendar entry", "calendar", "orders receipt"),
    ),
)  # fmt: skip

SELL = ActionScope(
    title="Sell", mode="account",
    actions=(
        AppAction("list", "ctrl+s", "List this ticket", "list", "sell", writes=True),
        AppAction("back", "escape", "Leave the form", "leave"),
    ),
)  # fmt: skip

IMPORT = ActionScope(
    title="Import", mode="account",
    actions=(
        AppAction("check", "ctrl+t", "Check the file without listing anything", "check", "sell",
                  writes=True),
        AppAction("list", "ctrl+s", "List every ticket in the file", "list all", "sell",
                  writes=True),
        AppAction("back", "escape", "Stop the import, or leave", "leave"),
    ),
)  # fmt: skip

OPERATOR = ActionScope(
    title="Operator", mode="operator",
    actions=(
        AppAction("trace", "enter", "Show the order trace", "trace", "admin trace"),
        AppAction("filter", "slash", "Filter the list", "filter", "admin events"),
        AppAction("pause", "p", "Pause the event log", "pause"),
        AppAction("errors", "e", "Show only failures", "failures", "admin events"),
        AppAction("state", "s", "Show only orders in the next state", "state", "admin orders"),
        AppAction("retry", "r", "Retry a failed job", "retry job", "admin jobs retry",
                  writes=True),
        AppAction("refund", "R", "Refund this order", "refund", "admin refund", writes=True),
        AppAction("cancel_order", "x", "Cancel this order", "cancel", "admin cancel-order",
                  writes=True),
        AppAction("resolve", "t", "Resolve this alert", "resolve", "admin alerts resolve",
                  writes=True),
        AppAction("ban", "B", "Ban this account, or lift the ban", "ban", "admin ban",
                  writes=True),
        AppAction("cancel_show", "", "Cancel a show and refund its buyers", "",
                  "admin cancel-show", writes=True, hidden=True),
        *_TABS, _CLEAR, _COPY,
    ),
)  # fmt: skip

TRACE = ActionScope(title="Trace", mode="operator", actions=(_COPY, _BACK))

GATE = ActionScope(
    title="Gate", mode="gate",
    actions=(
        AppAction("exit_mode", "ctrl+b", "Scan people who leave, or who come in", "exit",
                  "gate scan"),
        AppAction("undo", "ctrl+z", "Undo the last admission", "undo", "gate undo", writes=True),
        AppAction("override", "ctrl+r", "Admit in spite of the last refusal", "override",
                  "gate override", writes=True),
        AppAction("sync", "ctrl+s", "Sync offline scans with the server", "sync", "gate sync",
                  writes=True),
        AppAction("download", "ctrl+l", "Download the admission list for offline use", "list",
                  "gate download"),
        AppAction("conflicts", "ctrl+t", "Show admission conflicts", "conflicts", "gate sync"),
        AppAction("other_show", "ctrl+o", "Choose another show", "other show", "gate status"),
        AppAction("entrances", "ctrl+g", "Count each entrance", "entrances", "gate status"),
        AppAction("filter", "slash", "Filter shows", "filter", "list"),
        AppAction("entrance", "e", "Name this entrance", "entrance", "gate scan"),
        AppAction("back", "escape", "Clear the input", hidden=True),
    ),
)  # fmt: skip

ORGANISER = ActionScope(
    title="Organiser", mode="organiser",
    actions=(
        AppAction("open", "enter", "Count the seats of this show", "counts", "shows overview"),
        AppAction("sold", "s", "List the sales of this show", "sales", "shows sold"),
        AppAction("refresh", "r", "Refresh", "refresh", "shows overview"),
        _COPY, AppAction("back", "escape", "Go back to the shows", hidden=True),
    ),
)  # fmt: skip

SOLD = ActionScope(title="Sales of a show", mode="organiser", actions=(_COPY, _BACK))

SCOPES = {
    "app": APP, "market": MARKET, "ticket": TICKET, "checkout": CHECKOUT, "account": ACCOUNT,
    "wallet": WALLET, "sell": SELL, "import": IMPORT,
    "operator": OPERATOR, "trace": TRACE, "gate": GATE,
    "organiser": ORGANISER, "sold": SOLD,
}  # fmt: skip


def bindings(scope: str) -> list[BindingType]:
    """Return the key bindings of a scope. `keys.toml` remaps them by id, such as `market.buy`."""
    return [
        Binding(
            action.key, action.name, action.label or action.text, id=f"{scope}.{name_of(action)}",
            show=not action.hidden, key_display=SHORT.get(action.key.split(",", maxsplit=1)[0]),
        )
        for action in SCOPES[scope].actions
        if action.key
    ]  # fmt: skip


def name_of(action: AppAction) -> str:
    """Return an action's name as `keys.toml` spells it: `go('account')` is `go_account`."""
    return action.name.replace("('", "_").replace("')", "")


def writes(scope: str, name: str) -> bool:
    """Whether an action of a scope changes anything on the server."""
    return any(action.name == name and action.writes for action in SCOPES[scope].actions)


def display_key(key: str) -> str:
    """Return the first of some comma-separated keys as the hints write it."""
    first = key.split(",", maxsplit=1)[0]
    return SHORT.get(first, first)
