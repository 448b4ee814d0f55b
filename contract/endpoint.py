"""Endpoints: one address of the server, what it takes, what it gives, what it may refuse."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from contract.problems import Problem
from contract.wire import Request

Body = TypeVar("Body", bound=Request)
Reply = TypeVar("Reply")


class Access(StrEnum):
    """Who may call an endpoint."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    GATE = "gate"
    ADMIN = "admin"


#: The largest request body in bytes, unless an endpoint says otherwise.
BODY_LIMIT = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Endpoint(Generic[Body, Reply]):
    """One address of the server.

    `takes` is the JSON body of a write and the query string of a GET. Names in braces in `path`
    reach the handler as keyword arguments. `raises` lists what only this endpoint may refuse;
    the problems of `contract.problems` may come from any. `if_match` says that an edit accepts
    the version it is based on.
    """

    method: str
    path: str
    takes: type[Body]
    gives: type[Reply]
    does: str
    status: int = 200
    access: Access = Access.SIGNED_IN
    raises: tuple[type[Problem], ...] = ()
    body_limit: int = BODY_LIMIT
    if_match: bool = False

    @property
    def writes(self) -> bool:
        """Whether calling it may change state."""
        return self.method != "GET"
