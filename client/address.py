"""Address: validate the server's address, and whether it is safe to send a token there."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


class BadAddress(ValueError):
    """The server address cannot be used; the message gives the reason and is safe to display."""


def normalise(address: str, *, insecure: bool = False) -> str:
    """Return the address in one normal form, without a trailing slash.

    Raise BadAddress for anything but an http or https URL, and for plain http to another machine:
    a token sent there can be read on the way. `insecure` (TICKETING_INSECURE=1) allows it.
    """
    try:
        parts = urlsplit(address.strip())
        host, _ = parts.hostname, parts.port  # reading the port validates it
    except ValueError as error:
        msg = f"{address!a} is not a valid address: {error}"
        raise BadAddress(msg) from None
    if parts.scheme not in {"http", "https"} or not host:
        msg = f"{address!a} is not a valid address; use one like https://tickets.example.org"
        raise BadAddress(msg)
    if parts.username or parts.password or parts.query or parts.fragment:
        msg = "the server address may contain only a host, a port and a path"
        raise BadAddress(msg)
    if parts.scheme == "http" and not insecure and not is_loopback(host):
        msg = f"{host} is another machine, and plain http would expose your token on the network"
        raise BadAddress(msg)
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Return whether the host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
