"""Currencies: what a country pays with, for a price that was typed without one."""

from __future__ import annotations

EURO = (
    "AT", "BE", "BG", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PT", "SI", "SK",
)  # fmt: skip
_OTHERS = {
    "AU": "AUD", "BR": "BRL", "CA": "CAD", "CH": "CHF", "CZ": "CZK", "DK": "DKK", "GB": "GBP",
    "HU": "HUF", "IN": "INR", "JP": "JPY", "KR": "KRW", "LI": "CHF", "MX": "MXN", "NO": "NOK",
    "NZ": "NZD", "PL": "PLN", "RO": "RON", "SE": "SEK", "US": "USD", "ZA": "ZAR",
}  # fmt: skip


def of_country(country: str) -> str | None:
    """Return the currency of a country, or None where the seller must name it."""
    return "EUR" if country in EURO else _OTHERS.get(country)
