"""Terminal: the page about the terminal app, with the keys from its table of actions."""

from __future__ import annotations

from docs.generators import markdown
from docs.generators.markdown import code, table, tick
from tui import actions
from tui.actions import ActionScope

OPENING = """
`ticketing tui` opens a live view of the market: a ticket that another user locks turns amber and
counts down while you look at it. Every action also exists as a command; the last column names it.

![The market](pictures/market.svg)

`ctrl+p`, or `:`, finds any command by a part of its name. `?` shows help for the focused element.
`1` to `5` switch between the screens, `esc` goes back, `q` quits. A reserved ticket stays reserved
when you quit; the app reminds you of it. Lists are moved through with the arrow keys or `j` `k` `g`
`G` `ctrl+d` `ctrl+u`, and a row opens with `enter`, `l` or a second click. Everything can also be
done with the mouse; `--no-mouse` leaves it to the terminal. `y` copies through the terminal (OSC
52), also over SSH and inside tmux.
"""
LOOKS = """
`night`, `day` and `monochrome` are our own themes, `ansi-dark` and `ansi-light` use the terminal's
colours, and Textual's themes are available too: *Choose a colour theme* in the palette, or
`--theme`. `NO_COLOR` turns all of them grey. No status is shown by colour alone. At 80x24
everything is available, one pane at a time; the minimum is 40x10.

Screen readers cannot follow a full-screen app; use the commands instead. With `ACCESSIBLE=1` the
commands draw nothing in place and no QR code, and nothing in the app is animated.

While the app is offline, a banner shows since when, and how old the data is. Nothing can be bought
or changed until the server is back; the app then reconnects by itself and receives every event it
missed.
"""
KEYFILE = """
Each action has a name. To give it another key, put the name in `keys.toml` in the settings folder
(`ticketing doctor` prints the path). A key that another action of the same screen uses is refused
and reported; the other entries apply.
"""
EXAMPLE = """
[market]
buy = "B"
filter = "ctrl+f"
"""
PICTURES = {
    "ticket": "A ticket", "checkout": "Paying for it", "delivered": "Paid",
    "wallet": "The entry code", "sell": "Selling", "operator": "The operator screen",
    "gate": "The gate",
}  # fmt: skip


def render() -> str:
    """Return the page."""
    looks = "\n\n".join(f"![{words}](pictures/{name}.svg)" for name, words in PICTURES.items())
    scopes = [f"## {_title(name, scope)}\n\n{_keys(name, scope)}"
              for name, scope in actions.SCOPES.items()]  # fmt: skip
    return markdown.page(
        "The terminal app", "`tui/actions.py`", OPENING, looks, "## How it looks\n" + LOOKS,
        "## Custom keys\n" + KEYFILE, code(EXAMPLE, "toml"), *scopes,
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
    """Return a key as it is typed, as a symbol if it has one."""
    return {**actions.SYMBOLS, "colon": ":"}.get(key, key)
