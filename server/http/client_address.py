"""The client's address: whom limits and failed sign-ins are counted for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address


def client_address(peer: str, forwarded: Sequence[str], *, proxies: int) -> str:
    """Return the address of a client that passes `proxies` trusted proxies.

    `peer` is the other end of the connection; `forwarded` are all lines of X-Forwarded-For. Each
    proxy appends the address it was called from, so what is left of our own proxies' entries was
    written by the client and is not believed. What is no address counts for the peer.
    """
    if not proxies:
        return network(peer)
    hops = [hop for line in forwarded for hop in line.split(",")]
    if not hops:
        return network(peer)
    return network(hops[-min(proxies, len(hops))]) or network(peer)


@lru_cache(maxsize=4096)
def network(address: str) -> str:
    """Return an address in one spelling, of IPv6 only the /64 that one customer has.

    Ports, brackets and zones are dropped, and an IPv4 address inside an IPv6 one is itself. Returns
    an empty string for anything else, such as the other end of a Unix socket.
    """
    host = address.strip().strip('"')
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Network((found, 64), strict=False))
