"""Event text: describe in a few words what an event is about and what it changed."""

from __future__ import annotations

from client import policy_text
from client.formatting import for_pipe
from contract.base import Event
from contract.money import Money
from contract.policies import ShowPolicy

#: Shown by other columns already, or only of use to programs.
OMITTED = frozenset(
    {
        "id", "version", "order_id", "ticket_id", "show_id", "buyer_id", "seller_id", "owner_id",
        "user_id", "section", "row", "seat", "origin", "locked_until",
    }
)  # fmt: skip
#: The fields that people look for first.
FIRST = ("status", "reason")


def describe_change(event: Event) -> str:
    """Describe what an event changed: `status locked, price EUR 45.00, order ord_7k`."""
    names = sorted(event.__struct_fields__, key=lambda name: name not in FIRST)
    parts = [
        f"{name.replace('_', ' ')} {_value(value)}"
        for name in names
        if name not in OMITTED and (value := getattr(event, name)) not in (None, "")
    ]
    if event.order and event.order != event.id:
        parts.append(f"order {event.order}")
    return ", ".join(parts)


def subject(event: Event) -> str:
    """Return the entity an event is about, with its version: `tkt_9f v3`."""
    return f"{event.id} v{event.version}" if event.version else event.id


def _value(value: object) -> str:
    if isinstance(value, ShowPolicy):
        return policy_text.summary(value) or "none"
    return str(value) if isinstance(value, Money) else for_pipe(value)
