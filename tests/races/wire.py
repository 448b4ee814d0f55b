"""A keep-alive connection, light enough for a hundred of them to race on two cores."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Reply:
    """A response."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def code(self) -> str:
        """Return the code of a problem, or an empty text for a success."""
        code: str = self.body.get("code", "")
        return code


class Wire:
    """One connection to a server."""

    def __init__(self, url: str, token: str = "") -> None:
        address = urlsplit(url)
        self.connection = HTTPConnection(str(address.hostname), address.port, timeout=60)
        self.connection.connect()
        self.token = token

    def post(self, path: str, body: object = None, **headers: str) -> Reply:
        return self.send("POST", path, body, **headers)

    def get(self, path: str) -> Reply:
        return self.send("GET", path)

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Reply:
        """Send a request and wait for its response; `Idempotency_Key` names that header."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        raw = None if body is None else json.dumps(body).encode()
        self.connection.request(method, path, body=raw, headers=sent)
        response = self.connection.getresponse()
        received = {name.title(): value for name, value in response.getheaders()}
        return Reply(response.status, received, response.read())

    def close(self) -> None:
        self.connection.close()
