"""Letters: where webhooks arrive, on a free loopback port."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

#: Seconds a message may take; localstripe waits one by itself.
PATIENCE = 20


class Letters:
    """Takes every message in, or refuses those while `shut`."""

    def __init__(self) -> None:
        self.secret = "whsec_contract"
        self.shut = False
        self.refused = 0
        self._arrived: list[tuple[bytes, str]] = []
        self._news = threading.Condition()
        box = self

        class Slot(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(503 if box.shut else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()
                box.take(raw, self.headers.get("Stripe-Signature", ""))

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Slot)
        self.url = f"http://127.0.0.1:{self._server.server_port}/stripe"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def take(self, raw: bytes, signature: str) -> None:
        with self._news:
            if self.shut:
                self.refused += 1
            else:
                self._arrived.append((raw, signature))
            self._news.notify_all()

    def about(self, kind: str, thing_id: str) -> tuple[bytes, str]:
        """Wait for a message of a kind about a thing; return its raw body and signature."""
        deadline = time.monotonic() + PATIENCE
        with self._news:
            while True:
                for raw, signature in self._arrived:
                    event = json.loads(raw)
                    if event["type"] == kind and event["data"]["object"]["id"] == thing_id:
                        return raw, signature
                self._wait(deadline)

    def until_refused(self, times: int) -> None:
        """Wait until so many messages were refused."""
        deadline = time.monotonic() + PATIENCE
        with self._news:
            while self.refused < times:
                self._wait(deadline)

    def _wait(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        assert left > 0, "no such message came"
        self._news.wait(left)
