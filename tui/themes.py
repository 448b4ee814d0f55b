"""Themes: three themes of our own, one accent colour each. Textual's own are available too."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="night", dark=True, primary="#4fb8a8", secondary="#7d8a99", accent="#4fb8a8",
    warning="#e5b567", error="#e57373", success="#8fc97f", foreground="#d7dbe0",
    background="#111418", surface="#111418", panel="#1a1f25",
    variables={
        "boost": "#1f262d",  # the row under the cursor; Textual drops it if `panel` is given
        "text-muted": "#7f8a96", "border": "#2b333c", "border-blurred": "#2b333c",
        "footer-background": "#111418", "footer-key-foreground": "#4fb8a8",
        "footer-description-foreground": "#7f8a96", "input-selection-background": "#4fb8a8 35%",
        "block-cursor-foreground": "#111418", "block-cursor-background": "#4fb8a8",
        "scrollbar": "#2b333c", "scrollbar-background": "#111418",
    },
)  # fmt: skip
LIGHT = Theme(
    name="day", dark=False, primary="#0b7266", secondary="#5f6873", accent="#0b7266",
    warning="#9a5b00", error="#b3261e", success="#2f7d32", foreground="#20262c",
    background="#fbfaf7", surface="#fbfaf7", panel="#f0eee8",
    variables={
        "boost": "#e8e5dc",  # the row under the cursor; Textual drops it if `panel` is given
        "text-muted": "#6a727b", "border": "#d8d4c8", "border-blurred": "#d8d4c8",
        "footer-background": "#fbfaf7", "footer-key-foreground": "#0b7266",
        "footer-description-foreground": "#6a727b", "input-selection-background": "#0b7266 25%",
        "block-cursor-foreground": "#fbfaf7", "block-cursor-background": "#0b7266",
        "scrollbar": "#d8d4c8", "scrollbar-background": "#fbfaf7",
    },
)  # fmt: skip
PAPER = Theme(
    name="monochrome", dark=True, primary="#ffffff", secondary="#9a9a9a", accent="#ffffff",
    warning="#ffffff", error="#ffffff", success="#ffffff", foreground="#d0d0d0",
    background="#121212", surface="#121212", panel="#1e1e1e",
    variables={
        "boost": "#2a2a2a",  # the row under the cursor; Textual drops it if `panel` is given
        "text-muted": "#8a8a8a", "border": "#3a3a3a", "border-blurred": "#3a3a3a",
        "footer-background": "#121212", "footer-key-foreground": "#ffffff",
        "footer-description-foreground": "#8a8a8a",
        "block-cursor-foreground": "#121212", "block-cursor-background": "#ffffff",
        "scrollbar": "#3a3a3a", "scrollbar-background": "#121212",
    },
)  # fmt: skip
OURS = (DARK, LIGHT, PAPER)
#: The default theme, and Textual's themes that use the terminal's own colours.
FIRST = DARK.name
TERMINAL = ("ansi-dark", "ansi-light")
