"""Policies in words: the rules that an organiser has set for the tickets of its show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from client.formatting import venue_time
from contract.policies import ShowPolicy

if TYPE_CHECKING:
    from contract.shows import Show


def resale(policy: ShowPolicy) -> str:
    """Return whether and when owners may sell a ticket on."""
    if not policy.resale:
        return "not allowed"
    times = (("from", policy.resale_from), ("until", policy.resale_until))
    window = [f"{word} {venue_time(at)}" for word, at in times if at is not None]
    return " ".join(window) or "allowed"


def resale_price(policy: ShowPolicy) -> str:
    """Return what owners may ask for a ticket at most."""
    if policy.resale_cap is None:
        return "no limit"
    return f"at most {policy.resale_cap}% of the face value"


def per_buyer(policy: ShowPolicy) -> str:
    """Return how many tickets one buyer may have."""
    count = policy.tickets_per_buyer
    if count is None:
        return "no limit"
    return f"at most {count} ticket{'' if count == 1 else 's'}"


def transfers(policy: ShowPolicy) -> str:
    """Return whether owners may give a ticket away."""
    return "allowed" if policy.transfers else "not allowed"


def refunds(policy: ShowPolicy) -> str:
    """Return until when buyers may return a ticket."""
    at = policy.refund_until
    return "no returns" if at is None else f"until {venue_time(at)}"


#: By its name, how to say a rule, and what is said without one.
RULES: Mapping[str, tuple[Callable[[ShowPolicy], str], str]] = {
    "Resale": (resale, "allowed"),
    "Resale price": (resale_price, "no limit"),
    "Per buyer": (per_buyer, "no limit"),
    "Transfers": (transfers, "allowed"),
}


def rule(show: Show, name: str) -> str | None:
    """Return what a rule of a show limits; None if it limits nothing."""
    if show.policy is None:
        return None
    say, usual = RULES[name]
    said = say(show.policy)
    return None if said == usual else said


def returns(show: Show) -> str | None:
    """Return until when buyers may return a ticket; None if they may not."""
    if show.policy is None or show.policy.refund_until is None:
        return None
    return refunds(show.policy)


def limits(policy: ShowPolicy) -> str:
    """Return the rules that limit something: `resale not allowed, per buyer at most 4 tickets`."""
    said = ((name.lower(), say(policy), usual) for name, (say, usual) in RULES.items())
    return ", ".join(f"{name} {words}" for name, words, usual in said if words != usual)


def summary(policy: ShowPolicy) -> str:
    """Return all the rules that are set."""
    returns = "" if policy.refund_until is None else f"returns {refunds(policy)}"
    return ", ".join(filter(None, (limits(policy), returns)))
