"""Environment: the proxy and certificates that the user's variables name, checked before use.

httpx reads these variables too, but raises errors of its own inside that name no variable: an IPv6
network in NO_PROXY is "an invalid port", a missing SSL_CERT_FILE "no such file".
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from client.config import BadConfig

if TYPE_CHECKING:
    import ssl

#: The schemes that httpx can speak to a proxy.
PROXIES = ("http", "https", "socks5", "socks5h")
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
#: What `doctor` lists; each also counts in lower case.
VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", *CERTIFICATES)
#: Checks the value of a variable, whose name is the second argument. Raises BadEnvironment.
Check = Callable[[str, str], object]
TOKEN_CHARACTERS = frozenset(string.ascii_letters + string.digits + "-._~+/=")


class BadEnvironment(BadConfig):
    """A variable of the environment cannot be used; the message names it."""


@dataclass(frozen=True)
class Proxy:
    """A proxy, and the variable that names it."""

    url: str
    variable: str

    def __str__(self) -> str:
        """Describe it without the password that its URL may contain."""
        return f"the proxy {_place(urlsplit(self.url))}, which {self.variable} names"


def checked_token(token: str, *, source: str) -> str:
    """Return a token without the line end that a file or `$(...)` adds. Raises BadEnvironment."""
    token = token.strip()
    if not TOKEN_CHARACTERS.issuperset(token):
        msg = f"{source} is not a token: it contains a space, a line break or another odd character"
        raise BadEnvironment(msg)
    return token


def proxy_for(server: str, env: Mapping[str, str]) -> Proxy | None:
    """Return the proxy to reach a server through, if the environment names one.

    Raises BadEnvironment.
    """
    target = urlsplit(server)
    for name in (f"{target.scheme}_proxy", "all_proxy"):
        for variable in (name, name.upper()):
            if url := env.get(variable, "").strip():
                no_proxy = env.get("no_proxy") or env.get("NO_PROXY") or ""
                return None if _is_direct(target, no_proxy) else _checked(url, variable)
    return None


def ssl_context(env: Mapping[str, str]) -> ssl.SSLContext:
    """Return the certificates to trust: those the environment names, else certifi's.

    Raises BadEnvironment.
    """
    import httpx

    for name, check in _FILES.items():
        if (value := env.get(name)) and not (name == "SSL_CERT_DIR" and env.get("SSL_CERT_FILE")):
            check(value, name)
    return httpx.create_ssl_context()


def faults(env: Mapping[str, str]) -> Iterator[BadEnvironment]:
    """Yield what is wrong with each variable, also with those that this server does not need."""
    proxies = [name for name in VARIABLES if name.endswith("_PROXY") and name != "NO_PROXY"]
    checks: dict[str, Check] = dict.fromkeys(proxies, _checked)
    checks |= dict.fromkeys(map(str.lower, proxies), _checked)
    for name, check in (checks | _FILES | {"TICKETING_TOKEN": _checked_token}).items():
        if value := env.get(name, "").strip():
            try:
                check(value, name)
            except BadEnvironment as bad:
                yield bad


def variables(env: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the variables for proxies and certificates that are set, without passwords."""
    for name in VARIABLES:
        for variable in (name, name.lower()):
            if value := env.get(variable):
                secret = "@" in value and name != "NO_PROXY"
                yield variable, f"…@{value.rpartition('@')[2]}" if secret else value


def _checked(url: str, variable: str) -> Proxy:
    """Raise BadEnvironment for a proxy that cannot be used, without showing its password."""
    if "://" not in url:
        url = f"http://{url}"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, SplitResult("", "", "", "", "")
    if not host:
        msg = (
            f"{variable} is not the address of a proxy; use one like http://proxy.example.org:3128"
        )
        raise BadEnvironment(msg)
    if parts.scheme not in PROXIES:
        usable = ", ".join(PROXIES)
        msg = f"{variable} names a {parts.scheme} proxy; only {usable} can be used"
        raise BadEnvironment(msg)
    if parts.scheme.startswith("socks") and find_spec("socksio") is None:
        msg = (
            f"{variable} names a SOCKS proxy, which needs the package socksio: install it with "
            "`pip install socksio`, or unset the variable"
        )
        raise BadEnvironment(msg)
    return Proxy(url, variable)


def _checked_token(token: str, variable: str) -> None:
    checked_token(token, source=variable)


def _check_certificates(file: str, variable: str) -> None:
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
    except ssl.SSLError:
        raise BadEnvironment(f"{variable} names {file}, which holds no certificate") from None
    except OSError as error:
        raise BadEnvironment(f"{variable} names {file}: {error.strerror}") from None


def _check_folder(folder: str, variable: str) -> None:
    if not Path(folder).is_dir():
        raise BadEnvironment(f"{variable} names {folder}, which is not a folder")


def _check_key_log(file: str, variable: str) -> None:
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).keylog_filename = file
    except OSError as error:
        raise BadEnvironment(f"{variable} names {file}: {error.strerror}") from None


#: The variables that name a file or folder for TLS.
_FILES: dict[str, Check] = {
    "SSL_CERT_FILE": _check_certificates,
    "SSL_CERT_DIR": _check_folder,
    "SSLKEYLOGFILE": _check_key_log,
}


def _is_direct(target: SplitResult, no_proxy: str) -> bool:
    """Tell whether NO_PROXY lists a host: by name, domain, address or network."""
    host = (target.hostname or "").rstrip(".")
    for entry in no_proxy.replace(",", " ").lower().split():
        name, port = _without_port(entry)
        if port and port != str(target.port or {"http": 80, "https": 443}.get(target.scheme)):
            continue
        if name == "*" or _in_network(host, name):
            return True
        domain = name.removeprefix("*").lstrip(".").rstrip(".")
        if domain and (host == domain or host.endswith(f".{domain}")):
            return True
    return False


def _without_port(entry: str) -> tuple[str, str]:
    """Split `host:port`. An IPv6 address has a port only after brackets."""
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        if rest.startswith("/"):
            return name + rest, ""
        return name, rest.removeprefix(":")
    if entry.count(":") == 1:
        name, _, port = entry.partition(":")
        return name, port
    return entry, ""


def _in_network(host: str, entry: str) -> bool:
    try:
        return ip_address(host) in ip_network(entry, strict=False)
    except ValueError:
        return False


def _place(parts: SplitResult) -> str:
    """Return host and port, without the password before them."""
    return parts.netloc.rpartition("@")[2]
