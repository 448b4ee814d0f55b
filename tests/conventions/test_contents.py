"""No file names the machine it was written on, or holds a card number that could be real."""

from __future__ import annotations

import re
from itertools import cycle
from pathlib import Path

import pytest

from tests.conventions.tree import files, text

#: Written so that this file does not match itself.
REGISTRY = re.compile(
    r"pypi[.]org|python[h]osted[.]org|https?:[/]{2}\S+/(?:simple|packages)/|(?:extra-)?index[-_]url",
    re.IGNORECASE,
)
MACHINE = re.compile(r"(?<![\w.*])[/](?:work|root)/")
DIGITS = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w.-])")

#: Where the sandbox's test cards may be named: its own code, its tests and its documentation.
CARDS_ALLOWED = (
    "server/sandbox/",
    "ticketing_cli/sandbox.py",  # examples of the command that pays with a test card
    "ticketing_cli/demo/",  # pays for a ticket
    "tests/",
    "docs/",
    "README.md",
)

CARD = "4242 4242 4242 4242"


def matches(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path.as_posix()}:{number}: {found.group()}"
        for path in paths
        for number, line in enumerate(text(path).splitlines(), 1)
        for found in pattern.finditer(line)
    ]


def is_luhn_valid(number: str) -> bool:
    """Return whether the check digit of a card number is right (ISO/IEC 7812-1, annex B)."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = (digit * times for digit, times in zip(digits, cycle((1, 2)), strict=False))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def card_numbers(line: str) -> list[str]:
    numbers = (re.sub(r"[ -]", "", found.group()) for found in DIGITS.finditer(line))
    return [number for number in numbers if len(set(number)) > 1 and is_luhn_valid(number)]


def test_no_file_names_a_package_registry() -> None:
    assert not matches(REGISTRY, list(files()))


def test_no_file_names_a_path_of_the_machine_it_was_made_on() -> None:
    assert not matches(MACHINE, list(files()))


def test_no_file_holds_a_card_number() -> None:
    paths = [path for path in files() if not path.as_posix().startswith(CARDS_ALLOWED)]
    assert not [
        f"{path.as_posix()}:{number}"
        for path in paths
        for number, line in enumerate(text(path).splitlines(), 1)
        if card_numbers(line)
    ]


@pytest.mark.parametrize("written", [CARD, CARD.replace(" ", "-"), f'"{CARD.replace(" ", "")}"'])
def test_a_card_number_is_found_however_it_is_written(written: str) -> None:
    assert card_numbers(f"number = {written};") == [CARD.replace(" ", "")]


@pytest.mark.parametrize(
    "harmless",
    ["4242424242424241", "0" * 16, "1767225600000000", f"a{CARD.replace(' ', '')}f", "12345"],
)
def test_other_numbers_are_no_card(harmless: str) -> None:
    assert card_numbers(harmless) == []


@pytest.mark.parametrize("path", [f"/{top}/x" for top in ("work", "root")])
def test_a_path_of_a_machine_is_found(path: str) -> None:
    assert MACHINE.search(f"open('{path}')")


@pytest.mark.parametrize("address", ["https://" + "mirror.test/simple/rich/", "index" + "-url"])
def test_a_registry_is_found(address: str) -> None:
    assert REGISTRY.search(address)
