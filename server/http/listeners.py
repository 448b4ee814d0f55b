"""Listeners: the network address, and the Unix socket beside the database."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

#: Seconds that a connection may idle or take to send headers; aiohttp's default is an hour.
IDLE_SECONDS = 10
#: Seconds that running requests may take to finish when the server stops.
STOP_SECONDS = 10
BACKLOG = 1024


def bind(host: str, port: int) -> socket.socket:
    """Bind an address at once, so that a port chosen for 0 is known before anything needs it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


@contextlib.asynccontextmanager
async def on_network(
    app: web.Application, listener: socket.socket, *, cert: str, key: str
) -> AsyncIterator[None]:
    """Serve on the network, with TLS if there is a certificate."""
    runner = await _runner(app)
    await web.SockSite(runner, listener, ssl_context=_tls(cert, key), backlog=BACKLOG).start()
    try:
        yield
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def on_socket(app: web.Application, path: str) -> AsyncIterator[None]:
    """Serve on a Unix socket that only the same user may open."""
    runner = await _runner(app)
    Path(path).unlink(missing_ok=True)  # noqa: ASYNC240  once, before the first request
    before = os.umask(0o177)
    try:
        await web.UnixSite(runner, path).start()
    finally:
        os.umask(before)
    try:
        yield
    finally:
        await runner.cleanup()
        Path(path).unlink(missing_ok=True)  # noqa: ASYNC240  once, after the last request


async def _runner(app: web.Application) -> web.AppRunner:
    runner = web.AppRunner(
        app,
        access_log=None,
        keepalive_timeout=IDLE_SECONDS,
        shutdown_timeout=STOP_SECONDS,
        handler_cancellation=True,
    )
    await runner.setup()
    return runner


def _tls(cert: str, key: str) -> ssl.SSLContext | None:
    if not cert:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(cert, key)
    return context
