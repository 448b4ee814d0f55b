"""Money: whole minor units of one currency, never a float."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

from contract.base import Model

#: Large enough for any seat in any currency, small enough for every integer type on the way.
LARGEST_AMOUNT = 10**12

# ISO 4217 list one: active currencies by the number of digits of their minor unit. Those with
# another exponent are listed apart; all the rest have two.
_DIGITS_0 = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_DIGITS_3 = "BHD IQD JOD KWD LYD OMR TND"
_DIGITS_2 = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD "
    "HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA "
    "MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN "
    "QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY "
    "TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW"
)
DIGITS: dict[str, int] = {
    code: digits
    for digits, codes in ((0, _DIGITS_0), (2, _DIGITS_2), (3, _DIGITS_3))
    for code in codes.split()
}

Currency = Annotated[
    str, Meta(pattern=r"^[A-Z]{3}$", description="a currency code of three capitals, such as EUR")
]
Amount = Annotated[int, Meta(ge=0, le=LARGEST_AMOUNT)]

_DECIMAL = re.compile(r"([0-9]{1,13})(?:\.([0-9]+))?")


class Money(Model, frozen=True, kw_only=True):
    """An amount in minor units (cents, or whole yen) of an ISO 4217 currency."""

    amount: Amount
    currency: Currency

    def __str__(self) -> str:
        """Format it for people: `EUR 45.00`, `JPY 4,500`."""
        return f"{self.currency} {decimal(self, grouped=True)}"


class NotMoney(ValueError):
    """The text is not a price in this currency; the message says why and is safe to show."""


def parse(text: str, currency: str) -> Money:
    """Parse a decimal price such as `45.00` exactly. Raises NotMoney instead of rounding.

    `currency` determines the number of decimals (ISO 4217): JPY none, EUR two, KWD three.
    """
    digits = DIGITS.get(currency)
    if digits is None:
        msg = f"{currency!a} is not a known currency; use a code such as EUR, USD or JPY"
        raise NotMoney(msg)
    match = _DECIMAL.fullmatch(text.strip())
    if match is None:
        msg = "must be a plain decimal number, e.g. 45.00"
        raise NotMoney(msg)
    whole, part = match[1], match[2] or ""
    if len(part) > digits:
        allowed = f"at most {digits} decimals" if digits else "no decimals"
        msg = f"has too many decimals: {currency} has {allowed}"
        raise NotMoney(msg)
    amount = int(whole + part.ljust(digits, "0"))
    if amount > LARGEST_AMOUNT:
        msg = "is larger than the largest price"
        raise NotMoney(msg)
    return Money(amount=amount, currency=currency)


def decimal(money: Money, *, grouped: bool = False) -> str:
    """Format the amount in major units with the number of decimals of its currency."""
    digits = DIGITS.get(money.currency, 2)
    whole, part = divmod(money.amount, 10**digits)
    head = f"{whole:,}" if grouped else str(whole)
    return f"{head}.{part:0{digits}d}" if digits else head
