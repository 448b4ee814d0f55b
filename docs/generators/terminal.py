"""The page of the terminal app: its pictures, and its keys from the app's table of actions."""

from __future__ import annotations

from docs.generators import markdown
from docs.generators.markdown import code, table, tick
from tui import actions
from tui.actions import ActionScope

OPENING = """
`ticketing tui` opens the market as a full-screen app that updates live: when somebody else locks a
ticket, it turns amber and counts down to the end of the lock. Whatever you can do here you can also
do with a command; the last column of the tables names it.

![The market](pictures/market.svg)

`ctrl+p` or `:` opens the command palette, which finds any action by a part of its name. `?`
explains what has the focus. `1` to `6` switch between screens, `esc` goes back, `q` quits; an
order that is open stays open, and the app says so. In lists, move with the arrow keys or `j` `k`
`g` `G` `ctrl+d` `ctrl+u`, and open a row with `enter`, `l` or a second click. The mouse reaches
everything; `--no-mouse` leaves it to the terminal. `y` copies through the terminal (OSC 52), also
over SSH and inside tmux.
"""
LOOKS = """
The app has the themes `night`, `day` and `monochrome`, and `ansi-dark` and `ansi-light`, which use
the terminal's own colours; Textual's themes are available too. Pick one with *Choose a colour
theme* in the palette or with `--theme`. `NO_COLOR` turns all of them grey. No state is shown by
colour alone. At 80x24 everything is available, one pane after the other; the minimum is 40x10.

No screen reader can follow a screen like this one; use the commands instead. With `ACCESSIBLE=1`
they redraw nothing in place and print no QR codes, and in the app nothing moves by itself.

When the server is unreachable, the app shows since when, and how old the data on the screen is. You
cannot buy or change anything until it is back; then the app catches up without missing an event.
"""
KEYFILE = """
Each action has a name, and `keys.toml` in the settings folder can give it a key of your own
(`ticketing doctor` shows where the folder is). A key that another action of the same screen uses is
refused with a message; the rest of the file applies.
"""
EXAMPLE = """
[market]
buy = "B"
filter = "ctrl+f"
"""
PICTURES = {
    "ticket": "A ticket", "checkout": "Checkout", "delivered": "Paid",
    "wallet": "The wallet", "sell": "Selling", "operator": "The operator's screen",
    "gate": "The gate",
}  # fmt: skip


def render() -> str:
    """Return the page."""
    looks = "\n\n".join(f"![{words}](pictures/{name}.svg)" for name, words in PICTURES.items())
    scopes = [f"## {_title(name, scope)}\n\n{_keys(name, scope)}"
              for name, scope in actions.SCOPES.items()]  # fmt: skip
    return markdown.page(
        "The terminal app", "`tui/actions.py`", OPENING, looks,
        "## Themes and accessibility\n" + LOOKS, "## Your own keys\n" + KEYFILE,
        code(EXAMPLE, "toml"), *scopes,
    )  # fmt: skip


def _title(name: str, scope: ActionScope) -> str:
    return "On every screen" if name == "app" else scope.title


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
    return table(("action", "key", "name", "command"), rows)


def _typed(key: str) -> str:
    """Return a key as it is typed, as a symbol where it has one."""
    return {**actions.SYMBOLS, "colon": ":"}.get(key, key)
