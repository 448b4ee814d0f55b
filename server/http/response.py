"""Responses: replies, stored replies, and problems as RFC 9457 documents."""

from __future__ import annotations

import hashlib
import re
from email.utils import formatdate
from functools import lru_cache

import msgspec
from aiohttp import web

from contract.problems import Problem, ProblemDocument
from server.clock import SECOND, Clock
from server.http.request import JSON
from server.idempotency import StoredReply

encode = msgspec.json.Encoder().encode
_decode_refusal = msgspec.json.Decoder(ProblemDocument).decode


def http_date(clock: Clock) -> str:
    """Write the time that deadlines are compared with, for clients whose own clock is wrong."""
    return _date_of(clock.now() // SECOND)


@lru_cache(maxsize=1)
def _date_of(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


_ENTITY_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e]*")')


def entity_tag(encoded: bytes, *, version: int | None) -> str:
    """Return the ETag of a reply: its version, if it has one, and a digest of what is sent.

    The version alone is not enough: a ticket whose show is cancelled is another reply, and the same
    version.
    """
    digest = hashlib.blake2b(encoded, digest_size=10).hexdigest()
    return f'"{digest}"' if version is None else f'"{version}-{digest}"'


def cacheable_reply(
    request: web.Request, encoded: bytes, tag: str, *, private: bool
) -> web.Response:
    """Return the reply to a read, or 304 when the client has it already (RFC 9110, 13.1.2).

    A cache must ask again each time, and keeps a `private` reply for its user only.
    """
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache" if private else "no-cache",
        "Vary": "Authorization",
    }
    known = ",".join(request.headers.getall("If-None-Match", ()))
    if known.strip() == "*" or tag in _ENTITY_TAG.findall(known):
        return web.Response(status=304, headers=headers)
    return web.Response(body=encoded, content_type=JSON, headers=headers)


def problem_response(problem: Problem, *, close: bool = False) -> web.Response:
    """Return a problem document; `close` the connection when the rest of the request is unread."""
    document = problem.document()
    response = web.Response(
        body=encode(document),
        status=problem.status,
        content_type="application/problem+json",
        headers=_refusal_headers(document),
    )
    if close:
        response.force_close()
    return response


def _refusal_headers(document: ProblemDocument) -> dict[str, str]:
    headers = {"X-Request-Id": document.request_id} if document.request_id else {}
    if document.retry_after is not None:
        headers["Retry-After"] = str(document.retry_after)
    if document.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def stored_reply(stored: StoredReply, *, replayed: bool) -> web.Response:
    """Return a stored reply, with the headers of a problem if it is one."""
    refused = stored.status >= 400
    headers = _refusal_headers(_decode_refusal(stored.body)) if refused else {}
    if replayed:
        headers["Idempotency-Replayed"] = "true"
    return web.Response(
        body=stored.body,
        status=stored.status,
        content_type="application/problem+json" if refused else JSON,
        headers=headers,
    )
