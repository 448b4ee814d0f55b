"""Responses: replies, stored replies, and problems as RFC 9457 documents."""

from __future__ import annotations

import msgspec
from aiohttp import web

from contract.problems import Problem, ProblemDocument
from server.http.request import JSON
from server.idempotency import StoredReply

encode = msgspec.json.Encoder().encode
_decode_refusal = msgspec.json.Decoder(ProblemDocument).decode


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
