"""Terminal: the page of the terminal app, its keys from its own table of actions."""

from __future__ import annotations

from docs.generators import markdown
from docs.generators.markdown import code, table, tick
from tui import actions
from tui.actions import ActionScope

OPENING = """
`ticketing tui` opens the market on one screen, live: a ticket that somebody else locks turns
amber and counts down while you look at it. Whatever can be done here can be done by a command
too; the last column names it.

![The market](pictures/market.svg)

`ctrl+p`, or `:`, finds everything by typing a part of it. `?` explains what has the focus. `1`
to `5` go from place to place, `esc` goes back, `q` leaves; a lock that is open stays open, and
is said to be. Lists move with the arrows or `j` `k` `g` `G` `ctrl+d` `ctrl+u` and open with
`enter`, `l` or a second click. The mouse reaches everything; `--no-mouse` leaves it to the
terminal. `y` copies through the terminal (OSC 52), also over SSH and inside tmux.
"""
LOOKS = """
`night`, `day` and `monochrome` are ours, `ansi-dark` and `ansi-light` take the terminal's own
colours, and Textual's are there too: *Choose the colours* in the palette, or `--theme`.
`NO_COLOR` turns all of them grey. No state is told by colour alone. At 80x24 everything is
there, the panes one after the other; 40x10 is the least.

No screen reader follows a screen like this one: that is what the commands are for. With
`ACCESSIBLE=1` they draw nothing in place and no QR code, and in the app nothing moves by itself.

When the server is away the app says so, since when, and how old what you see is. Nothing can be
bought or changed until it is back; then it catches up by itself, without an event missed.
"""
KEYFILE = """
Each action has a name, and a key of your own if `keys.toml` in the settings' folder says so
(`ticketing doctor` tells where that is). A key that another action of the same screen has is
refused, and said; the rest counts.
"""
EXAMPLE = """
[market]
buy = "B"
filter = "ctrl+f"
"""
PICTURES = {
    "ticket": "A ticket", "checkout": "Paying for it", "delivered": "Paid",
    "wallet": "For the gate", "sell": "Selling", "operator": "The operator's screen",
    "gate": "The gate",
}  # fmt: skip


def render() -> str:
    """Return the page."""
    looks = "\n\n".join(f"![{words}](pictures/{name}.svg)" for name, words in PICTURES.items())
    scopes = [f"## {_title(name, scope)}\n\n{_keys(name, scope)}"
              for name, scope in actions.SCOPES.items()]  # fmt: skip
    return markdown.page(
        "The terminal app", "`tui/actions.py`", OPENING, looks, "## How it looks\n" + LOOKS,
        "## Keys of your own\n" + KEYFILE, code(EXAMPLE, "toml"), *scopes,
    )  # fmt: skip


def _title(name: str, scope: ActionScope) -> str:
    return "Everywhere" if name == "app" else scope.title


def _keys(name: str, scope: ActionScope) -> str:
    rows = (
        (
            action.text,
            " ".join(tick(_typed(key)) for key in action.key.split(",") if key),
            tick(f"{name}.{actions.name_of(action)}") if action.key else "",
            tick(f"ticketing {action.cli_command}") if action.cli_command else "",
        )
        for action in scope.actions
    )
    return table(("what", "key", "name", "command"), rows)


def _typed(key: str) -> str:
    """Write a key as it is typed, by its sign where it has one."""
    return {**actions.SYMBOLS, "colon": ":"}.get(key, key)
