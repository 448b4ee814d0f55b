"""Tones: what a word on the screen means. Each theme gives a tone its colour; the word stays."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Tone(StrEnum):
    """How loud a word is."""

    PLAIN = "plain"
    """What is to be read."""
    STRONG = "strong"
    """What is to be read first."""
    DIM = "dim"
    """Context."""
    ACCENT = "accent"
    """What can be acted on."""
    WARN = "warn"
    """What is running out."""
    LOSS = "loss"
    """What is lost, failed or refused."""
    GOOD = "good"
    """What is done, paid or yours."""


class Words(NamedTuple):
    """A text and its tone. The text is somebody's; it is never read as markup."""

    text: str
    tone: Tone = Tone.PLAIN


Cell = str | Words
