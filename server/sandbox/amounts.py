"""Amounts: which sums Stripe takes, in the minor units Stripe counts in.

Stripe's minor units are not always ISO 4217's: Malagasy ariary are whole there, Icelandic krona
and Ugandan shilling have two digits. A shop that forgets this charges a hundredfold.
Source: docs.stripe.com/currencies (minimum and zero-decimal tables).
"""

from __future__ import annotations

from contract.money import DIGITS, Money, decimal
from server.sandbox.refusals import Refused, invalid

ZERO_DECIMAL = frozenset(
    "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split()  # noqa: SIM905  a table
)
THREE_DECIMAL = frozenset(("bhd", "iqd", "jod", "kwd", "lyd", "omr", "tnd"))
#: The smallest charge by currency, in minor units; others follow from the settlement currency.
SMALLEST = {
    "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250,
    "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200,
    "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip
#: Eight digits.
LARGEST = 99_999_999


def refuse_bad(amount: int, currency: str, *, param: str = "amount") -> None:
    """Refuse a sum that Stripe would not charge: unknown currency, too small, too large."""
    refuse_unknown(currency)
    if amount < SMALLEST.get(currency, 1):
        least = said(SMALLEST.get(currency, 1), currency)
        raise invalid(f"Amount must be at least {least}", param=param, code="amount_too_small")
    if amount > LARGEST:
        raise too_large(f"Amount must be no more than {said(LARGEST, currency)}", param=param)
    if currency in THREE_DECIMAL and amount % 10:
        message = f"Invalid amount: {currency.upper()} has three decimals, of which the last is 0"
        raise invalid(message, param=param)


def refuse_unknown(currency: str) -> None:
    """Refuse what is no currency's code in lower case."""
    if currency.upper() not in DIGITS or currency != currency.lower():
        raise invalid(f"Invalid currency: {currency[:10]}.", param="currency")


def too_large(message: str, *, param: str) -> Refused:
    """Return the refusal of an amount above what is allowed here."""
    return invalid(message, param=param, code="amount_too_large")


def said(amount: int, currency: str) -> str:
    """Write a sum for people, counting minor units as Stripe does: `EUR 45.00`."""
    code = currency.upper()
    if currency in ZERO_DECIMAL:
        return f"{code} {amount:,}"
    # EUR stands for every currency in which Stripe counts two digits.
    same_digits = code if currency in THREE_DECIMAL else "EUR"
    return f"{code} {decimal(Money(amount=amount, currency=same_digits), grouped=True)}"
