"""Checked SDK: checks every request and every response against the SDK's own types."""

from __future__ import annotations

import inspect
import sys
import typing
from typing import Any

import stripe
from stripe._stripe_service import StripeService

from tests.server.sandbox.oracle import Oracle


class CheckedService:
    """Wraps a service of the SDK, and all services below it."""

    def __init__(self, service: StripeService, oracle: Oracle, *, replies: bool) -> None:
        """Check requests with `oracle`, and with `replies` also responses."""
        self._service = service
        self._oracle = oracle
        self._replies = replies

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._service, name)
        if isinstance(found, StripeService):
            return CheckedService(found, self._oracle, replies=self._replies)
        return CheckedMethod(found, self._oracle, replies=self._replies)


class CheckedMethod:
    """Wraps one method of a service."""

    def __init__(self, method: Any, oracle: Oracle, *, replies: bool) -> None:
        self._method = method
        self._oracle = oracle
        self._replies = replies

    def __call__(self, *args: Any, **more: Any) -> Any:
        form = inspect.signature(self._method).bind(*args, **more).arguments.get("params")
        if form is not None:
            assert self._oracle.request(self._params_type(), form) == [], form
        try:
            reply = self._method(*args, **more)
        except stripe.StripeError as error:
            self._check_error(error)
            raise
        if self._replies:
            assert self._oracle.response(reply.to_dict()) == [], reply
        return reply

    def _params_type(self) -> object:
        """Return the type of the method's parameters, which exists only for type checkers."""
        names = self._oracle.names(sys.modules[self._method.__module__])
        hint = typing.get_type_hints(self._method, names, names)["params"]
        (shape,) = {*typing.get_args(hint)} - {type(None)} or {hint}
        return shape

    def _check_error(self, error: stripe.StripeError) -> None:
        """Check the objects inside an error."""
        body: Any = error.json_body
        if not self._replies or not isinstance(body, dict):
            return
        inside = [value for value in body["error"].values() if isinstance(value, dict)]
        for resource in inside:
            assert self._oracle.response(resource) == [], resource
