"""Hosted page: use the sandbox's payment page as a browser does, without a token."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Self
from urllib.parse import SplitResult, urljoin, urlsplit

import msgspec

from client.address import is_loopback
from client.connection import explain_failure, open_client
from client.sanitize import clean
from client.transport import Unreachable
from contract.base import Model

if TYPE_CHECKING:
    from types import TracebackType

    import httpx

#: The short link redirects to the page once; more than a few redirects are a loop.
MAX_REDIRECTS = 4
#: The status of a short link whose order can no longer be paid.
GONE = 410


class HostedPageState(StrEnum):
    """What the page shows."""

    OPEN = "open"
    PAID = "paid"
    SAVED = "saved"
    DECLINED = "declined"
    CHALLENGE = "challenge"
    EXPIRED = "expired"
    INVALID = "invalid"


class PageView(Model, frozen=True, kw_only=True):
    """The page as it is now: its state, its message, and the target of its form."""

    state: HostedPageState
    message: str
    next: str | None = None


class ForeignPage(Exception):
    """The page, or a page it redirects to, is not on this server."""


class PageClient:
    """A browser with one tab. It sends no token and stores nothing once it is closed."""

    def __init__(
        self,
        server: str,
        *,
        timeout: float = 10.0,
        http_transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Prepare to open pages of `server` only."""
        self.server = server
        self.url = server
        headers = {"Accept": "application/json", "User-Agent": "ticketing"}
        self._http = open_client(server, headers=headers, timeout=timeout, transport=http_transport)

    def open(self, url: str) -> PageView:
        """Open a link. Raise ForeignPage when it leads to another server, and Unreachable."""
        return self._request("GET", url)

    def submit(self, form: dict[str, str], *, to: str | None = None) -> PageView:
        """Send the page's form once: a lost response must not charge a card again."""
        return self._request("POST", to or self.url, form)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def _request(self, method: str, url: str, form: dict[str, str] | None = None) -> PageView:
        import httpx

        for _ in range(MAX_REDIRECTS):
            self.url = self._resolve(url)
            try:
                response = self._http.request(method, self.url, data=form)
            except httpx.HTTPError as error:
                raise Unreachable(self.server, explain_failure(error, self.server)) from error
            if not response.has_redirect_location:
                return self._read(response)
            # Like a browser, follow any redirect after a form with a GET.
            method, form, url = "GET", None, response.headers["location"]
        raise ForeignPage("the payment page redirects in a loop")

    def _resolve(self, url: str) -> str:
        """Return an absolute URL on the server, or raise ForeignPage."""
        target = urljoin(self.url, url)
        if _origin(urlsplit(target)) != _origin(urlsplit(self.server)):
            raise ForeignPage(f"the payment page is not on {self.server}")
        return target

    def _read(self, response: httpx.Response) -> PageView:
        try:
            return clean(msgspec.json.decode(response.content, type=PageView))
        except (msgspec.DecodeError, UnicodeDecodeError):
            if response.status_code == GONE:
                return PageView(state=HostedPageState.EXPIRED, message="The time to pay is over.")
            raise ForeignPage("this is not the sandbox's payment page") from None


def _origin(url: SplitResult) -> tuple[str, str, int | None]:
    """Return the origin; all names of this machine count as one."""
    host = url.hostname or ""
    return url.scheme, "localhost" if is_loopback(host) else host, url.port
