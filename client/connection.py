"""Connection: open an HTTP client for one server, and explain in a few words why it failed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from client.address import is_loopback
from client.environment import CERTIFICATES, Proxy, proxy_for, ssl_context

if TYPE_CHECKING:
    import httpx

#: What OpenSSL says when the other end does not speak TLS, version by version.
NOT_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "UNKNOWN_PROTOCOL")


def open_client(
    server: str,
    *,
    headers: Mapping[str, str],
    timeout: float,
    transport: httpx.BaseTransport | None = None,
) -> httpx.Client:
    """Return a client that follows no redirects: that would send a token to another address.

    Raises BadEnvironment when a proxy or a certificate that the environment names cannot be used.
    """
    # httpx also imports its own command line, with click, rich and pygments: 60 of 140 ms.
    with _unimportable("click"):
        import httpx

    proxy = proxy_of(server)
    return httpx.Client(
        headers=headers,
        timeout=timeout,
        transport=transport,
        follow_redirects=False,
        # Plain http has no certificates to check, and loading them costs 25 ms. SSL_CERT_FILE
        # counts on this machine too, where proxies do not.
        verify=ssl_context(os.environ) if urlsplit(server).scheme == "https" else False,
        proxy=proxy.url if proxy is not None and transport is None else None,
        trust_env=False,
    )


def check_environment(server: str) -> None:
    """Raise BadEnvironment now for what would fail with the first request to a server."""
    proxy_of(server)
    if urlsplit(server).scheme == "https":
        ssl_context(os.environ)


def proxy_of(server: str) -> Proxy | None:
    """Return the proxy to a server. This machine is never reached through one."""
    if is_loopback(urlsplit(server).hostname or ""):
        return None
    return proxy_for(server, os.environ)


def explain_failure(error: httpx.HTTPError, server: str) -> str:
    """Return in a few words why there was no response."""
    import httpx

    proxy, text = proxy_of(server), str(error)
    if isinstance(error, httpx.ProxyError):
        return f"{proxy or 'the proxy'}, refuses: {text}"
    if isinstance(error, httpx.TimeoutException):
        return "it does not respond"
    if isinstance(error, httpx.ConnectError):
        return _explain_connecting(text, proxy)
    tls_alert = isinstance(error, httpx.RemoteProtocolError) and r"\x15\x03" in text
    if tls_alert:
        return "it speaks https; write https:// in the address"
    broken_off = isinstance(error, httpx.RemoteProtocolError | httpx.ReadError)
    if broken_off and server.startswith("http:"):
        return "the connection was lost; if the server speaks https, write https:// in the address"
    return "the connection was lost"


def _explain_connecting(text: str, proxy: Proxy | None) -> str:
    if any(reason in text.upper() for reason in NOT_TLS):
        return "it does not speak https; write http:// in the address if that is what it speaks"
    if "CERTIFICATE" in text.upper():
        named = next((name for name in CERTIFICATES if os.environ.get(name)), None)
        return f"its certificate is not trusted{f' by what {named} names' if named else ''}"
    if proxy is not None:
        return f"{proxy}, cannot be reached"
    if "refused" in text:
        return "no server is running there"
    return "the address cannot be reached; is it correct?"


@contextmanager
def _unimportable(module: str) -> Iterator[None]:
    """Make `import module` fail inside the block, unless it is loaded already."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # means: not found
    try:
        yield
    finally:
        del sys.modules[module]
