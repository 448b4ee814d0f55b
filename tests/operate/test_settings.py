"""Bad settings: an error that names the setting, an exit code, and no server."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import msgspec
import pytest

from server.__main__ import EPILOG, OPTIONS
from server.settings import Settings
from tests.cli.processes import isolated
from tests.operate.conftest import Operator


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["--port", "abc"], "port must be a whole number, not 'abc'"),
        (["--port", "99999"], "port must be between 0 and 65535, not 99999"),
        (["--port=-1"], "port must be a whole number, not '-1'"),
        (["--lock-for", "0s"], "lock_for must be between 1s and 24h"),
        (["--lock-for", "25h"], "lock_for must be between 1s and 24h"),
        (["--lock-for", "soon"], "'soon' is not a duration; use a form such as 90s, 15m, 1h or 7d"),
        (["--lock-for", "15"], "'15' is not a duration; use a form such as 90s, 15m, 1h or 7d"),
        (["--cool-down=-1s"], "'-1s' is not a duration; use a form such as 90s, 15m, 1h or 7d"),
        (["--max-open-orders", "many"], "max_open_orders must be a whole number, not 'many'"),
        (["--log-level", "loud"], "log_level must be debug, info, warning or error, not 'loud'"),
        (["--database", "shop.db"], "must begin with sqlite:/// or postgresql://, not 'shop.db'"),
        (["--trust-proxy", "maybe"], "trust_proxy must be a whole number, not 'maybe'"),
        (["--database", "sqlite:///:memory:"], "the database URL must name a file"),
        (
            ["--database", "sqlite:///shop.db?mode=ro"],
            "the database URL of SQLite takes no options",
        ),
        (["--database", "mysql://a/b"], "must begin with sqlite:/// or postgresql://, not 'mysql'"),
        (["--host", "0.0.0.0"], "refusing to listen on 0.0.0.0 without TLS"),  # noqa: S104  refused
        (["--host", "192.0.2.1"], "refusing to listen on 192.0.2.1 without TLS"),
        (["--tls-cert", "cert.pem"], "tls_cert and tls_key must be set together or not at all"),
        (["--tls-key", "key.pem"], "tls_cert and tls_key must be set together or not at all"),
    ],
)
def test_an_invalid_setting_is_named(
    operator: Operator, tmp_path: Path, given: list[str], sentence: str
) -> None:
    result = operator("run", *given)
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("error: ")
    assert result.err.count("\n") == 1
    assert sentence in result.err
    assert list(tmp_path.iterdir()) == []


def test_a_setting_is_read_from_the_environment_too(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TICKETING_LOCK_FOR", "never")
    assert "'never' is not a duration" in operator("run").err


def test_the_command_line_overrides_the_environment(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TICKETING_LOCK_FOR", "never")
    assert "'ever' is not a duration" in operator("run", "--lock-for", "ever").err


def test_a_live_key_is_refused_for_any_other_server_than_stripe(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TICKETING_STRIPE_KEY", "sk_live_canary")
    monkeypatch.setenv("TICKETING_STRIPE_BASE", "http://127.0.0.1:1")
    result = operator("run")
    assert result.status == 2
    assert "a live Stripe key is only sent to Stripe itself" in result.err
    assert "canary" not in result.err


def test_a_missing_secret_file_is_named(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TICKETING_STRIPE_KEY_FILE", "/nowhere/key")
    result = operator("run")
    assert result.status == 1
    assert "/nowhere/key" in result.err


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "which is empty"), (b" \n", "which is empty"),
                          (b"\xff\xfe\x00", "which is not a text file")],
)  # fmt: skip
def test_a_secret_file_without_a_secret_is_named(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes, said: str
) -> None:
    secret = tmp_path / "key"
    secret.write_bytes(content)
    monkeypatch.setenv("TICKETING_STRIPE_KEY_FILE", str(secret))
    result = operator("run")
    assert (result.status, result.out) == (2, "")
    assert f"TICKETING_STRIPE_KEY_FILE names {secret}, {said}" in result.err


def test_a_port_of_another_program_is_named(operator: Operator, database: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = operator("run", "--port", str(port), "--database", database)
    assert result.status == 1
    assert result.err == (
        f"error: cannot listen on 127.0.0.1 port {port}: address already in use; stop the program "
        "that listens there, or choose another --port\n"
    )


def test_a_port_of_another_program_is_named_for_the_sandbox_too(operator: Operator) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = operator("sandbox", "--port", str(port))
    assert result.status == 1
    assert f"error: cannot listen on 127.0.0.1 port {port}: address already in use" in result.err


@pytest.mark.parametrize(
    ("host", "said"),
    [("192.0.2.1", "this machine has no such address; check --host"),
     ("nowhere.invalid", "check --host")],
)  # fmt: skip
def test_an_address_that_is_not_of_this_machine_is_named(
    operator: Operator, database: str, host: str, said: str
) -> None:
    result = operator("run", "--insecure", "--host", host, "--port", "0", "--database", database)
    assert result.status == 1
    assert result.err.startswith(f"error: cannot listen on {host} port 0: ")
    assert said in result.err


def test_a_sandbox_file_that_cannot_be_opened_is_named(operator: Operator, database: str) -> None:
    result = operator("run", "--port", "0", "--database", database,
                      "--sandbox-database", "/proc/nowhere/sandbox.db")  # fmt: skip
    assert result.status == 1
    assert "error: the sandbox's file /proc/nowhere/sandbox.db: unable to open" in result.err
    assert result.err.count("\n") == 1


def test_an_unreachable_postgresql_is_reported_without_a_traceback(operator: Operator) -> None:
    result = operator("run", "--port", "0", "--database", "postgresql://nobody@127.0.0.1:1/shop")
    assert result.status == 1
    assert result.err.startswith("error: ")
    assert "127.0.0.1" in result.err
    assert "Traceback" not in result.err


def test_a_folder_that_cannot_hold_a_database_is_reported(operator: Operator) -> None:
    result = operator("run", "--port", "0", "--database", "sqlite:////proc/shop/shop.db")
    assert result.status == 1
    assert result.err.startswith("error: /proc/shop")


@pytest.mark.parametrize("given", [[], ["frobnicate"], ["backup"], ["run", "--prot", "1"]])
def test_an_invalid_command_line_exits_with_2(operator: Operator, given: list[str]) -> None:
    result = operator(*given)
    assert result.status == 2
    assert "usage: ticketing-server" in result.err


@pytest.mark.parametrize(
    ("redirected", "status"),
    [(">/dev/full", 1), (">&-", 0), ("2>/dev/full", 0), ("2>&-", 0), ("<&- >&- 2>&-", 0)],
)
def test_an_operators_command_with_closed_or_full_streams_ends_cleanly(
    tmp_path: Path, database: str, redirected: str, status: int
) -> None:
    command = f'"$0" -m server migrate --database {database} {redirected}'
    ran = subprocess.run(
        ["sh", "-c", command, sys.executable], check=False, env=isolated(tmp_path), text=True,
        capture_output=True, timeout=30, cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == status
    said = "error: cannot write to stdout: No space left on device\n"
    assert ran.stderr == ("" if status == 0 else said)


def test_a_server_whose_log_cannot_be_written_serves(tmp_path: Path, database: str) -> None:
    command = f'exec "$0" -m server run --port 0 --database {database} 2>/dev/full'
    with subprocess.Popen(
        ["sh", "-c", command, sys.executable], env=isolated(tmp_path), cwd=tmp_path,
        stdout=subprocess.PIPE, text=True,
    ) as server:  # fmt: skip
        try:
            assert server.stdout is not None
            url = server.stdout.readline().removeprefix("listening on ").strip()
            server.send_signal(signal.SIGHUP)  # it logs that
            assert httpx.get(f"{url}/readyz").is_success
        finally:
            server.terminate()
        assert server.wait(20) == 0


@pytest.mark.parametrize("name", [field.name for field in msgspec.structs.fields(Settings)])
def test_the_help_of_run_names_every_setting(name: str) -> None:
    assert name in OPTIONS or name == "insecure" or f"TICKETING_{name.upper()}" in EPILOG
