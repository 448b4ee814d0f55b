"""A client that speaks HTTP to a server: with a token or without, JSON or raw bytes."""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

import httpx

JSON = "application/json"
PASSWORD = "correct horse battery staple"
SHOW: dict[str, Any] = {
    "name": "Curaçao v Haïti", "category": "sports", "venue": "Estadio", "city": "Willemstad",
    "country": "CW", "starts_at": "2031-06-18T19:00:00-04:00",
}  # fmt: skip
LISTING: dict[str, Any] = {
    "show": SHOW, "section": "A", "row": "1", "seat": "", "price": {"amount": 4500,
    "currency": "EUR"},
}  # fmt: skip


class HttpClient:
    """A client of a server, on one persistent connection."""

    def __init__(self, url: str, token: str = "", user_id: str = "", email: str = "") -> None:
        self.url, self.token, self.user_id, self.email = url, token, user_id, email
        self.client = httpx.Client(base_url=url, timeout=30)
        if token:
            self.client.headers["Authorization"] = f"Bearer {token}"

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        raw: bytes | None = None,
        **headers: str,
    ) -> httpx.Response:
        """Send a request; `If_Match="…"` becomes the header If-Match."""
        headers_sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if raw is not None:
            headers_sent.setdefault("Content-Type", JSON)
            return self.client.request(method, path, content=raw, headers=headers_sent)
        if body is not None:
            return self.client.request(method, path, json=body, headers=headers_sent)
        return self.client.request(method, path, headers=headers_sent)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.send("GET", path, raw=None, **headers)

    def post(self, path: str, body: object = None, **headers: str) -> httpx.Response:
        return self.send("POST", path, body, raw=None, **headers)

    def get_json(self, path: str) -> Any:
        """Return the JSON of a path that must exist."""
        return done(self.get(path))

    def list_ticket(self, **changes: object) -> Any:
        """List a ticket and return it."""
        return done(self.post("/v1/tickets", {**LISTING, **changes}))

    def lock_ticket(self, ticket_id: str) -> Any:
        """Lock a ticket and return the order."""
        return done(self.post("/v1/orders", {"ticket_id": ticket_id}))


def done(response: httpx.Response) -> Any:
    assert response.is_success, response.text
    return response.json()


def sign_up(url: str, name: str) -> HttpClient:
    """Create an account and return a client that is signed in to it."""
    email = f"{name}@example.org"
    with httpx.Client(base_url=url, timeout=30) as client:
        signed_in = done(
            client.post("/v1/auth/signup", json={"email": email, "password": PASSWORD})
        )
    return HttpClient(url, signed_in["token"], signed_in["account"]["id"], email)


def fields(response: httpx.Response) -> list[str]:
    """Return the fields that a refusal names."""
    return [error["field"] for error in response.json()["errors"]]


def exchange(url: str, request: bytes, *, seconds: float = 10) -> tuple[bytes, bool]:
    """Send raw bytes; return the response, and whether the server closed the connection."""
    address = urlsplit(url)
    assert address.hostname is not None
    with socket.create_connection((address.hostname, address.port or 80), timeout=seconds) as wire:
        wire.sendall(request)
        received = b""
        try:
            while chunk := wire.recv(65536):
                received += chunk
        except TimeoutError:
            return received, False
        except ConnectionResetError:
            return received, True
        return received, True


def status_of(received: bytes) -> int:
    """Return the status of a raw response."""
    return int(received.split(b" ", 2)[1])
