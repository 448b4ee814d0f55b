"""The OpenAPI 3.1 document, generated from the endpoints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from contract.base import Empty
from contract.endpoint import Access, Endpoint
from contract.problems import (
    BodyTooLarge,
    Busy,
    Forbidden,
    Invalid,
    KeyReused,
    Malformed,
    NotFound,
    NotSignedIn,
    Problem,
    ProblemDocument,
    StaleVersion,
    StorageFull,
    TooManyRequests,
    UnsupportedMediaType,
)

_REF = "#/components/schemas/{name}"


def document(endpoints: Iterable[Endpoint[Any, Any]]) -> dict[str, Any]:
    """Describe every endpoint: its request, its response and its errors."""
    known = list(endpoints)
    types = {t for e in known for t in (e.request, e.response)} | {ProblemDocument}
    shapes, components = msgspec.json.schema_components(sorted(types, key=str), ref_template=_REF)
    schemas = dict(zip(sorted(types, key=str), shapes, strict=True))
    paths: dict[str, Any] = {}
    for endpoint in known:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(
            endpoint, schemas, components
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ticketing",
            "version": "1",
            "description": "Amounts are in whole minor units; times are RFC 3339.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(
    endpoint: Endpoint[Any, Any], schemas: dict[Any, Any], components: dict[str, Any]
) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", endpoint.path)
    ]
    operation: dict[str, Any] = {"summary": endpoint.summary}
    if endpoint.writes:
        description = "Requests with the same key are done once."
        parameters.append(_header("Idempotency-Key", description, pattern="^[!-~]{1,255}$"))
        if endpoint.if_match:
            description = "The version that the edit is based on, in quotes, or its ETag."
            pattern = '^"[1-9][0-9]{0,8}(-[0-9a-f]+)?"$'
            parameters.append(_header("If-Match", description, pattern=pattern))
        if endpoint.request is not Empty:
            content = {"application/json": {"schema": schemas[endpoint.request]}}
            needed = bool(components[endpoint.request.__name__].get("required"))
            operation["requestBody"] = {"required": needed, "content": content}
    else:
        schema = components[endpoint.request.__name__]
        required = schema.get("required", ())
        parameters += [
            {"name": name, "in": "query", "required": name in required, "schema": shape}
            for name, shape in schema["properties"].items()
        ]
    if parameters:
        operation["parameters"] = parameters
    if endpoint.access is not Access.PUBLIC:
        operation["security"] = [{"token": []}]
    ok = {
        "description": "Success",
        "content": {"application/json": {"schema": schemas[endpoint.response]}},
    }
    operation["responses"] = {str(endpoint.status): ok, **_problems(endpoint, schemas)}
    return operation


def _problems(endpoint: Endpoint[Any, Any], schemas: dict[Any, Any]) -> dict[str, Any]:
    by_status: dict[int, list[type[Problem]]] = {}
    for problem in dict.fromkeys((*endpoint.errors, *_common(endpoint))):
        by_status.setdefault(problem.status, []).append(problem)
    content = {"application/problem+json": {"schema": schemas[ProblemDocument]}}
    return {
        str(status): {
            "description": " ".join(f"`{p.code}`: {p.title()}" for p in problems),
            "content": content,
        }
        for status, problems in sorted(by_status.items())
    }


def _common(endpoint: Endpoint[Any, Any]) -> Iterator[type[Problem]]:
    """Yield the problems that every endpoint of its kind may return."""
    yield from (Invalid, NotSignedIn, Busy)
    if endpoint.access in (Access.GATE, Access.ADMIN):
        yield Forbidden
    if "{" in endpoint.path:
        yield NotFound
    if endpoint.limit is not None:
        yield TooManyRequests
    if endpoint.if_match:
        yield StaleVersion
    if endpoint.writes:
        yield from (Malformed, BodyTooLarge, UnsupportedMediaType, KeyReused, StorageFull)


def _header(name: str, description: str, *, pattern: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "schema": {"type": "string", "pattern": pattern},
        "description": description,
    }
