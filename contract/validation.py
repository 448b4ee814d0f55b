"""Validation: decode a request strictly and name every field that is wrong."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from contract.base import Request
from contract.money import DIGITS
from contract.problems import FieldError, Invalid, Malformed

R = TypeVar("R", bound=Request)

#: Categories of characters that are invisible, overwrite others, or reverse the line.
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: The zero-width joiner holds emoji and several scripts together.
JOINER = "\u200d"


def hidden(text: str) -> str | None:
    """Return the first character that must not be sent to a terminal, or None."""
    if text.isprintable():  # true of nearly every text, and false for all of HIDDEN
        return None
    return next((c for c in text if c != JOINER and unicodedata.category(c) in HIDDEN), None)


def decode(raw: bytes, request: type[R]) -> R:
    """Decode a JSON body as a `request`.

    Raises Malformed for what is not JSON, and Invalid with every bad field: unknown, missing,
    duplicate, of the wrong type, out of range, or with hidden characters.
    """
    try:
        body = msgspec.json.decode(raw or b"{}", type=request)
    except msgspec.ValidationError as error:
        raise Invalid(errors=_each_field(raw, request, str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        detail = f"The request is not valid JSON: {_plain(error)}."
        raise Malformed(detail) from None
    refuse_duplicates(raw)
    refuse_faults(body)
    return body


def convert(values: dict[str, Any], request: type[R], *, strict: bool = True) -> R:
    """Convert parsed values to a `request`, with the same refusals as `decode`.

    `strict=False` parses numbers and booleans from text, for query strings.
    """
    numbers = () if strict else tuple(_numbers_for_times(values, request))
    if numbers:
        raise Invalid(errors=numbers)
    try:
        body = msgspec.convert(values, request, strict=strict)
    except msgspec.ValidationError as error:
        raise Invalid(errors=_fields_of(values, request, str(error), strict=strict)) from None
    refuse_faults(body)
    return body


def refuse_faults(body: Request) -> None:
    """Raise Invalid when a text has hidden characters, or a value breaks a rule of its request."""
    errors = tuple(faults(body))
    if errors:
        raise Invalid(errors=errors)


def faults(body: msgspec.Struct, path: str = "") -> list[FieldError]:
    """Return what the types alone cannot check, field by field."""
    errors: list[FieldError] = []
    for name in body.__struct_fields__:
        value, field = getattr(body, name), path + name
        if isinstance(value, str):
            errors += _text_faults(value, field)
            if name == "currency" and value not in DIGITS:
                message = f"{value} is not a known currency"
                errors.append(FieldError(field=field, message=message))
        elif isinstance(value, msgspec.Struct):
            errors += faults(value, f"{field}.")
    if isinstance(body, Request) and not errors:
        errors += [
            FieldError(field=path + name, message=message) for name, message in body.broken_rules()
        ]
    return errors


def refuse_duplicates(raw: bytes) -> None:
    """Raise Malformed when an object has a key twice: parsers disagree on which one wins."""
    if raw.count(b":") <= 1 and b"[" not in raw:
        return  # at most one key, as in the request for a lock, and no rows
    try:
        _reader.decode(raw.decode() or "{}")
    except (ValueError, RecursionError) as error:  # in a part that is decoded later, row by row
        raise Malformed(f"The request is not valid JSON: {_plain(error)}.") from None


def _unique_keys(found: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(found)
    if len(values) != len(found):
        names = [name for name, _ in found]
        twice = next(name for name in names if names.count(name) > 1)
        detail = f"The key {twice!a} appears twice in one object."
        raise Malformed(detail, errors=(FieldError(field=twice, message="appears twice"),))
    return values


#: Made once: making a decoder costs more than decoding a request.
_reader = json.JSONDecoder(object_pairs_hook=_unique_keys)


def _text_faults(value: str, field: str) -> list[FieldError]:
    bad = hidden(value)
    if bad is not None:
        message = f"has a hidden character (U+{ord(bad):04X})"
        return [FieldError(field=field, message=message)]
    if value and not value.strip():
        return [FieldError(field=field, message="is blank")]
    return []


def _numbers_for_times(values: dict[str, Any], request: type[Request]) -> Iterator[FieldError]:
    """Refuse `1e3` as a time: parsed leniently, it would be seconds since 1970."""
    hints = get_type_hints(request, include_extras=True)
    for name, value in values.items():
        if datetime in _parts(hints.get(name)) and not str(value)[4:].startswith("-"):
            yield FieldError(field=name, message=f"must be {_expected(hints[name])}")


def _each_field(raw: bytes, request: type[Request], first: str) -> tuple[FieldError, ...]:
    """Return what is wrong with each field; only called when something is."""
    try:
        values = msgspec.json.decode(raw or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return (FieldError(field="body", message=_sentence(first)),)
    return _fields_of(values, request, first, strict=True)


def _fields_of(
    values: object, struct: type[msgspec.Struct], first: str, *, strict: bool, path: str = ""
) -> tuple[FieldError, ...]:
    if not isinstance(values, dict):
        return (FieldError(field=path.rstrip(".") or "body", message=_sentence(first)),)
    errors: list[FieldError] = []
    hints = get_type_hints(struct, include_extras=True)
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    for name, field in fields.items():
        if name in values:
            hint = hints[field.name]
            errors += _field_errors(values[name], hint, path + name, strict=strict)
        elif field.required:
            errors.append(FieldError(field=path + name, message="is missing"))
    for name in values:
        if name not in fields:
            errors.append(FieldError(field=f"{path}{name}"[:200], message="is not a known field"))
    return tuple(errors) or (FieldError(field=path.rstrip(".") or "body", message=first),)


def _field_errors(value: object, hint: Any, field: str, *, strict: bool) -> tuple[FieldError, ...]:
    try:
        msgspec.convert(value, hint, strict=strict)
    except msgspec.ValidationError as error:
        struct = next((part for part in _parts(hint) if _is_struct(part)), None)
        if struct is not None and isinstance(value, dict):
            return _fields_of(value, struct, str(error), strict=strict, path=f"{field}.")
        expected = _expected(hint)
        message = _sentence(str(error)) if expected is None else f"must be {expected}"
        return (FieldError(field=field, message=message),)
    return ()


def _parts(hint: Any) -> Iterator[Any]:
    """Yield a type and its parts: the members of a union, the metadata of an Annotated."""
    yield hint
    for part in get_args(hint):
        yield from _parts(part)


def _is_struct(part: Any) -> bool:
    return isinstance(part, type) and issubclass(part, msgspec.Struct)


def _expected(hint: Any) -> str | None:
    """Return what a field accepts: the description of its type, or its enum members."""
    for part in _parts(hint):
        if isinstance(part, msgspec.Meta) and part.description:
            return part.description
        if isinstance(part, type) and issubclass(part, StrEnum):
            return f"one of {', '.join(part)}"
    return None


def _sentence(error: str) -> str:
    """Reword an error of msgspec: without the path, which is in the field's name already."""
    text = error.partition(" - at `")[0].replace("`", "")
    return text[:1].lower() + text[1:]


def _plain(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    return _sentence(str(error).removeprefix("JSON is malformed: "))
