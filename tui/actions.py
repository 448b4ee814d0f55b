"""Actions: everything that can be done in the app, where, by which key, and as which command.

The table is the one source of the keys, the hints at the foot of a screen and the command palette.
A screen turns its part into `BINDINGS` and has a method `action_NAME` for each. `twin` is the
command that does the same without this app, for scripts and screen readers; only what is about the
app's own looks has none. `home` is the mode in which a place is reached.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing that can be done. `key` may be several, separated by commas; the first is shown.

    `label` stands at the foot of the screen, `words` in the palette. What `writes` is not possible
    while the server is away, or when the app was opened to look only.
    """

    name: str
    key: str = ""
    label: str = ""
    words: str
    twin: str | None
    writes: bool = False
    hidden: bool = False

    @property
    def goes_to(self) -> str:
        """The mode an action goes to; empty for one that does something else."""
        return self.name.removeprefix("go('").removesuffix("')") if "('" in self.name else ""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A screen, the mode it is reached in, and what can be done there."""

    title: str
    home: str
    actions: tuple[Action, ...]


#: Keys that have a sign of their own.
SIGNS = {
    "slash": "/", "question_mark": "?", "left_square_bracket": "[", "right_square_bracket": "]",
}  # fmt: skip
#: Keys as the foot of the screen has room for them.
SHORT = {
    **SIGNS, "escape": "esc", "ctrl+p": "^p", "enter": "⏎", "delete": "del", "ctrl+z": "^z",
    "ctrl+s": "^s", "ctrl+l": "^l", "ctrl+o": "^o", "ctrl+t": "^t",
}  # fmt: skip
_BACK = Action(
    name="back", key="escape", label="back", words="Go back", twin=None,
)  # fmt: skip
_COPY = Action(name="copy", key="y", label="copy", words="Copy the id", twin="view", hidden=True)

APP = Place(
    title="ticketing", home="",
    actions=(
        Action(name="go('market')", key="1", words="Go to the market", twin="list", hidden=True),
        Action(name="go('mine')", key="2", words="Go to what is mine", twin="orders", hidden=True),
        Action(name="go('wallet')", key="3", words="Go to the wallet", twin="wallet", hidden=True),
        Action(
            name="go('operator')", key="4", words="Go to the operator's screen",
            twin="admin stats", hidden=True,
        ),
        Action(name="go('gate')", key="5", words="Go to the gate", twin="gate scan", hidden=True),
        Action(
            name="sell", key="n", label="sell", words="Sell a ticket", twin="sell", writes=True,
        ),
        Action(name="sign_in", words="Sign in", twin="auth login", hidden=True),
        Action(name="sign_up", words="Open an account", twin="auth signup", hidden=True),
        Action(name="sign_out", words="Sign out", twin="auth logout", hidden=True),
        Action(name="servers", words="Choose another server", twin="config set", hidden=True),
        Action(name="change_theme", words="Choose the colours", twin=None, hidden=True),
        Action(name="mouse", words="Turn the mouse on or off", twin=None, hidden=True),
        Action(
            name="help", key="question_mark,f1", label="help", words="Explain what has the focus",
            twin="help",
        ),
        Action(
            name="command_palette", key="ctrl+p,colon", label="everything",
            words="Find anything that can be done", twin="help",
        ),
        Action(name="quit", key="q,ctrl+q", label="quit", words="Leave", twin=None, hidden=True),
    ),
)  # fmt: skip

MARKET = Place(
    title="Market", home="market",
    actions=(
        Action(name="buy", key="b", label="buy", words="Buy this ticket", twin="buy", writes=True),
        Action(name="filter", key="slash", label="filter", words="Filter shows", twin="list"),
        Action(name="order", key="s", label="sort", words="Sort the tickets", twin="list"),
        Action(
            name="facets", key="f", label="facets", words="Choose city, kind, date and price",
            twin="list",
        ),
        Action(name="reload", key="r", words="Read everything again", twin="list", hidden=True),
        _COPY,
        Action(name="back", key="escape", words="Take the filter away", twin=None, hidden=True),
    ),
)  # fmt: skip

TICKET = Place(
    title="Ticket", home="market",
    actions=(
        Action(name="buy", key="b", label="buy", words="Buy this ticket", twin="buy", writes=True),
        _COPY, _BACK,
    ),
)  # fmt: skip

CHECKOUT = Place(
    title="Checkout", home="mine",
    actions=(
        Action(name="open_page", key="o", label="page", words="Open the payment page",
               twin="pay"),
        Action(name="copy", key="c,y", words="Copy the payment link",
               twin="orders view", hidden=True),
        Action(name="pay", key="p", label="pay", words="Pay with the saved card",
               twin="pay", writes=True),
        Action(name="give_back", key="x", label="give back", words="Give the lock back",
               twin="cancel", writes=True),
        Action(name="next_seat", key="n", label="next seat", words="Take the next cheapest seat",
               twin="buy", writes=True),
        Action(name="back", key="escape", label="leave", words="Leave; a lock stays", twin=None),
    ),
)  # fmt: skip

MINE = Place(
    title="Mine", home="mine",
    actions=(
        Action(name="open", key="enter", label="open", words="Open this line", twin="orders view"),
        Action(name="pay", key="p", label="pay", words="Pay this order", twin="pay", writes=True),
        Action(name="give_back", key="x", label="give back", words="Give the lock back",
               twin="cancel", writes=True),
        Action(name="receipt", key="R", label="receipt", words="Show the receipt",
               twin="orders receipt"),
        Action(name="edit", key="e", label="price", words="Change the price of this listing",
               twin="edit", writes=True),
        Action(name="withdraw", key="w", label="withdraw", words="Take this listing off sale",
               twin="withdraw", writes=True),
        Action(name="bring", key="i", label="import", words="Import a file of listings",
               twin="sell", writes=True),
        Action(name="add_card", key="a", label="add card", words="Save a card",
               twin="cards add", writes=True),
        Action(name="remove_card", key="delete", label="remove", words="Remove this card",
               twin="cards remove", writes=True),
        Action(name="filter", key="slash", label="filter", words="Filter what is shown",
               twin="orders", hidden=True),
        Action(name="next_tab", key="right_square_bracket", words="Next page of Mine",
               twin=None, hidden=True),
        Action(name="previous_tab", key="left_square_bracket",
               words="Previous page of Mine", twin=None, hidden=True),
        _COPY,
        Action(name="back", key="escape", words="Take the filter away", twin=None, hidden=True),
    ),
)  # fmt: skip

WALLET = Place(
    title="Wallet", home="wallet",
    actions=(
        Action(name="open", key="enter", label="for the gate", words="Show the code for the gate",
               twin="wallet view"),
        Action(name="copy", key="y", label="copy code", words="Copy the entry code",
               twin="wallet view"),
        Action(name="calendar", key="c", label="calendar", words="Save a calendar entry",
               twin="orders receipt"),
    ),
)  # fmt: skip

SELL = Place(
    title="Listing form", home="mine",
    actions=(
        Action(name="list", key="ctrl+s", label="list it", words="List this ticket", twin="sell",
               writes=True),
        Action(name="back", key="escape", label="leave", words="Leave the form", twin=None),
    ),
)  # fmt: skip

BRING = Place(
    title="Import", home="mine",
    actions=(
        Action(name="check", key="ctrl+t", label="check", words="Check the file, change nothing",
               twin="sell", writes=True),
        Action(name="list", key="ctrl+s", label="list them", words="List what is in the file",
               twin="sell", writes=True),
        Action(name="back", key="escape", label="leave", words="Stop, or leave",
               twin=None),
    ),
)  # fmt: skip

OPERATOR = Place(
    title="Operator", home="operator",
    actions=(
        Action(name="story", key="enter", label="story", words="Tell this order's story",
               twin="admin trace"),
        Action(name="filter", key="slash", label="filter", words="Filter what is listed",
               twin="admin events"),
        Action(name="pause", key="p", label="pause", words="Hold the flow still", twin=None),
        Action(name="errors", key="e", label="errors", words="Only what went wrong",
               twin="admin events"),
        Action(name="state", key="s", label="state", words="Only orders in the next state",
               twin="admin orders"),
        Action(name="retry", key="r", label="retry job", words="Try a failed job again",
               twin="admin jobs retry", writes=True),
        Action(name="refund", key="R", label="refund", words="Refund this order",
               twin="admin refund", writes=True),
        Action(name="cancel_order", key="x", label="cancel", words="Cancel this order",
               twin="admin cancel-order", writes=True),
        Action(name="settle", key="t", label="settle", words="ResolveAlert this alert",
               twin="admin attention settle", writes=True),
        Action(name="ban", key="B", label="ban", words="Ban this account, or lift the ban",
               twin="admin ban", writes=True),
        Action(name="cancel_show", words="Cancel a show and refund its buyers",
               twin="admin cancel-show", writes=True, hidden=True),
        Action(name="next_tab", key="right_square_bracket", words="Next page of Operator",
               twin=None, hidden=True),
        Action(name="previous_tab", key="left_square_bracket",
               words="Previous page of Operator", twin=None, hidden=True),
        Action(name="back", key="escape", words="Take the filter away", twin=None, hidden=True),
        _COPY,
    ),
)  # fmt: skip

STORY = Place(title="Story", home="operator", actions=(_COPY, _BACK))

GATE = Place(
    title="Gate", home="gate",
    actions=(
        Action(name="undo", key="ctrl+z", label="undo", words="Undo the last admission",
               twin="gate undo", writes=True),
        Action(name="sync", key="ctrl+s", label="send", words="Send what was scanned offline",
               twin="gate sync", writes=True),
        Action(name="download", key="ctrl+l", label="list",
               words="Fetch the list for when there is no line", twin="gate download"),
        Action(name="conflicts", key="ctrl+t", label="conflicts",
               words="List who should not have been let in", twin="gate sync"),
        Action(name="other", key="ctrl+o", label="other show", words="Choose another show",
               twin="gate status"),
        Action(name="filter", key="slash", label="filter", words="Filter shows", twin="list"),
        Action(name="entrance", key="e", label="entrance", words="Name this entrance",
               twin="gate scan"),
        Action(name="back", key="escape", words="Take away what was typed", twin=None,
               hidden=True),
    ),
)  # fmt: skip

PLACES = {
    "app": APP, "market": MARKET, "ticket": TICKET, "checkout": CHECKOUT, "mine": MINE,
    "wallet": WALLET, "sell": SELL, "bring": BRING,
    "operator": OPERATOR, "story": STORY, "gate": GATE,
}  # fmt: skip


def bindings(place: str) -> list[BindingType]:
    """Return the keys of a place. Their ids, such as `market.buy`, are what users remap by."""
    return [
        Binding(
            action.key, action.name, action.label or action.words, id=f"{place}.{name_of(action)}",
            show=not action.hidden, key_display=SHORT.get(action.key.split(",", maxsplit=1)[0]),
        )
        for action in PLACES[place].actions
        if action.key
    ]  # fmt: skip


def name_of(action: Action) -> str:
    """Return an action's name as it stands in a key file: `go('mine')` is `go_mine`."""
    return action.name.replace("('", "_").replace("')", "")


def writes(place: str, name: str) -> bool:
    """Whether an action of a place changes anything at the server."""
    return any(action.name == name and action.writes for action in PLACES[place].actions)


def shown(key: str) -> str:
    """Write the first of some keys as people do."""
    first = key.split(",", maxsplit=1)[0]
    return SHORT.get(first, first)
