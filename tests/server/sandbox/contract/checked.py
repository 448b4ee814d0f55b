"""Checked: the SDK, with every request and every reply held against the SDK's own types."""

from __future__ import annotations

import inspect
import sys
import typing
from typing import Any

import stripe
from stripe._stripe_service import StripeService

from tests.server.sandbox.oracle import Oracle


class Checked:
    """Stands in for a service of the SDK, and for all below it."""

    def __init__(self, service: StripeService, oracle: Oracle, *, replies: bool) -> None:
        """Hold what is sent against `oracle`, and with `replies` what comes back too."""
        self._service = service
        self._oracle = oracle
        self._replies = replies

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._service, name)
        if isinstance(found, StripeService):
            return Checked(found, self._oracle, replies=self._replies)
        return Call(found, self._oracle, replies=self._replies)


class Call:
    """Stands in for one method of a service."""

    def __init__(self, method: Any, oracle: Oracle, *, replies: bool) -> None:
        self._method = method
        self._oracle = oracle
        self._replies = replies

    def __call__(self, *args: Any, **more: Any) -> Any:
        form = inspect.signature(self._method).bind(*args, **more).arguments.get("params")
        if form is not None:
            assert self._oracle.request(self._shape(), form) == [], form
        try:
            reply = self._method(*args, **more)
        except stripe.StripeError as refused:
            self._look_into(refused)
            raise
        if self._replies:
            assert self._oracle.response(reply.to_dict()) == [], reply
        return reply

    def _shape(self) -> object:
        """Return the type of the method's parameters, which it names only for type checkers."""
        names = self._oracle.names(sys.modules[self._method.__module__])
        hint = typing.get_type_hints(self._method, names, names)["params"]
        (shape,) = {*typing.get_args(hint)} - {type(None)} or {hint}
        return shape

    def _look_into(self, refused: stripe.StripeError) -> None:
        """Hold the objects inside a refusal against their types."""
        body: Any = refused.json_body
        if not self._replies or not isinstance(body, dict):
            return
        inside = [value for value in body["error"].values() if isinstance(value, dict)]
        for thing in inside:
            assert self._oracle.response(thing) == [], thing
