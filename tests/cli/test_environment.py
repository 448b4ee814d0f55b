"""What surrounds a command: its streams, and a network with proxies and TLS."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.processes import TICKETING, isolated
from tests.operate.certificates import write_certificate

HINT = "hint: "


def shell(home: Path, redirected: str, **env: str) -> tuple[int, str, str]:
    """Run a command line with redirections."""
    ran = subprocess.run(
        ["sh", "-c", f'"$0" -m ticketing_cli {redirected}', TICKETING[0]], check=False,
        env=isolated(home, **env), capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    return ran.returncode, ran.stdout, ran.stderr


@pytest.mark.parametrize("command", ["version", "--help", "auth signup --email a@example.org"])
def test_a_command_whose_stdout_is_closed_says_so_and_does_nothing(
    tmp_path: Path, command: str
) -> None:
    status, _, err = shell(tmp_path, f"{command} >&-")
    assert status == 2
    assert err.startswith("error: stdout is closed, so there is no place for the result")


def test_a_full_stdout_is_named(tmp_path: Path) -> None:
    status, _, err = shell(tmp_path, "version >/dev/full")
    assert status == 1
    assert err.startswith("error: cannot write to stdout: No space left on device\n")
    assert "Traceback" not in err
    assert "Exception ignored" not in err


@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full"])
def test_a_lost_message_changes_no_result(tmp_path: Path, stderr: str) -> None:
    assert shell(tmp_path, f"version {stderr}")[0] == 0
    status, out, _ = shell(tmp_path, f"list --server http://127.0.0.1:1 {stderr}")
    assert (status, out) == (3, "")


def test_a_closed_stdin_is_an_empty_one(tmp_path: Path) -> None:
    status, _, err = shell(tmp_path, "auth login --email a@example.org --password-stdin <&-")
    assert (status, err) == (2, "error: --password-stdin: stdin is empty\n")


def test_all_streams_may_be_closed(tmp_path: Path) -> None:
    assert shell(tmp_path, "version <&- >&- 2>&-")[0] == 2


def test_doctor_survives_every_variable_and_lists_them(tmp_path: Path) -> None:
    env = {
        "TICKETING_SERVER": "https://tickets.invalid", "HTTPS_PROXY": "socks4://me:secret@there:1",
        "NO_PROXY": "::1,fd00::/8", "SSL_CERT_FILE": "/nowhere", "SSL_CERT_DIR": "/nowhere",
        "TICKETING_TOKEN": "one\ntwo",
    }  # fmt: skip
    status, out, err = shell(tmp_path, "doctor", **env)
    assert status == 1
    assert "internal error" not in err
    assert "secret" not in out + err
    lines = ("HTTPS_PROXY\tok\t…@there:1", "NO_PROXY\tok\t::1,fd00::/8",
             "SSL_CERT_FILE\tok\t/nowhere", "environment\twrong\tHTTPS_PROXY names",
             "environment\twrong\tSSL_CERT_FILE names /nowhere",
             "environment\twrong\tSSL_CERT_DIR names /nowhere",
             "environment\twrong\tTICKETING_TOKEN is not a token")  # fmt: skip
    assert [line for line in lines if line not in out] == []


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """Serve one fixed answer to every connection; yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    wire, _ = listener.accept()
                except OSError:
                    return
                with wire:
                    wire.recv(65536)
                    wire.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)


def test_https_to_a_server_without_tls_says_so(tmp_path: Path) -> None:
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        status, _, err = shell(tmp_path, f"list --server https://127.0.0.1:{port}")
    assert status == 3
    assert "it does not speak https; write http://" in err


@pytest.mark.parametrize(
    "answer", [b"\x15\x03\x01\x00\x02\x02\x46", b"",
               b"HTTP/1.1 400 Bad Request\r\nContent-Length: 26\r\n\r\nA request to an HTTPS port"],
    ids=["alert", "closed", "nginx"],
)  # fmt: skip
def test_http_to_a_server_with_tls_says_so(tmp_path: Path, answer: bytes) -> None:
    with answering(answer) as port:
        status, _, err = shell(tmp_path, f"list --server http://127.0.0.1:{port}")
    assert status == 3
    assert "speaks https" in err
    assert "write https://" in err


def test_a_real_server_with_tls_is_recognised(tmp_path: Path) -> None:
    write_certificate(tmp_path, 1)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for _ in range(8):
                try:
                    wire, _ = listener.accept()
                    with wire:
                        context.wrap_socket(wire, server_side=True).close()
                except OSError:
                    continue

        threading.Thread(target=serve, daemon=True).start()
        port = listener.getsockname()[1]
        plain = shell(tmp_path, f"list --server http://127.0.0.1:{port}")
        unknown = shell(tmp_path, f"list --server https://127.0.0.1:{port}")
    assert "speaks https" in plain[2]
    assert "its certificate is not trusted" in unknown[2]


@pytest.mark.parametrize("refusal", ["403 Forbidden", "407 Proxy Authentication Required"])
def test_a_proxy_that_refuses_is_named(tmp_path: Path, refusal: str) -> None:
    answer = f"HTTP/1.1 {refusal}\r\nContent-Length: 0\r\n\r\n".encode()
    with answering(answer) as port:
        proxy = f"http://me:secret@127.0.0.1:{port}"
        env = {"HTTPS_PROXY": proxy, "HTTP_PROXY": proxy, "TICKETING_INSECURE": "1"}
        tunnel = shell(tmp_path, "list --server https://tickets.invalid", **env)
        plain = shell(tmp_path, "list --server http://tickets.invalid", **env)
    refused = f"the proxy 127.0.0.1:{port}, which HTTPS_PROXY names, refuses: {refusal}"
    assert (tunnel[0], refused in tunnel[2]) == (3, True), tunnel[2]
    assert f"the proxy 127.0.0.1:{port}, which HTTP_PROXY names" in plain[2]
    assert "secret" not in tunnel[2] + plain[2]


def test_a_proxy_that_does_not_run_is_named(tmp_path: Path) -> None:
    status, _, err = shell(
        tmp_path, "list --server https://tickets.invalid", HTTPS_PROXY="http://127.0.0.1:1"
    )
    assert status == 3
    assert "the proxy 127.0.0.1:1, which HTTPS_PROXY names, cannot be reached" in err
