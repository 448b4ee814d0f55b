"""Routes: the sandbox over HTTP, its API for SDKs in other processes and its page for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, urlsplit

import msgspec

from contract.problems import Busy
from server.routing import DropConnection, HttpRequest, HttpResponse, RawRoute
from server.sandbox import hosted_page
from server.sandbox.errors import ApiError, invalid_request, rate_limited
from server.sandbox.faults import CANNED, Fault
from server.sandbox.hosted_page import PageReply
from server.sandbox.sandbox import Sandbox, SandboxReply

#: Names the fault to inject into a request, such as `lose-reply`; see `Fault`. With an idempotency
#: key it applies only once, so that a client's own retries can succeed.
FAULT_HEADER = "Sandbox-Fault"
#: Stripe documents no limit; the longest evidence of a dispute fits.
API_BODY_LIMIT = 256 * 1024
#: A card form is never longer.
FORM_LIMIT = 4096
JSON = "application/json"


class ApiRoutes:
    """Serves Stripe's API."""

    def __init__(self, sandbox: Sandbox, wake: Callable[[], None]) -> None:
        """Serve `sandbox`; call `wake` when events may have happened in it."""
        self._sandbox = sandbox
        self._wake = wake
        self._injected: set[tuple[str, Fault]] = set()

    def routes(self) -> tuple[RawRoute, ...]:
        """Return the routes: every address below `/v1`."""
        return (RawRoute("*", "/v1/{rest:.*}", self.respond, body_limit=API_BODY_LIMIT),)

    async def respond(self, request: HttpRequest) -> HttpResponse:
        """Answer one request, or fail as its fault header asks."""
        try:
            fault = self._fault(request)
            if fault in CANNED:
                raise CANNED[fault]
            if fault is Fault.LOSE_REQUEST:
                raise DropConnection
            reply = await self._sandbox.threads.run_blocking(self._handle, request, fault)
        except Busy:
            return _error_response(rate_limited())
        except ApiError as error:
            return _error_response(error)
        self._wake()
        if fault is Fault.LOSE_REPLY:
            raise DropConnection
        headers = {name: value for name, value in reply.headers.items() if name != "content-type"}
        return HttpResponse(reply.status, reply.body.decode(), JSON, headers)

    def _handle(self, request: HttpRequest, fault: Fault) -> SandboxReply:
        address = urlsplit(request.target)
        has_query = request.method in {"GET", "DELETE"}
        form = address.query if has_query else request.body.decode("utf-8", "replace")
        return self._sandbox.handle(request.method, address.path, form, request.headers, fault)

    def _fault(self, request: HttpRequest) -> Fault:
        name = request.headers.get(FAULT_HEADER, Fault.NONE).replace("-", "_")
        if name not in set(Fault):
            choices = ", ".join(fault.replace("_", "-") for fault in Fault)
            raise invalid_request(f"{FAULT_HEADER} must be one of {choices}", param=FAULT_HEADER)
        fault, key = Fault(name), request.headers.get("Idempotency-Key")
        if key is None or fault is Fault.NONE:
            return fault
        if (key, fault) in self._injected:
            return Fault.NONE
        self._injected.add((key, fault))
        return fault


class HostedPageRoutes:
    """Serves the hosted page, as HTML to people and as JSON to programs."""

    def __init__(self, sandbox: Sandbox, wake: Callable[[], None]) -> None:
        """Serve `sandbox`; call `wake` when events may have happened in it."""
        self._sandbox = sandbox
        self._wake = wake

    def routes(self) -> tuple[RawRoute, ...]:
        """Return the page's routes."""
        path = "/sandbox/pay/{session}"
        return (
            RawRoute("GET", path, self.view),
            RawRoute("POST", path, self.submit, body_limit=FORM_LIMIT),
            RawRoute("GET", f"{path}/challenge", self.view),
            RawRoute("POST", f"{path}/challenge", self.challenge, body_limit=FORM_LIMIT),
        )

    async def view(self, request: HttpRequest) -> HttpResponse:
        """Show the page in its present state. Raises Busy."""
        reply = await self._sandbox.threads.run_blocking(
            hosted_page.view, self._sandbox, request.path["session"]
        )
        return _page_response(request, reply)

    async def submit(self, request: HttpRequest) -> HttpResponse:
        """Try the card in the form. Raises Busy."""
        return await self._post(request, hosted_page.submit)

    async def challenge(self, request: HttpRequest) -> HttpResponse:
        """Answer the bank's challenge. Raises Busy."""
        return await self._post(request, hosted_page.challenge)

    async def _post(
        self,
        request: HttpRequest,
        handle: Callable[[Sandbox, str, Mapping[str, str]], PageReply],
    ) -> HttpResponse:
        fields = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        form = {name: values[-1] for name, values in fields.items()}
        reply = await self._sandbox.threads.run_blocking(
            handle, self._sandbox, request.path["session"], form
        )
        self._wake()
        return _page_response(request, reply)


def _error_response(error: ApiError) -> HttpResponse:
    return HttpResponse(error.status, msgspec.json.encode(error.body).decode(), JSON)


def _page_response(request: HttpRequest, reply: PageReply) -> HttpResponse:
    headers = {k: v for k, v in hosted_page.HEADERS.items() if k.lower() != "content-type"}
    if JSON in request.headers.get("Accept", ""):
        fields = {"state": reply.state, "message": reply.message, "next": reply.next}
        return HttpResponse(reply.status, msgspec.json.encode(fields).decode(), JSON, headers)
    return HttpResponse(reply.status, reply.html, "text/html", headers)
