"""Listeners: the network address, and the Unix socket beside the database."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from server.settings import WrongSetting

#: Seconds that a connection may idle or take to send headers; aiohttp's default is an hour.
IDLE_SECONDS = 10
#: Seconds that a client may leave a reply unread before its connection is dropped.
UNREAD_SECONDS = 30
#: Seconds that running requests may take to finish when the server stops.
STOP_SECONDS = 10
#: The longest request line that is read; what is too long for us must get a proper refusal.
MAX_LINE_BYTES = 64 * 1024
BACKLOG = 1024


def bind(host: str, port: int) -> socket.socket:
    """Bind an address at once, so that a port chosen for 0 is known before anything needs it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; connections inherit it
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1000)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise _cannot_listen(error, host, port) from error
    return listener


def _cannot_listen(error: OSError, host: str, port: int) -> OSError:
    """Name the address, which the system's own message does not."""
    advice = {
        errno.EADDRINUSE: "stop the program that listens there, or choose another --port",
        errno.EACCES: "this user may not listen on that port; choose a --port above 1023",
        errno.EADDRNOTAVAIL: "this machine has no such address; check --host",
    }.get(error.errno or 0, "check --host and --port")
    reason = (error.strerror or str(error)).lower()
    return OSError(error.errno, f"cannot listen on {host} port {port}: {reason}; {advice}")


class Certificate:
    """A certificate and its key, which can be read again while they are in use."""

    def __init__(self, cert: str, key: str) -> None:
        """Read the files `cert` and `key`. Raises WrongSetting."""
        self._files = (cert, key)
        self.context = self._read()

    def reload(self) -> None:
        """Use what the files hold now for new connections. Raises WrongSetting."""
        self._read()  # a pair that does not fit must not replace the one in use
        self.context.load_cert_chain(*self._files)

    def _read(self) -> ssl.SSLContext:
        cert, key = self._files
        for setting, path in (("tls_cert", cert), ("tls_key", key)):
            try:
                text = Path(path).read_bytes()
            except OSError as error:
                msg = f"{setting} names {path}: {error.strerror}"
                raise WrongSetting(msg) from error
            if b"-----BEGIN " not in text:
                msg = f"{setting} names {path}, which is not a PEM file"
                raise WrongSetting(msg)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(cert, key, password=_refuse_password)
        except ssl.SSLError as error:
            reason = (error.reason or str(error)).lower().replace("_", " ")
            msg = f"tls_cert {cert} and tls_key {key} cannot be used together: {reason}"
            raise WrongSetting(msg) from error
        return context


def _refuse_password() -> str:
    """Refuse instead of asking on a terminal that a server does not have."""
    msg = "tls_key must not be encrypted: nobody is there to type its password when it is read"
    raise WrongSetting(msg)


@contextlib.asynccontextmanager
async def on_network(
    app: web.Application, listener: socket.socket, certificate: Certificate | None
) -> AsyncIterator[None]:
    """Serve on the network, with TLS if there is a certificate."""
    host, port = listener.getsockname()[:2]
    runner = await _runner(app)
    tls = None if certificate is None else certificate.context
    try:
        await web.SockSite(runner, listener, ssl_context=tls, backlog=BACKLOG).start()
    except OSError as error:  # two programs may bind an address, but only one may listen there
        raise _cannot_listen(error, host, port) from error
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
        max_line_size=MAX_LINE_BYTES,
    )
    await runner.setup()
    return runner
