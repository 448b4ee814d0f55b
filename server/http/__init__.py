"""HTTP: the only package that knows the HTTP library."""

from server.http.error_middleware import raw_application
from server.http.handlers import EndpointHandlers
from server.http.listeners import Certificate, bind, on_network, on_socket

__all__ = [
    "Certificate", "EndpointHandlers", "bind", "on_network", "on_socket", "raw_application",
]  # fmt: skip
