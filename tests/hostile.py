"""Hostile texts from other users, which every client must display without harm.

`CORPUS` maps the attack to the text. `STEERING` matches what must never reach a terminal.
"""

from __future__ import annotations

import re

CORPUS: dict[str, str] = {
    "csi clears the screen": "x\x1b[2J\x1b[H",
    "sgr hides what follows": "x\x1b[8m",
    "osc sets the title": "x\x1b]0;owned\x07",
    "osc 8 links elsewhere": "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "osc 52 writes the clipboard": "\x1b]52;c;cm0gLXJmIH4=\x07",
    "dcs": "\x1bP+q544e\x1b\\",
    "apc": "\x1b_Gf=100;AAAA\x1b\\",
    "c1 csi": "x\x9b31mred",
    "c1 osc": "x\x9d0;owned\x9c",
    "bell": "x\x07",
    "carriage return overwrites": "EUR 900.00\rEUR 9.00  ",
    "backspace overwrites": "900\b\b\b1",
    "line feed forges a row": "x\ntkt_1\tfree",
    "tab forges a column": "x\tEUR 0.01",
    "vertical tab and form feed": "x\x0b\x0cy",
    "delete": "x\x7fy",
    "nul": "x\x00y",
    "bidi embedding": "\u202a\u202b\u202c\u202d\u202etxet",
    "bidi isolate": "\u2066\u2067\u2068\u2069",
    "zero width space": "pay\u200bpal",
    "line and paragraph separator": "x\u2028y\u2029z",
    "soft hyphen and bom": "a\u00adb\ufeffc",
    "tags": "flag\U000e0067\U000e0062\U000e007f",
    "lone surrogate": "x\ud800y",
    "private use": "\ue000\U000f0000",
    "zalgo": "Z" + "\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307" * 12,
    "four thousand letters": "A" * 4_000,
    "markup bold": "[bold]loud[/bold]",
    "markup closes nothing": "[/]",
    "markup closes the unknown": "[/x]",
    "markup left open": "[",
    "markup runs an action": "[@click=app.buy_now('E1')]cheap[/]",
    "markup links a file": "[link=file:///etc/passwd]x[/link]",
    "format fields": "{} {0} %s %(x)s",
    "wide": "東京ドーム コンサート",
    "right to left": "مباراة القمة",
    "flags and families": "🇲🇽 👩‍👩‍👧‍👦 ❤️",
    "spreadsheet formula": '=HYPERLINK("http://evil.example")',
    "option": "--yes",
}

#: Escape and the C1 controls, other control characters except the line feed and tab of our own
#: output, and every character that is invisible or changes the direction of the text.
STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e007f]"
)
