"""Endpoints: a method and path of the server, its request, its response and its own errors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from contract.base import Request
from contract.limits import RateLimit
from contract.problems import Problem

Body = TypeVar("Body", bound=Request)
Reply = TypeVar("Reply")


class Access(StrEnum):
    """Who may call an endpoint. GATE: gate staff, and the members of the show's organiser."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    GATE = "gate"
    ADMIN = "admin"


#: The largest request body in bytes, unless an endpoint sets another limit.
BODY_LIMIT = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Endpoint(Generic[Body, Reply]):
    """One method and path of the server.

    `request` is the JSON body of a write and the query string of a GET. Names in braces in `path`
    are passed to the handler as keyword arguments. `errors` lists the endpoint's own problems;
    those of `contract.problems` may come from any endpoint. With `if_match` an edit accepts the
    version that it is based on. More calls than `limit` are refused with `too_many_requests`.
    """

    method: str
    path: str
    request: type[Body]
    response: type[Reply]
    summary: str
    status: int = 200
    access: Access = Access.SIGNED_IN
    errors: tuple[type[Problem], ...] = ()
    body_limit: int = BODY_LIMIT
    if_match: bool = False
    limit: RateLimit | None = None

    @property
    def writes(self) -> bool:
        """Whether a call may change state."""
        return self.method != "GET"
