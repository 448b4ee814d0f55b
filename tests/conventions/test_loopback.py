"""No test talks to anything but this machine."""

from __future__ import annotations

import socket

import pytest

#: Set aside for documentation (RFC 5737 and 3849): nobody is there.
STRANGERS = ("192.0.2.1", "2001:db8::1")


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize("verb", ["connect", "connect_ex"])
def test_a_connection_to_elsewhere_is_refused(stranger: str, verb: str) -> None:
    family = socket.AF_INET6 if ":" in stranger else socket.AF_INET
    with socket.socket(family) as principal, pytest.raises(RuntimeError, match=stranger):
        getattr(principal, verb)((stranger, 443))


def test_a_connection_to_this_machine_is_let_through() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        with socket.create_connection(address) as principal:
            assert principal.getpeername() == address
