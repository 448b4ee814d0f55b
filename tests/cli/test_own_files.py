"""Commands whose files cannot be written."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.cli.runner import CommandRunner
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.files import write


@pytest.mark.parametrize(
    "args",
    [["signup", "--email", "a@example.org", "--password-stdin"],
     ["login", "--email", "a@example.org", "--password-stdin"], ["login", "--with-token"]],
    ids=["signup", "login", "token"],
)  # fmt: skip
def test_nothing_is_sent_when_the_sign_in_could_not_be_stored(
    cli: CommandRunner, args: list[str]
) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(500)

    cli.answer = answer
    cli.env["TICKETING_CONFIG_DIR"] = "/proc/nowhere"
    ran = cli.run("auth", *args, stdin="correct horse battery staple\n")
    assert ran.status == 2
    assert "cannot write to /proc/nowhere" in ran.err
    assert "nothing was sent" in ran.err
    assert asked == []


def test_force_follows_a_link_and_keeps_the_mode_of_the_file(tmp_path: Path) -> None:
    run, real, link = Run({}), tmp_path / "real.txt", tmp_path / "link.txt"
    write(run, str(real), b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    write(run, str(link), b"new", force=True)
    assert (real.read_bytes(), link.is_symlink()) == (b"new", True)
    assert real.stat().st_mode & 0o777 == 0o640
    assert {path.name for path in tmp_path.iterdir()} == {"real.txt", "link.txt"}
