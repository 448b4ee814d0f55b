"""Webhook receiver: an HTTP server for webhooks on a free loopback port."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

#: Seconds within which a webhook must arrive; localstripe itself delays one second.
TIMEOUT = 20


class WebhookReceiver:
    """Accepts every webhook, or rejects them while `rejecting`."""

    def __init__(self) -> None:
        self.secret = "whsec_contract"
        self.rejecting = False
        self.rejected = 0
        self._arrived: list[tuple[bytes, str]] = []
        self._changed = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(503 if receiver.rejecting else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()
                receiver.receive(raw, self.headers.get("Stripe-Signature", ""))

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
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

    def receive(self, raw: bytes, signature: str) -> None:
        with self._changed:
            if self.rejecting:
                self.rejected += 1
            else:
                self._arrived.append((raw, signature))
            self._changed.notify_all()

    def wait_for(self, event_type: str, object_id: str) -> tuple[bytes, str]:
        """Wait for an event about an object; return its raw body and signature."""
        deadline = time.monotonic() + TIMEOUT
        with self._changed:
            while True:
                for raw, signature in self._arrived:
                    event = json.loads(raw)
                    if event["type"] == event_type and event["data"]["object"]["id"] == object_id:
                        return raw, signature
                self._wait(deadline)

    def wait_until_rejected(self, times: int) -> None:
        """Wait until so many webhooks were rejected."""
        deadline = time.monotonic() + TIMEOUT
        with self._changed:
            while self.rejected < times:
                self._wait(deadline)

    def _wait(self, deadline: float) -> None:
        remaining = deadline - time.monotonic()
        assert remaining > 0, "no such webhook arrived"
        self._changed.wait(remaining)
