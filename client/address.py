"""Address: where the server is, and whether it is safe to send a token there."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


class BadAddress(ValueError):
    """The server address cannot be used; the message says why and is safe to show."""


def checked(address: str, *, insecure: bool = False) -> str:
    """Return the address in one spelling, without a trailing slash.

    Raise BadAddress for what is not an http address, and for plain http to another machine: a
    token sent there can be read on the way. `insecure` (TICKETING_INSECURE=1) allows it.
    """
    try:
        parts = urlsplit(address.strip())
        host, _ = parts.hostname, parts.port  # the port is only checked when it is asked for
    except ValueError as error:
        msg = f"{address!a} is not an address: {error}"
        raise BadAddress(msg) from None
    if parts.scheme not in {"http", "https"} or not host:
        msg = f"{address!a} is not an address such as https://tickets.example.org"
        raise BadAddress(msg)
    if parts.username or parts.password or parts.query or parts.fragment:
        msg = "the server address may only have a host, a port and a path"
        raise BadAddress(msg)
    if parts.scheme == "http" and not insecure and not is_loopback(host):
        msg = f"{host} is another machine, and plain http would show it your token to everyone"
        raise BadAddress(msg)
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Say whether the host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
