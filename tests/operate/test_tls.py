"""TLS: errors that name the file, and certificates that are read again on SIGHUP."""

from __future__ import annotations

import os
import pty
import signal
import ssl
import subprocess
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography import x509

from tests.cli.processes import isolated
from tests.operate.certificates import write_certificate
from tests.operate.conftest import Operator
from tests.operate.processes import SERVER, Running, until


def options(folder: Path) -> list[str]:
    return ["--tls-cert", str(folder / "cert.pem"), "--tls-key", str(folder / "key.pem")]


def serial_of(server: Running) -> int:
    """Return the serial number of the certificate that a new connection gets."""
    address = urlsplit(server.url)
    pem = ssl.get_server_certificate((str(address.hostname), address.port or 443))
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


def logged(folder: Path, text: str) -> bool:
    return text in (folder / "server.log").read_text()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda f: (f / "cert.pem").unlink(), "tls_cert names {f}/cert.pem: No such file"),
        (lambda f: (f / "key.pem").unlink(), "tls_key names {f}/key.pem: No such file"),
        (lambda f: (f / "cert.pem").write_text("x"), "tls_cert names {f}/cert.pem, which is not a"),
        (lambda f: (f / "key.pem").write_text(""), "tls_key names {f}/key.pem, which is not a PEM"),
        (
            lambda f: (f / "cert.pem").write_bytes((f / "key.pem").read_bytes()),
            "tls_cert {f}/cert.pem and tls_key {f}/key.pem cannot be used together",
        ),
        (
            lambda f: write_certificate(f, 2, password=b"secret"),
            "tls_key must not be encrypted",
        ),
    ],
    ids=["no cert", "no key", "cert is text", "key is empty", "key as cert", "encrypted"],
)
def test_a_certificate_that_cannot_be_used_is_named(
    operator: Operator, tmp_path: Path, database: str, harm: object, said: str
) -> None:
    write_certificate(tmp_path, 1)
    assert callable(harm)
    harm(tmp_path)
    refused = operator("run", "--port", "0", "--database", database, *options(tmp_path))
    assert refused.status == 2
    assert said.format(f=tmp_path) in refused.err
    assert refused.err.count("\n") == 1


def test_a_key_of_another_certificate_is_refused(
    operator: Operator, tmp_path: Path, database: str
) -> None:
    write_certificate(tmp_path, 1)
    kept = (tmp_path / "key.pem").read_bytes()
    write_certificate(tmp_path, 2)
    (tmp_path / "key.pem").write_bytes(kept)
    refused = operator("run", "--port", "0", "--database", database, *options(tmp_path))
    assert (refused.status, "key values mismatch" in refused.err) == (2, True)


def test_sighup_reads_the_certificate_again_and_keeps_the_old_one_if_that_fails(
    tmp_path: Path, database: str
) -> None:
    write_certificate(tmp_path, 1)
    with Running(tmp_path, database, *options(tmp_path)) as server:
        assert serial_of(server) == 1
        write_certificate(tmp_path, 2)
        server.process.send_signal(signal.SIGHUP)
        until(lambda: serial_of(server) == 2, seconds=10)
        (tmp_path / "key.pem").unlink()
        server.process.send_signal(signal.SIGHUP)
        until(lambda: logged(tmp_path, f"tls_key names {tmp_path}/key.pem: No such"), seconds=10)
        assert serial_of(server) == 2
        assert server.stop() == 0


def test_sighup_does_not_stop_a_server_without_a_certificate(tmp_path: Path, database: str) -> None:
    with Running(tmp_path, database) as server:
        server.process.send_signal(signal.SIGHUP)
        until(lambda: logged(tmp_path, "there is no certificate to read again"), seconds=10)
        assert httpx.get(f"{server.url}/healthz").is_success


def test_closing_the_terminal_stops_the_server_that_was_started_in_it(
    tmp_path: Path, database: str
) -> None:
    ours, theirs = pty.openpty()
    command = [*SERVER, "run", "--port", "0", "--database", database]
    # A shell that is the leader of its session makes this its terminal.
    script = f"exec 3</dev/tty; exec {' '.join(command)}"
    server = subprocess.Popen(
        ["setsid", "--ctty", "--wait", "sh", "-c", script], stdin=theirs, stdout=theirs,
        stderr=theirs, env=isolated(tmp_path), cwd=tmp_path, process_group=0,
    )  # fmt: skip
    os.close(theirs)
    said = b""
    while b"listening on" not in said:
        said += os.read(ours, 1000)
    os.close(ours)
    with suppress(subprocess.TimeoutExpired):
        server.wait(20)
    ended = server.poll()
    if ended is None:
        server.kill()
    assert ended is not None
