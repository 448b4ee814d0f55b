"""Requests: read headers, path, query and body strictly; a refusal names every bad one."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from aiohttp import web

from contract.endpoint import Access, Endpoint
from contract.problems import (
    BodyTooLarge,
    FieldError,
    Invalid,
    NotFound,
    NotSignedIn,
    UnsupportedMediaType,
)
from contract.validation import convert

#: Seconds within which a body must arrive: a slow client must not hold a connection for ever.
BODY_SECONDS = 15
JSON = "application/json"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_VERSION = re.compile(r'"([1-9][0-9]{0,8})(?:-[0-9a-f]+)?"')


def bearer_token(request: web.Request, endpoint: Endpoint[Any, Any]) -> str | None:
    """Return the bearer token, or None for an anonymous request to a public endpoint.

    Raises NotSignedIn.
    """
    header = request.headers.get("Authorization")
    if header is None:
        if endpoint.access is not Access.PUBLIC:
            raise NotSignedIn
        return None
    scheme, _, bearer = header.partition(" ")
    if scheme.lower() != "bearer" or not bearer:
        raise NotSignedIn("The Authorization header must be: Bearer TOKEN.")
    return bearer.strip()


def user_agent(request: web.Request) -> str:
    """Return the client program from the User-Agent header."""
    return valid_text(request.headers.get("User-Agent", ""))


def valid_text(header: str) -> str:
    """Replace bytes that are not UTF-8: no database accepts them."""
    return header.encode("utf-8", "replace").decode()


def idempotency_key(request: web.Request) -> str | None:
    """Return the idempotency key, if there is one. Raises Invalid."""
    given = request.headers.get("Idempotency-Key")
    if given is not None and not _KEY.fullmatch(given):
        message = "must be 1 to 255 printable ASCII characters without spaces"
        raise Invalid(errors=(FieldError(field="Idempotency-Key", message=message),))
    return given


def path_names(request: web.Request) -> dict[str, str]:
    """Return the parameters in the path. Raises NotFound for a NUL: PostgreSQL cannot store it."""
    found = dict(request.match_info)
    if any("\0" in name for name in found.values()):
        raise NotFound
    return found


def path_parameters(request: web.Request, endpoint: Endpoint[Any, Any]) -> dict[str, Any]:
    """Return the handler's keyword arguments: path parameters and If-Match. Raises Invalid."""
    found: dict[str, Any] = path_names(request)
    if endpoint.if_match:
        header = request.headers.get("If-Match")
        match = _VERSION.fullmatch(header) if header is not None else None
        if header is not None and match is None:
            message = 'must be the version in quotes, e.g. "3"'
            raise Invalid(errors=(FieldError(field="If-Match", message=message),))
        found["if_match"] = int(match[1]) if match is not None else None
    return found


def query_parameters(request: web.Request, endpoint: Endpoint[Any, Any]) -> Any:
    """Decode the query string as the endpoint's request. Raises Invalid."""
    values: dict[str, str] = {}
    for name, value in request.query.items():
        if name in values:
            raise Invalid(errors=(FieldError(field=name, message="appears twice"),))
        values[name] = value
    return convert(values, endpoint.request, strict=False)


async def body(request: web.Request, limit: int, *, json: bool = True) -> bytes:
    """Return the body. Raises UnsupportedMediaType, BodyTooLarge."""
    if not request.body_exists:
        return b""
    if json and request.content_type != JSON:
        raise UnsupportedMediaType
    if request.content_length is not None and request.content_length > limit:
        raise BodyTooLarge(f"The request body may be at most {limit} bytes.")
    raw = await (request.read() if request.content.is_eof() else _read_slowly(request))
    if len(raw) > limit:
        raise BodyTooLarge(f"The request body may be at most {limit} bytes.")
    return raw


async def _read_slowly(request: web.Request) -> bytes:
    """Read the rest of a body within `BODY_SECONDS`. Raises BodyTooLarge."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except TimeoutError:
        raise BodyTooLarge("The request body did not arrive in time.") from None
