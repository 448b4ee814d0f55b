"""The principal: who makes a request, and from where."""

from __future__ import annotations

import msgspec

from contract.auth import Role


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in user, or an anonymous client when `user_id` is empty.

    `idle` is how many microseconds the session had not been used; `source` is the address the
    request came from, `client` its User-Agent. `key` is the idempotency key of a request that takes
    several steps, whose handler must itself find out what it has done under that key before.
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
        """Whether the principal may scan tickets at the gate."""
        return self.role is Role.GATE or self.is_admin

    @property
    def is_admin(self) -> bool:
        """Whether the principal is an operator."""
        return self.role is Role.ADMIN
