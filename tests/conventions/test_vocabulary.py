"""Code, tests, docs and messages use the field's terms; docs/glossary.md lists them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.conventions.tree import files, text

#: What must not be written -> what to write instead. None of these has a use of its own here.
BANNED: dict[str, str] = {
    r"(?i:(?<![\"`])\bfacts?\b(?![\"`{]))": "event",  # except "facts", a JSON name of the API
    r"(?i:\brooms?\b)": "service; space",
    r"(?i:\bhouses?\b)": "server, application, marketplace",
    r"(?i:\bdesks?\b)": "AppContext",
    r"(?i:\btills?\b)": "register; until",
    r"(?i:\bshelves\b)": "list, tab",
    r"(?i:\bmended\b)": "fixed, resolved",
    r"(?i:\blaps(e|es|ed|ing)\b)": "expire",
    r"(?i:\bhear(s|d|ing)?\b)": "subscribe, handle, receive",
    r"(?i:hoarding)": "enforce_purchase_limits",
    r"\bHABITS\b": "BUYER_LIMITS",
    r"\bREACTIONS?\b|\bReactions?\b": "SUBSCRIPTIONS, Subscription",
    r"\bTAKE_UP\b|\btake_up\b": "RECLAIM, reclaim",
    r"\bCaller\b": "Principal",
    r"\bChance\b": "Rng",
    r"\bDeed\b": "Command",
    r"\bLetter(s|Box)?\b": "Request, Delivery",
    r"\bManner\b": "OutputOptions",
    r"\bMatters?\b|_matters?\b|\bmatter_|(?i:\bopen matters?\b)": "Alert, alert",
    r"\bSilence\b": "DropConnection",
    r"\bTold\b|\b_?told\(": "from_row, to_contract",
    r"\bUnsure\b": "OutcomeUnknown",
    r"\bVisit\b(?! )": "HttpRequest",  # a class; the verb is plain English
    r"\blet_go\b": "void",
    r"(?i:without a line|(while|as long as) there is a line)": "offline, online",
    r"(?i:\bnothing on top\b)": "no fees",
}
ANY = re.compile("|".join(BANNED))

#: File -> why it may hold such a word.
ALLOWED: dict[str, str] = {
    "server/sandbox/confirmation.py": "existing sandbox files store this name of a timer",
    "server/sandbox/disputes.py": "the same",
    "tests/conventions/test_vocabulary.py": "lists the words",
}
#: Other people's words, or bytes; pictures are drawn from sources that are checked.
SKIPPED_NAMES = {"LICENSE", "requirements.lock"}
SKIPPED_SUFFIXES = {".csv", ".png", ".raw", ".svg"}


def checked() -> list[Path]:
    return [
        path
        for path in files()
        if path.suffix not in SKIPPED_SUFFIXES
        and path.name not in SKIPPED_NAMES
        and path.as_posix() not in ALLOWED
    ]


def findings(content: str) -> list[str]:
    """Return `number: word` for each banned word, with the number of its line."""
    return [
        f"{number}: {found.group()}"
        for number, line in enumerate(content.splitlines(), 1)
        for found in ANY.finditer(line)
    ]


def test_no_file_uses_a_banned_word() -> None:
    found = [f"{path.as_posix()}:{each}" for path in checked() for each in findings(text(path))]
    print(Counter("/".join(each.split("/")[:2]).partition(":")[0] for each in found))
    assert not found


def test_no_file_is_named_with_a_banned_word() -> None:
    assert not [path.as_posix() for path in checked() if findings(re.sub(r"\W|_", " ", str(path)))]


def test_every_exception_is_still_needed() -> None:
    assert not [name for name in ALLOWED if not findings(text(Path(name)))]


@pytest.mark.parametrize(
    "wrong",
    ["facts", "room", "House", "Desk", "HABITS", "heard", "Without a line", "_told("],
)
def test_a_banned_word_is_found(wrong: str) -> None:
    assert findings(f"x = 1\nan = {wrong} y\n") == [f"2: {wrong}"]


@pytest.mark.parametrize("harmless", ["factor", "household", 'name="facts"', "chance", "no matter"])
def test_other_words_are_allowed(harmless: str) -> None:
    assert not findings(harmless)
