"""Terminal: what a stream can show, decided once from the stream, the environment and --color."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TextIO

from client.config import is_on


class Color(StrEnum):
    """The wish of --color and TICKETING_COLOR."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, kw_only=True)
class Terminal:
    """What a stream can show. `human` is whether people read it, `tty` whether it is a terminal.

    It is `spoken` when a screen reader reads it out: nothing is drawn in place or with blocks.
    """

    tty: bool
    human: bool
    dumb: bool
    color: bool
    width: int
    draws_blocks: bool
    spoken: bool

    @classmethod
    def of(cls, stream: TextIO, env: Mapping[str, str], wish: Color) -> Terminal:
        """Look at a stream and the environment."""
        tty = stream.isatty()
        dumb = env.get("TERM") == "dumb"
        forced = env.get("TICKETING_FORCE_TTY", "")
        spoken = is_on(env, "ACCESSIBLE")
        return cls(
            tty=tty,
            human=tty or forced not in {"", "0"},
            dumb=dumb,
            color=has_color(env, wish, able=tty and not dumb),
            width=_width(env, forced),
            draws_blocks=_encodes(stream, "█▀▄") and not spoken,
            spoken=spoken,
        )


def has_color(env: Mapping[str, str], wish: Color, *, able: bool) -> bool:
    """Decide whether to write colour, bold included.

    --color wins, then NO_COLOR, then FORCE_COLOR and CLICOLOR_FORCE, then what the stream can. An
    empty NO_COLOR is not set (no-color.org); FORCE_COLOR=0 means no.
    """
    if wish is not Color.AUTO:
        return wish is Color.ALWAYS
    if env.get("NO_COLOR"):
        return False
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        if value := env.get(name):
            return value.lower() not in {"0", "false", "no"}
    return able


def _width(env: Mapping[str, str], forced: str) -> int:
    """Return the columns to use: TICKETING_FORCE_TTY, then COLUMNS, then the terminal's."""
    for said in (forced, env.get("COLUMNS", "")):
        if said.isdecimal() and int(said) > 1:
            return max(20, int(said))
    return shutil.get_terminal_size().columns


def _encodes(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
