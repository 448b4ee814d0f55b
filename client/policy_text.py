"""Policies in words: the rules that an organiser has set for the tickets of its show."""

from __future__ import annotations

from client.formatting import venue_time
from contract.policies import ShowPolicy


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


def rules(policy: ShowPolicy | None) -> tuple[tuple[str, str], ...]:
    """Return the rules that limit what owners and buyers may do, each with its name."""
    if policy is None:
        return ()
    every = (
        ("Resale", resale(policy), "allowed"),
        ("Resale price", resale_price(policy), "no limit"),
        ("Per buyer", per_buyer(policy), "no limit"),
        ("Transfers", transfers(policy), "allowed"),
        ("Returns", refunds(policy), "no returns"),
    )
    return tuple((name, said) for name, said, usual in every if said != usual)
