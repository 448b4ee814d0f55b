"""Sanitize: make text from other people safe to display, once, where API data enters."""

from __future__ import annotations

import unicodedata
from typing import TypeVar, cast

import msgspec

from contract.validation import HIDDEN, JOINER

T = TypeVar("T")

#: Longer than anything the contract allows; only a hostile server sends more.
LONGEST = 2_000
#: Combining marks on a letter. Vietnamese and Thai need 2, accented Hebrew 3; zalgo has dozens.
MARKS_PER_BASE = 4
REPLACEMENT = "\ufffd"
#: They select the text or the picture form of an emoji.
VARIATION_SELECTORS = frozenset("\ufe0e\ufe0f")


def safe_text(text: str, multiline: bool = False) -> str:  # noqa: FBT001, FBT002  reads well at the call
    """Return `text` without characters that control a terminal, reverse a line or cover others.

    Hidden characters become U+FFFD, except the joiner between emoji and, with `multiline`, the
    line feed. A letter keeps at most four combining marks. Text that is too long ends in an
    ellipsis.
    """
    if text.isascii() and text.isprintable() and len(text) <= LONGEST:
        return text  # the usual case
    kept: list[str] = []
    marks = 0
    for character in text[:LONGEST]:
        category = unicodedata.category(character)
        if category in {"Mn", "Me"} or character == JOINER:
            marks += 1
            if marks <= MARKS_PER_BASE or character in VARIATION_SELECTORS:
                kept.append(character)
            continue
        marks = 0
        hidden = category in HIDDEN and not (multiline and character == "\n")
        kept.append(REPLACEMENT if hidden else character)
    if len(text) > LONGEST:
        kept[-1] = "…"
    safe = "".join(kept)
    return text if safe == text else safe


def clean(value: T) -> T:
    """Return a decoded reply with every text made safe; the same object if nothing changed."""
    return cast("T", _clean(value))


def _clean(value: object) -> object:
    if type(value) is str:  # not isinstance: an enum's values are our own
        return safe_text(value)
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        changed = {name: new for name, old in fields.items() if (new := _clean(old)) is not old}
        return msgspec.structs.replace(value, **changed) if changed else value
    if isinstance(value, tuple):
        items = tuple(_clean(item) for item in value)
        return (
            items if any(new is not old for new, old in zip(items, value, strict=True)) else value
        )
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return value
