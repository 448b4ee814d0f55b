"""Callers: who is asking, from where."""

from __future__ import annotations

import msgspec

from contract.auth import Role


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking: a signed-in user, or nobody in particular when `user_id` is empty.

    `idle` is for how many microseconds the session had not been used; `source` is the address the
    request came from, and `client` what it calls itself. `key` is the request's idempotency key,
    where an answer takes several steps and must itself find out what it did under it before.
    """

    user_id: str = ""
    role: Role = Role.MEMBER
    session_id: str = ""
    idle: int = 0
    source: str = ""
    client: str = ""
    key: str | None = None

    @property
    def may_admit(self) -> bool:
        """Whether the principal may let people in at the gate."""
        return self.role is Role.GATE or self.is_admin

    @property
    def is_admin(self) -> bool:
        """Whether the principal operates the house."""
        return self.role is Role.ADMIN
