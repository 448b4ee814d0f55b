"""HTTP: the only room that knows the HTTP library."""

from server.http.edge import Edge
from server.http.guard import plain
from server.http.listening import on_network, on_socket, take

__all__ = ["Edge", "on_network", "on_socket", "plain", "take"]
