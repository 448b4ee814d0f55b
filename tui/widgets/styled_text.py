"""Styled text: a text with a tone. Each theme gives a tone its colour; the text stays the same."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Tone(StrEnum):
    """The meaning of a text, which decides its style."""

    PLAIN = "plain"
    """Ordinary text."""
    STRONG = "strong"
    """The most important text."""
    DIM = "dim"
    """Context."""
    ACCENT = "accent"
    """Can be acted on."""
    WARN = "warn"
    """Needs attention soon."""
    LOSS = "loss"
    """Lost, failed or refused."""
    GOOD = "good"
    """Done, paid, or yours."""


class StyledText(NamedTuple):
    """A text and its tone. It may come from other users and is never interpreted as markup."""

    text: str
    tone: Tone = Tone.PLAIN


Cell = str | StyledText
