"""Params: forms such as `a[b][0]=1`, read strictly field by field, and Stripe's paging."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from server.sandbox.context import Context
from server.sandbox.errors import ApiError, invalid_request
from server.sandbox.models import Data, Resource
from server.sandbox.store import Value

T = TypeVar("T", bound=Resource)
NestedForm = dict[str, Any]

_KEY = re.compile(r"[^\[\]]+(?:\[[^\[\]]*\])*")
_PART = re.compile(r"[^\[\]]+|\[\]")
#: Deeper than anything at Stripe (`line_items[0][price_data][product_data][name]` is 5).
_MAX_DEPTH = 8
_MAX_INTEGER = 2**53
_COMPARISONS = {"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}


def decode(form: str) -> NestedForm:
    """Decode an urlencoded form into nested dicts; lists are dicts keyed by their indexes."""
    root: NestedForm = {}
    for key, value in parse_qsl(form, keep_blank_values=True):
        parts = _PART.findall(key)
        if not _KEY.fullmatch(key) or len(parts) > _MAX_DEPTH:
            raise invalid_request(f"Invalid parameter name: {key[:80]}")
        _insert(root, parts, value, key)
    return root


def _insert(root: NestedForm, parts: list[str], value: str, key: str) -> None:
    group = root
    for part in parts[:-1]:
        below = group.setdefault(str(len(group)) if part == "[]" else part, {})
        if not isinstance(below, dict):
            raise invalid_request(f"Invalid parameter name: {key[:80]}", param=key[:80])
        group = below
    last = str(len(group)) if parts[-1] == "[]" else parts[-1]
    if last in group:
        raise invalid_request(f"Parameter given twice: {key[:80]}", param=key[:80])
    group[last] = value


class Params:
    """A form, or a group inside one.

    Reading a field consumes it; `reject_unknown` refuses the fields that nobody has read.
    """

    def __init__(self, values: NestedForm, path: str = "") -> None:
        """Read `values`; `path` is the group's name in error messages."""
        self._unread = dict(values)
        self._path = path
        self._groups: list[Params] = []

    def text(self, name: str, *, limit: int = 5000) -> str | None:
        """Read a text of at most `limit` characters."""
        value = self.clearable_text(name, limit=limit)
        if value == "":
            message = f"You passed an empty string for '{self.full_name(name)}'."
            raise invalid_request(
                message, param=self.full_name(name), code="parameter_invalid_empty"
            )
        return value

    def clearable_text(self, name: str, *, limit: int = 5000) -> str | None:
        """Read a text that may be empty, which clears the stored value."""
        value = self._unread.pop(name, None)
        if value is not None and not isinstance(value, str):
            message = f"Invalid string: {self.full_name(name)}"
            raise invalid_request(message, param=self.full_name(name))
        if value is not None and len(value) > limit:
            message = f"Invalid string; must be at most {limit} characters"
            raise invalid_request(message, param=self.full_name(name))
        return value

    def required_text(self, name: str, *, limit: int = 5000) -> str:
        """Read a text that must be present."""
        value = self.text(name, limit=limit)
        if value is None:
            raise self.missing(name)
        return value

    def choice(self, name: str, choices: Collection[str]) -> str | None:
        """Read one of `choices`."""
        value = self.text(name)
        if value is not None and value not in choices:
            message = f"Invalid {self.full_name(name)}: must be one of {', '.join(choices)}"
            raise invalid_request(message, param=self.full_name(name))
        return value

    def flag(self, name: str) -> bool:
        """Read a boolean; False when absent."""
        return self.choice(name, ("true", "false")) == "true"

    def integer(self, name: str, *, low: int = 0, high: int = _MAX_INTEGER) -> int | None:
        """Read a whole number between `low` and `high`."""
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"-?[0-9]{1,16}", value):
            raise self._invalid_integer(name, f"Invalid integer: {value[:40]}")
        number = int(value)
        if not low <= number <= high:
            message = f"Invalid {self.full_name(name)}: must be between {low} and {high}"
            raise self._invalid_integer(name, message)
        return number

    def required_integer(self, name: str, *, low: int = 0, high: int = _MAX_INTEGER) -> int:
        """Read a whole number that must be present."""
        value = self.integer(name, low=low, high=high)
        if value is None:
            raise self.missing(name)
        return value

    def group(self, name: str) -> Params:
        """Read a nested object; an absent one has no fields."""
        value = self._unread.pop(name, {})
        if not isinstance(value, dict):
            message = f"Invalid object: {self.full_name(name)}"
            raise invalid_request(message, param=self.full_name(name))
        below = Params(value, self.full_name(name))
        self._groups.append(below)
        return below

    def groups(self, name: str) -> list[Params]:
        """Read a list of objects."""
        items = self.group(name)
        return [items.group(index) for index in sorted(items.unread(), key=_index)]

    def texts(self, name: str) -> tuple[str, ...]:
        """Read a list of texts."""
        items = self.group(name)
        return tuple(items.required_text(index) for index in sorted(items.unread(), key=_index))

    def metadata(self, before: Mapping[str, str] | None = None) -> dict[str, str]:
        """Read `metadata`: at most 50 keys of 40 characters with values of 500, as at Stripe.

        Keys from `before` that the form does not name stay. An empty value removes its key, and an
        empty `metadata` removes all keys.
        """
        if before is not None and self._unread.get("metadata") == "":
            del self._unread["metadata"]
            return {}
        group = self.group("metadata")
        read = group.required_text if before is None else group.clearable_text
        given = {key: read(key, limit=500) for key in group.unread()}
        values = {key: value for key, value in {**(before or {}), **given}.items() if value}
        if len(values) > 50 or any(len(key) > 40 for key in given):  # noqa: PLR2004  named above
            message = "Metadata can have up to 50 keys of up to 40 characters"
            raise invalid_request(message, param=self.full_name("metadata"))
        return values

    def is_group(self, name: str) -> bool:
        """Tell whether a field is an object, such as `created[gte]`."""
        return isinstance(self._unread.get(name), dict)

    def unread(self) -> list[str]:
        """Return the names of the fields that have not been read yet."""
        return list(self._unread)

    def full_name(self, field: str) -> str:
        """Return a field's name as error messages show it: `line_items[0][quantity]`."""
        return f"{self._path}[{field}]" if self._path else field

    def missing(self, field: str) -> ApiError:
        """Return the error for a required field that is absent."""
        name = self.full_name(field)
        message = f"Missing required param: {name}."
        return invalid_request(message, param=name, code="parameter_missing")

    def reject_unknown(self) -> None:
        """Refuse fields that nobody has read: a misspelt parameter must not seem accepted."""
        for group in self._groups:
            group.reject_unknown()
        for field in self._unread:
            name = self.full_name(field)
            message = f"Received unknown parameter: {name}"
            raise invalid_request(message, param=name, code="parameter_unknown")

    def _invalid_integer(self, field: str, message: str) -> ApiError:
        name = self.full_name(field)
        return invalid_request(message, param=name, code="parameter_invalid_integer")


def list_page(
    ctx: Context, model: type[T], params: Params, *, url: str, where: Mapping[str, Value]
) -> Data:
    """Return one page of the objects that meet `where`, newest first, as Stripe pages.

    The form may have `limit` (1 to 100, default 10), `starting_after` or `ending_before`, and
    `created` or `created[…]`.
    """
    limit = params.integer("limit", low=1, high=100) or 10
    after, before = params.text("starting_after"), params.text("ending_before")
    conditions = {**where, **_created(params)}
    if after is not None:
        conditions["seq < ?"] = ctx.store.sequence_of(model, after)
    if before is not None:
        conditions["seq > ?"] = ctx.store.sequence_of(model, before)
    # One object more than the limit shows whether there are more.
    backwards = before is not None
    found = ctx.store.select(model, conditions, oldest_first=backwards, limit=limit + 1)
    page = found[:limit]
    if backwards:
        page.reverse()
    return {
        "object": "list",
        "data": [msgspec.to_builtins(resource) for resource in page],
        "has_more": len(found) > limit,
        "url": url,
    }


def filters(params: Params, *names: str) -> dict[str, Value]:
    """Return conditions for `list_page`: each field of the form equals that of the object."""
    given = {name: params.text(name) for name in names}
    return {f"json_extract(body, '$.{name}') = ?": given[name] for name in names if given[name]}


def _created(params: Params) -> dict[str, Value]:
    if not params.is_group("created"):
        exact = params.integer("created")
        return {} if exact is None else {"created = ?": exact}
    created = params.group("created")
    bounds = {sign: created.integer(name) for name, sign in _COMPARISONS.items()}
    return {f"created {sign} ?": bound for sign, bound in bounds.items() if bound is not None}


def _index(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise invalid_request(f"Invalid array index: {text[:20]}")
    return int(text)
