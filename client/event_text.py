"""Facts: in a few words, what a fact is about and what it changed."""

from __future__ import annotations

from client.formatting import for_pipe
from contract.base import Event
from contract.money import Money

#: Said already by the columns beside it, or only of use to programs.
UNSAID = frozenset(
    {
        "id", "version", "order_id", "ticket_id", "show_id", "buyer_id", "seller_id",
        "section", "row", "seat",
    }
)  # fmt: skip
#: What people look for first.
FIRST = ("status", "reason")


def change(event: Event) -> str:
    """Say what a fact changed: `status locked, price EUR 45.00, order ord_7k`."""
    names = sorted(event.__struct_fields__, key=lambda name: name not in FIRST)
    said = [
        f"{name.replace('_', ' ')} {_value(value)}"
        for name in names
        if name not in UNSAID and (value := getattr(event, name)) not in (None, "")
    ]
    if event.order and event.order != event.id:
        said.append(f"order {event.order}")
    return ", ".join(said)


def subject(event: Event) -> str:
    """Say which entity a fact is about, at which version."""
    return f"{event.id} v{event.version}" if event.version else event.id


def _value(value: object) -> str:
    return str(value) if isinstance(value, Money) else for_pipe(value)
