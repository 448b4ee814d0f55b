"""Rate limits: how often the endpoints may be called that are dear to serve or worth guessing at.

A normal buyer, seller or office behind one address does not reach them. They are per server
process.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CountedPer(StrEnum):
    """Whose requests are counted together; an IPv6 address counts as its /64 network."""

    ADDRESS = "address"
    ACCOUNT = "account"


@dataclass(frozen=True)
class RateLimit:
    """`burst` requests at once, then `per_minute`. Endpoints with the same limit share it."""

    name: str
    burst: int
    per_minute: int
    counted: CountedPer


SIGN_UP = RateLimit("sign_up", 60, 6, CountedPer.ADDRESS)
SEARCH = RateLimit("search", 600, 600, CountedPer.ADDRESS)
FEED = RateLimit("feed", 120, 60, CountedPer.ADDRESS)
#: Of 40 random bits: with 100,000 open orders a guess a second finds one in four months.
SHORT_LINK = RateLimit("short_link", 60, 60, CountedPer.ADDRESS)
LOCK = RateLimit("lock", 60, 30, CountedPer.ACCOUNT)
PAY = RateLimit("pay", 60, 30, CountedPer.ACCOUNT)
