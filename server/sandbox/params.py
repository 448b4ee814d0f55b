"""Params: a form such as `a[b][0]=1`, read strictly, field by field."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl

from server.sandbox.refusals import Refused, invalid

Nested = dict[str, Any]

_KEY = re.compile(r"[^\[\]]+(?:\[[^\[\]]*\])*")
_PART = re.compile(r"[^\[\]]+|\[\]")
#: Deeper than anything Stripe has (`line_items[0][price_data][product_data][name]` is 5).
_DEEPEST = 8
_LARGEST = 2**53


def decode(form: str) -> Nested:
    """Read an urlencoded form into nested dicts; lists are dicts keyed by their indexes."""
    root: Nested = {}
    for key, value in parse_qsl(form, keep_blank_values=True):
        parts = _PART.findall(key)
        if not _KEY.fullmatch(key) or len(parts) > _DEEPEST:
            raise invalid(f"Invalid parameter name: {key[:80]}")
        _place(root, parts, value, key)
    return root


def _place(root: Nested, parts: list[str], value: str, key: str) -> None:
    at = root
    for part in parts[:-1]:
        below = at.setdefault(str(len(at)) if part == "[]" else part, {})
        if not isinstance(below, dict):
            raise invalid(f"Invalid parameter name: {key[:80]}", param=key[:80])
        at = below
    last = str(len(at)) if parts[-1] == "[]" else parts[-1]
    if last in at:
        raise invalid(f"Parameter given twice: {key[:80]}", param=key[:80])
    at[last] = value


class Params:
    """A form, or a group inside one. Reading a field takes it; `finish` refuses what is left."""

    def __init__(self, values: Nested, path: str = "") -> None:
        """Start to read `values`; `path` names the group in refusals."""
        self._left = dict(values)
        self._path = path
        self._groups: list[Params] = []

    def text(self, name: str, *, limit: int = 5000) -> str | None:
        """Take a text of at most `limit` characters."""
        value = self.blank(name, limit=limit)
        if value == "":
            message = f"You passed an empty string for '{self.name(name)}'."
            raise invalid(message, param=self.name(name), code="parameter_invalid_empty")
        return value

    def blank(self, name: str, *, limit: int = 5000) -> str | None:
        """Take a text that may be empty, which clears what was there before."""
        value = self._left.pop(name, None)
        if value is not None and not isinstance(value, str):
            raise invalid(f"Invalid string: {self.name(name)}", param=self.name(name))
        if value is not None and len(value) > limit:
            message = f"Invalid string; must be at most {limit} characters"
            raise invalid(message, param=self.name(name))
        return value

    def needed(self, name: str, *, limit: int = 5000) -> str:
        """Take a text that must be there."""
        value = self.text(name, limit=limit)
        if value is None:
            raise self.lacks(name)
        return value

    def choice(self, name: str, choices: Collection[str]) -> str | None:
        """Take one of `choices`."""
        value = self.text(name)
        if value is not None and value not in choices:
            message = f"Invalid {self.name(name)}: must be one of {', '.join(choices)}"
            raise invalid(message, param=self.name(name))
        return value

    def flag(self, name: str) -> bool:
        """Take a boolean that is false unless given."""
        return self.choice(name, ("true", "false")) == "true"

    def integer(self, name: str, *, low: int = 0, high: int = _LARGEST) -> int | None:
        """Take a whole number between `low` and `high`."""
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"-?[0-9]{1,16}", value):
            message = f"Invalid integer: {value[:40]}"
            raise invalid(message, param=self.name(name), code="parameter_invalid_integer")
        number = int(value)
        if not low <= number <= high:
            message = f"Invalid {self.name(name)}: must be between {low} and {high}"
            raise invalid(message, param=self.name(name), code="parameter_invalid_integer")
        return number

    def count(self, name: str, *, low: int = 0, high: int = _LARGEST) -> int:
        """Take a whole number that must be there."""
        value = self.integer(name, low=low, high=high)
        if value is None:
            raise self.lacks(name)
        return value

    def group(self, name: str) -> Params:
        """Take the fields of a nested object; an absent one has none."""
        value = self._left.pop(name, {})
        if not isinstance(value, dict):
            raise invalid(f"Invalid object: {self.name(name)}", param=self.name(name))
        below = Params(value, self.name(name))
        self._groups.append(below)
        return below

    def items(self, name: str) -> list[Params]:
        """Take a list of objects."""
        listed = self.group(name)
        return [listed.group(index) for index in sorted(listed.fields(), key=_index)]

    def texts(self, name: str) -> tuple[str, ...]:
        """Take a list of texts."""
        listed = self.group(name)
        return tuple(listed.needed(index) for index in sorted(listed.fields(), key=_index))

    def metadata(self, before: Mapping[str, str] | None = None) -> dict[str, str]:
        """Take `metadata`: at most 50 keys of 40 characters with values of 500, as at Stripe.

        What was there `before` stays, unless it is set anew; an empty value removes its key, and
        an empty `metadata` all of them.
        """
        if before is not None and self._left.get("metadata") == "":
            del self._left["metadata"]
            return {}
        group = self.group("metadata")
        read = group.needed if before is None else group.blank
        said = {key: read(key, limit=500) for key in group.fields()}
        values = {key: value for key, value in {**(before or {}), **said}.items() if value}
        if len(values) > 50 or any(len(key) > 40 for key in said):  # noqa: PLR2004  named above
            message = "Metadata can have up to 50 keys of up to 40 characters"
            raise invalid(message, param=self.name("metadata"))
        return values

    def nested(self, name: str) -> bool:
        """Tell whether a field is there as an object, such as `created[gte]`."""
        return isinstance(self._left.get(name), dict)

    def fields(self) -> list[str]:
        """Return the names of what has not been taken yet."""
        return list(self._left)

    def name(self, field: str) -> str:
        """Return the full name of a field, as refusals give it: `line_items[0][quantity]`."""
        return f"{self._path}[{field}]" if self._path else field

    def lacks(self, field: str) -> Refused:
        """Return the refusal of a form without a field it must have."""
        message = f"Missing required param: {self.name(field)}."
        return invalid(message, param=self.name(field), code="parameter_missing")

    def finish(self) -> None:
        """Refuse whatever nobody took: a misspelt parameter must not pass for an accepted one."""
        for group in self._groups:
            group.finish()
        for field in self._left:
            message = f"Received unknown parameter: {self.name(field)}"
            raise invalid(message, param=self.name(field), code="parameter_unknown")


def _index(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise invalid(f"Invalid array index: {text[:20]}")
    return int(text)
