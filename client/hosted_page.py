"""Page: use the sandbox's hosted payment page as a browser does: no token, no other origin."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Self
from urllib.parse import SplitResult, urljoin, urlsplit

import msgspec

from client.address import is_loopback
from client.sanitize import clean
from client.transport import Unreachable, because
from contract.base import Model

if TYPE_CHECKING:
    from types import TracebackType

    import httpx

#: From the short link to the page is one; more than a few is a circle.
REDIRECTS = 4
#: What a short link answers once its order can no longer be paid.
GONE = 410


class PageState(StrEnum):
    """What the page shows."""

    OPEN = "open"
    PAID = "paid"
    SAVED = "saved"
    DECLINED = "declined"
    CHALLENGE = "challenge"
    EXPIRED = "expired"
    INVALID = "invalid"


class Shown(Model, frozen=True, kw_only=True):
    """The page as it stands: its state, its words, and where its form goes."""

    state: PageState
    message: str
    next: str | None = None


class ForeignPage(Exception):
    """The page, or where it leads, is not on this server."""


class Page:
    """A browser with one tab, which forgets everything when closed and knows no token."""

    def __init__(
        self,
        server: str,
        *,
        timeout: float = 10.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Prepare to use pages of `server` and of nobody else."""
        import httpx

        self.server = server
        self.url = server
        self._http = httpx.Client(
            headers={"Accept": "application/json", "User-Agent": "ticketing"},
            follow_redirects=False,
            timeout=timeout,
            transport=transport,
            trust_env=not is_loopback(urlsplit(server).hostname or ""),
        )

    def open(self, url: str) -> Shown:
        """Open a link. Raise ForeignPage when it leads off the server, and Unreachable."""
        return self._go("GET", url)

    def submit(self, form: dict[str, str], *, to: str | None = None) -> Shown:
        """Send the page's form, once: a card is not charged again because an answer was lost."""
        return self._go("POST", to or self.url, form)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def _go(self, method: str, url: str, form: dict[str, str] | None = None) -> Shown:
        import httpx

        for _ in range(REDIRECTS):
            self.url = self._own(url)
            try:
                response = self._http.request(method, self.url, data=form)
            except httpx.HTTPError as error:
                raise Unreachable(self.server, because(error)) from error
            if not response.has_redirect_location:
                return self._read(response)
            # 303 after a form, and what every browser makes of the older ones: read, not send.
            method, form, url = "GET", None, response.headers["location"]
        raise ForeignPage("the payment page redirects in a circle")

    def _own(self, url: str) -> str:
        """Return an absolute URL on the server, or raise ForeignPage."""
        there = urljoin(self.url, url)
        if _origin(urlsplit(there)) != _origin(urlsplit(self.server)):
            raise ForeignPage(f"the payment page is not on {self.server}")
        return there

    def _read(self, response: httpx.Response) -> Shown:
        try:
            return clean(msgspec.json.decode(response.content, type=Shown))
        except (msgspec.DecodeError, UnicodeDecodeError):
            if response.status_code == GONE:
                return Shown(state=PageState.EXPIRED, message="The time to pay is over.")
            raise ForeignPage("that is not the sandbox's payment page") from None


def _origin(url: SplitResult) -> tuple[str, str, int | None]:
    """Return the origin; the names of this machine are one."""
    host = url.hostname or ""
    return url.scheme, "localhost" if is_loopback(host) else host, url.port
