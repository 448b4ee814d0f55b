"""What a type of the contract looks like on the wire, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import inspect
from msgspec.inspect import Field, Type

from docs.generators.markdown import tick

#: Ids and other patterns, as words.
_IDS = re.compile(r"^\^\[a-z\]\{3\}_")
_PATTERNS = {
    r"^[A-Z]{3}$": "three capital letters",
    r"^[A-Z]{2}$": "two capital letters",
    r"^[^@\s]+@[^@\s]+\.[^@\s.]+$": "an email address",
}
NAMES = {
    "StrType": "text",
    "BoolType": "true or false",
    "RawType": "any JSON",
    "FloatType": "number",
}


def fields(kind: object) -> tuple[Field, ...]:
    """Return the fields of a struct."""
    found = inspect.type_info(kind)
    return found.fields if isinstance(found, inspect.StructType) else ()


def rows(kind: object) -> Iterator[tuple[str, str, str]]:
    """Yield name and type of each field, and whether a request must have it."""
    for field in fields(kind):
        yield tick(field.encode_name), words(field.type), _need(field)


def compact(kind: object) -> str:
    """Return the field names of a struct, with those of inner structs in braces."""
    found = inspect.type_info(kind)
    inner = _struct(found)
    if inner is None:
        return words(found)
    return ", ".join(f.encode_name + _braces(f.type) for f in inner.fields)


def words(kind: Type) -> str:
    """Return a description of the values of a type."""
    match kind:
        case inspect.UnionType(types=types):
            named = [words(t) for t in types if not isinstance(t, inspect.NoneType)]
            null = ["null"] if len(named) < len(types) else []
            return " or ".join(named + null)
        case inspect.StructType(cls=cls):
            return tick(cls.__name__)
        case inspect.EnumType(cls=cls):
            return ", ".join(tick(member.value) for member in cls)
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return f"list of {words(item)}"
        case inspect.DictType(value_type=value):
            return f"map to {words(value)}"
    return _plain(kind)


def _plain(kind: Type) -> str:
    match kind:
        case inspect.Metadata(type=inner):
            return words(inner)
        case inspect.StrType():
            return _text(kind)
        case inspect.IntType():
            return "whole number" + _bounds(kind.ge, kind.le)
        case inspect.DateTimeType(tz=tz):
            return "time (RFC 3339" + (", with an offset)" if tz else ")")
    return NAMES.get(type(kind).__name__, type(kind).__name__.removesuffix("Type").lower())


def structs(kinds: Iterable[object]) -> dict[str, type]:
    """Return every struct inside these types, by name."""
    found: dict[str, type] = {}
    seen: set[str] = set()
    waiting = [inspect.type_info(kind) for kind in kinds]
    while waiting:
        kind = waiting.pop(0)
        match kind:
            case inspect.UnionType(types=types):
                waiting += types
            case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
                waiting.append(item)
            case inspect.StructType(cls=cls, fields=inner) if str(cls) not in seen:
                seen.add(str(cls))
                waiting += [field.type for field in inner]
                if isinstance(cls, type):  # not a page of something
                    found[cls.__name__] = cls
    return found


def _text(kind: inspect.StrType) -> str:
    if kind.pattern is not None and _IDS.match(kind.pattern):
        return "id"
    if kind.pattern is not None:
        return f"text: {_PATTERNS.get(kind.pattern, tick(kind.pattern))}"
    bounds = _bounds(kind.min_length, kind.max_length)
    return f"text{bounds and bounds + ' characters'}"


def _bounds(least: int | None, most: int | None) -> str:
    if least is not None and most is not None:
        return f", {least:,} to {most:,}"
    return f", at least {least:,}" if least is not None else f", at most {most:,}" if most else ""


def _need(field: Field) -> str:
    if field.required:
        return "yes"
    if field.default is msgspec.NODEFAULT or field.default in (None, ""):
        return "no"
    value = field.default
    shown = str(value).lower() if isinstance(value, bool) else getattr(value, "value", value)
    return f"no ({shown})"


def _struct(kind: Type) -> inspect.StructType | None:
    """Return the struct that a type is, is a list of, or may be besides null."""
    match kind:
        case inspect.StructType():
            return kind
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return _struct(item)
        case inspect.UnionType(types=types):
            known = [_struct(t) for t in types]
            return known[0] if len(types) < 3 else None  # noqa: PLR2004  itself and null
    return None


def _braces(kind: Type) -> str:
    inner = _struct(kind)
    if inner is None:
        return ""
    return "{" + ", ".join(f.encode_name + _braces(f.type) for f in inner.fields) + "}"
