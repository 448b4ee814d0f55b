"""Terminal: detect what a stream can show, from the stream, the environment and --color."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TextIO

from client.config import is_on


class Color(StrEnum):
    """The values of --color and TICKETING_COLOR."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, kw_only=True)
class Terminal:
    """What a stream can show. `human` is True if people read it, `tty` if it is a terminal.

    It is `spoken` if a screen reader reads it out: nothing is redrawn in place, no block
    characters are used.
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
        """Inspect a stream and the environment."""
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
    """Return whether to use colour and bold.

    --color takes precedence, then NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, CLICOLOR, and `able`. An
    empty NO_COLOR counts as unset (no-color.org), and so does CLICOLOR_FORCE=0 (bixense.com);
    FORCE_COLOR=0 and CLICOLOR=0 mean no.
    """
    if wish is not Color.AUTO:
        return wish is Color.ALWAYS
    if env.get("NO_COLOR"):
        return False
    if env.get("FORCE_COLOR"):
        return is_on(env, "FORCE_COLOR")
    if is_on(env, "CLICOLOR_FORCE"):
        return True
    return able and (is_on(env, "CLICOLOR") or not env.get("CLICOLOR"))


def _width(env: Mapping[str, str], forced: str) -> int:
    """Return the width in columns, from TICKETING_FORCE_TTY, COLUMNS, or the terminal itself."""
    for value in (forced, env.get("COLUMNS", "")):
        if value.isdecimal() and int(value) > 1:
            return max(20, int(value))
    return shutil.get_terminal_size().columns


def _encodes(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
