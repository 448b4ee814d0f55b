"""No test connects to another machine."""

from __future__ import annotations

import socket

import pytest

#: Reserved for documentation (RFC 5737 and 3849).
ELSEWHERE = ("192.0.2.1", "2001:db8::1")


@pytest.mark.parametrize("address", ELSEWHERE)
@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_a_connection_to_elsewhere_is_refused(address: str, method: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as client, pytest.raises(RuntimeError, match=address):
        getattr(client, method)((address, 443))


def test_a_connection_to_this_machine_is_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        with socket.create_connection(address) as client:
            assert client.getpeername() == address
