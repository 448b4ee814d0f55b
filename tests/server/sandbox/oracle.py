"""The oracle: checks every field of an object, however deep, against the SDK's generated types.

It builds on `sdk_oracle.py` of the shared folder, which reads the types of one object, and follows
them into nested objects.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import stripe
from stripe._object_classes import get_object_class

BESIDE = Path(__file__).parents[4] / "shared"
PATH = Path(os.environ.get("TICKETING_SHARED", BESIDE)) / "tools" / "sdk_oracle.py"
#: Types without fields of their own: metadata and lists.
OPEN = (stripe.StripeObject, stripe.ListObject)


class Oracle:
    """Returns what is wrong with a request or a response."""

    def __init__(self) -> None:
        if not PATH.exists():
            pytest.skip(f"no oracle: {PATH} is absent (set TICKETING_SHARED)")
        spec = importlib.util.spec_from_file_location("sdk_oracle", PATH)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self._tool = cast("Any", module)
        self._tool.Names = functools.partial(_with_objects, self._tool.Names)
        self._tool.hints = functools.cache(self._tool.hints)

    def request(self, shape: object, form: object) -> list[str]:
        found: list[str] = self._tool.check_request(shape, form)
        return found

    def names(self, module: object) -> dict[str, object]:
        """Return the names in a module of the SDK, including those for type checkers only."""
        found: dict[str, object] = self._tool.Names(module)
        return found

    def response(self, resource: dict[str, Any]) -> list[str]:
        kind = resource["object"]
        if kind == "list":
            return [found for item in resource["data"] for found in self.response(item)]
        shape = get_object_class("V1", kind)
        if shape is stripe.StripeObject:
            return [f"{kind} is unknown"]
        return list(self._fields(resource, shape, kind))

    def _fields(self, resource: dict[str, Any], shape: type, path: str) -> Iterator[str]:
        hints = self._tool.hints(shape)
        yield from (f"{path}.{name} is unknown" for name in resource if name not in hints)
        for name, hint in hints.items():
            if name in resource:
                yield from self._value(resource[name], hint, f"{path}.{name}")
            elif not self._tool.fits(None, hint):
                yield f"{path}.{name} is missing"

    def _value(self, value: object, hint: object, path: str) -> Iterator[str]:
        if not self._tool.fits(value, hint):
            yield f"{path} is {value!r}"
        elif isinstance(value, list):
            for item in value:
                yield from self._inside(item, hint, f"{path}[]")
        else:
            yield from self._inside(value, hint, path)

    def _inside(self, value: object, hint: object, path: str) -> list[str]:
        """Check an object against the one of its possible types that fits best."""
        if not isinstance(value, dict):
            return []
        if isinstance(value.get("object"), str):
            return self.response(value)
        shapes = [one for one in self._shapes(hint) if one not in OPEN]
        return min((list(self._fields(value, one, path)) for one in shapes), key=len, default=[])

    def _shapes(self, hint: object) -> list[type]:
        hint = self._tool.strip(hint)
        if isinstance(hint, type):
            typed = (
                issubclass(hint, stripe.StripeObject) and hint.__module__ != "stripe._stripe_object"
            )
            return [hint] if typed else []
        return [shape for part in typing.get_args(hint) for shape in self._shapes(part)]


def _with_objects(names: type, module: object, *more: object) -> dict[str, object]:
    """Add `StripeObject` for modules that import it only under an alias."""
    found: dict[str, object] = names(module, *more)
    found.setdefault("StripeObject", stripe.StripeObject)
    return found
