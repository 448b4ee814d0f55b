"""Amounts: the sums that Stripe accepts, in the minor units that Stripe uses.

Stripe's minor units are not always those of ISO 4217: Malagasy ariary have none, and Icelandic
krona and Ugandan shilling have two digits. A shop that ignores this charges a hundred times too
much. Source: docs.stripe.com/currencies (minimum, maximum and zero-decimal tables, special cases).
"""

from __future__ import annotations

from contract.money import DIGITS, Money, decimal
from server.sandbox.errors import ApiError, invalid_request

ZERO_DECIMAL = frozenset(
    "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split()  # noqa: SIM905  a table
)
THREE_DECIMAL = frozenset(("bhd", "iqd", "jod", "kwd", "lyd", "omr", "tnd"))
#: The minimum charge by currency, in minor units; others follow from the settlement currency.
MINIMUM = {
    "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250,
    "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200,
    "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip
#: Eight digits, and twelve for rupiah.
MAXIMUM = 99_999_999
MAXIMUM_RUPIAH = 999_999_999_999
#: Counted with two digits for the sake of old programs, which must be 0.
WHOLE_UNITS = frozenset(("isk", "ugx"))
#: Currencies of ISO 4217 that cards cannot be charged in.
NOT_CHARGED = frozenset(
    "btn cup ern ghs iqd irr kpw lyd mru sdg ssp stn svc syp tmt ves".split()  # noqa: SIM905
)


def check_amount(amount: int, currency: str, *, param: str = "amount") -> None:
    """Refuse an amount that Stripe would not charge: unknown currency, too small or too large."""
    check_currency(currency)
    if amount < MINIMUM.get(currency, 1):
        least = format_amount(MINIMUM.get(currency, 1), currency)
        raise invalid_request(
            f"Amount must be at least {least}", param=param, code="amount_too_small"
        )
    most = MAXIMUM_RUPIAH if currency == "idr" else MAXIMUM
    if amount > most:
        message = f"Amount must be no more than {format_amount(most, currency)}"
        raise amount_too_large(message, param=param)
    if currency in THREE_DECIMAL and amount % 10:
        message = f"Invalid amount: {currency.upper()} has three decimals, and the last must be 0"
        raise invalid_request(message, param=param)
    if currency in WHOLE_UNITS and amount % 100:
        message = f"Invalid amount: {currency.upper()} has no fractions; use a multiple of 100"
        raise invalid_request(message, param=param)


def check_currency(currency: str) -> None:
    """Refuse anything but the code, in lower case, of a currency that cards can be charged in."""
    known = currency.upper() in DIGITS and currency not in NOT_CHARGED
    if not known or currency != currency.lower():
        raise invalid_request(f"Invalid currency: {currency[:10]}.", param="currency")


def amount_too_large(message: str, *, param: str) -> ApiError:
    """Return the error for an amount above the limit."""
    return invalid_request(message, param=param, code="amount_too_large")


def format_amount(amount: int, currency: str) -> str:
    """Format an amount for people, with Stripe's minor units: `EUR 45.00`."""
    code = currency.upper()
    if currency in ZERO_DECIMAL:
        return f"{code} {amount:,}"
    # EUR stands for every currency that has two digits at Stripe.
    same_digits = code if currency in THREE_DECIMAL else "EUR"
    return f"{code} {decimal(Money(amount=amount, currency=same_digits), grouped=True)}"
