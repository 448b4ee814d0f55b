"""Amounts: prices as spreadsheets write them, such as `€ 1.234,50`, as plain decimal numbers."""

from __future__ import annotations

import re

from client.spreadsheets import cells
from client.spreadsheets.problems import BadCell
from contract.money import DIGITS

#: The currencies that a sign may mean.
SIGNS = {
    "€": {"EUR"},
    "£": {"GBP", "EGP", "FKP", "GIP", "LBP", "SHP"},
    "¥": {"JPY", "CNY"},
    "kr": {"SEK", "NOK", "DKK", "ISK"}, "zł": {"PLN"}, "kč": {"CZK"}, "ft": {"HUF"}, "r$": {"BRL"},
    "₹": {"INR"}, "₩": {"KRW"}, "₪": {"ILS"}, "₺": {"TRY"}, "₽": {"RUB"}, "฿": {"THB"},
    "us$": {"USD"}, "a$": {"AUD"}, "c$": {"CAD"}, "nz$": {"NZD"}, "hk$": {"HKD"}, "s$": {"SGD"},
    "$": {
        "USD", "AUD", "BBD", "BMD", "BND", "BSD", "BZD", "CAD", "CLP", "COP", "FJD", "GYD", "HKD",
        "JMD", "KYD", "LRD", "MXN", "NAD", "NZD", "SBD", "SGD", "SRD", "TTD", "TWD", "UYU", "XCD",
        "ARS", "BRL", "DOP", "NIO",
    },
}  # fmt: skip
MARKED = re.compile(r"(?P<before>[^\d\s.,'+-]*) ?(?P<number>[\d.,' ]*\d) ?(?P<after>[^\d\s.,'+-]*)")
#: Groups of three digits with one sign between them, and decimals after another sign.
GROUPED = re.compile(r"\d{1,3}(?:(?P<group>[ ,.'])\d{3})(?:(?P=group)\d{3})*(?:[.,](?P<part>\d+))?")
#: Groups as in India: two digits, then three, with commas.
INDIAN = re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?")


def read(text: str, currency: str) -> str:
    """Return a price as a plain decimal number. Raise BadCell if it can mean two amounts."""
    text = cells.ascii_digits(text)
    marked = MARKED.fullmatch(text)
    if marked is None:
        return text  # not a price; it is refused where it is parsed
    for mark in (marked["before"], marked["after"]):
        if mark and mark.upper() != currency and currency not in SIGNS.get(mark.lower(), ()):
            known = f"is {currency}" if currency else "is missing"
            raise BadCell(f"has “{mark[:20]}” beside the number, but the currency {known}")
    return _plain(marked["number"], DIGITS.get(currency, 2))


def _plain(number: str, digits: int) -> str:
    """Return a number with a decimal point and without groups.

    `1,234` has groups where the currency has no decimals; elsewhere it might be a decimal comma.
    """
    if INDIAN.fullmatch(number):
        return number.replace(",", "")
    grouped = GROUPED.fullmatch(number)
    if grouped is not None and number.count(grouped["group"]) == 1 and grouped["part"] is None:
        sign = grouped["group"]
        if digits and sign == ",":
            raise BadCell(
                f"is {number}, where the comma may mean thousands or decimals; leave it out"
            )
        return number if sign == "." else number.replace(sign, "")
    if grouped is not None and grouped["part"] is None:
        return re.sub(r"\D", "", number)
    if grouped is not None and number[-len(grouped["part"]) - 1] != grouped["group"]:
        whole = number[: -len(grouped["part"]) - 1]
        return f"{re.sub(r'[^0-9]', '', whole)}.{grouped['part']}"
    return number.replace(",", ".") if re.fullmatch(r"\d+,\d+", number) else number
