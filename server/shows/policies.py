"""Policies: the rules that an organiser sets for the tickets of its show.

The services that the rules are about keep them: `tickets.policies` has resale and transfers, orders
the tickets per buyer.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET

from contract.policies import SetPolicy, ShowPolicy, ShowPolicyChanged
from contract.problems import FieldError, Invalid
from contract.shows import Show, ShowIsCancelled
from server.shows import service
from server.shows import statements as sql
from server.tx import Tx

NO_RULES = ShowPolicy()


def change(tx: Tx, *, show: Show, body: SetPolicy) -> Show:
    """Change the policy of an organiser's show.

    Raises ShowIsCancelled, and Invalid for a window that ends before it begins and for a time after
    the start of the show.
    """
    hold(tx, show_id=show.id)
    show = service.view(tx, show_id=show.id)
    if show.cancelled:
        raise ShowIsCancelled(f"{show.name} was cancelled.")
    given = {
        name: _at_the_show(show, value)
        for name, value in msgspec.structs.asdict(body).items()
        if value is not UNSET
    }
    policy = msgspec.structs.replace(show.policy or NO_RULES, **given)
    if errors := tuple(_faults(policy, show)):
        raise Invalid(errors=errors)
    stored = None if policy == NO_RULES else msgspec.json.encode(policy).decode()
    row = tx.first(sql.SET_POLICY, show_id=show.id, new_policy=stored)
    assert row is not None  # noqa: S101  it was read in this transaction
    after = service.from_row(row)
    tx.publish(
        ShowPolicyChanged(
            id=after.id, version=row[-1], title=after.name, policy=policy,
            organiser_id=after.organiser_id or "",
        )
    )  # fmt: skip
    return after


def hold(tx: Tx, *, show_id: str) -> None:
    """Let nobody change the policy of a show until the end of the transaction."""
    tx.advisory_lock(f"policy:{show_id}")


def _at_the_show(show: Show, value: Any) -> Any:  # noqa: ANN401  only times are changed
    """Return a time as clocks show it where the show is, so that everybody reads it so."""
    if not isinstance(value, datetime) or show.timezone is None:
        return value
    return value.astimezone(ZoneInfo(show.timezone))


def _faults(policy: ShowPolicy, show: Show) -> Iterator[FieldError]:
    start, end = policy.resale_from, policy.resale_until
    if start is not None and end is not None and end <= start:
        why = f"must be after resale_from, {start.isoformat()}"
        yield FieldError(field="resale_until", message=why)
    for field in ("resale_from", "resale_until", "refund_until"):
        at = getattr(policy, field)
        if at is not None and at > show.starts_at:
            why = f"must not be after the start of the show, {show.starts_at.isoformat()}"
            yield FieldError(field=field, message=why)
