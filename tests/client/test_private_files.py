"""The files that a user owns: links, byte order marks, full disks, and two programs at once."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path
from typing import Any, Self

import pytest

from client.config import BadConfig, Config, write_private
from client.credentials import Credentials, TokenOwner
from client.private_files import alone, try_writing, write_whole

WHO = TokenOwner(email="ana@example.org", account_id="usr_1a")


def config(folder: Path) -> Config:
    return Config({"TICKETING_CONFIG_DIR": str(folder)})


def credentials(folder: Path) -> Credentials:
    return Credentials(folder, {}, preference="file")


def fail_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk be full from now on."""

    class Full:
        def __init__(self, descriptor: int, *_: object) -> None:
            self.descriptor = descriptor

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            os.close(self.descriptor)

        def write(self, _: bytes) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fdopen", Full)


@pytest.mark.parametrize("kind", ["file", "chain", "folder", "nowhere"])
def test_a_setting_is_written_through_a_symbolic_link(tmp_path: Path, kind: str) -> None:
    folder, dotfiles = tmp_path / "config", tmp_path / "dotfiles"
    dotfiles.mkdir()
    real = dotfiles / "ticketing.toml"
    if kind == "folder":
        folder.symlink_to(dotfiles)
        real = dotfiles / "config.toml"
    else:
        folder.mkdir()
        target = real
        if kind == "chain":
            target = tmp_path / "middle"
            target.symlink_to(real)
        (folder / "config.toml").symlink_to(target)
    if kind != "nowhere":
        real.write_text('# mine\nserver = "https://a.example"\n')
    config(folder).set("server", "https://b.example")
    assert (folder if kind == "folder" else folder / "config.toml").is_symlink()
    assert real.read_text().endswith('server = "https://b.example"\n')
    assert {path.name for path in dotfiles.iterdir()} == {real.name}


def test_a_byte_order_mark_is_read_over(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b'\xef\xbb\xbfserver = "https://a.example"\r\n')
    assert config(tmp_path).get("server").value == "https://a.example"
    config(tmp_path).set("credential_store", "file")
    assert config(tmp_path).get("server").value == "https://a.example"
    mine = credentials(tmp_path)
    mine.store("https://a.example", "tok", WHO)
    for name in ("tokens.json", "sign-ins.json"):
        file = tmp_path / name
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert mine.token("https://a.example") == "tok"


def test_a_full_disk_leaves_the_old_file_and_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config.toml"
    path.write_text("old")
    fail_to_write(monkeypatch)
    with pytest.raises(BadConfig, match=f"cannot write {path}: No space left on device"):
        write_private(path, "new")
    assert [each.name for each in tmp_path.iterdir()] == ["config.toml"]
    assert path.read_text() == "old"


def test_a_file_is_private_from_the_first_byte_on(tmp_path: Path) -> None:
    write_whole(tmp_path / "deep" / "tokens.json", b"secret")
    assert (tmp_path / "deep" / "tokens.json").stat().st_mode & 0o777 == 0o600


def at_once(*runs: Any) -> None:
    """Run functions on threads that all start together."""
    start = threading.Barrier(len(runs))

    def run(work: Any) -> None:
        start.wait()
        work()

    threads = [threading.Thread(target=run, args=(work,)) for work in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_sign_ins_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    servers = [f"https://{number}.example" for number in range(20)]

    def sign_in(server: str) -> Any:
        return lambda: credentials(tmp_path).store(server, f"tok-{server[8:10]}", WHO)

    at_once(*map(sign_in, servers))
    mine = credentials(tmp_path)
    assert [server for server in servers if mine.token(server) is None] == []


def test_two_settings_at_the_same_time_are_both_kept(tmp_path: Path) -> None:
    for _ in range(10):
        (tmp_path / "config.toml").unlink(missing_ok=True)
        at_once(
            lambda: config(tmp_path).set("server", "https://a.example"),
            lambda: config(tmp_path).set("credential_store", "file"),
        )
        assert len((tmp_path / "config.toml").read_text().splitlines()) == 2


def test_the_lock_of_a_folder_is_no_file_in_it(tmp_path: Path) -> None:
    with alone(tmp_path / "config"):
        assert list((tmp_path / "config").iterdir()) == []


def test_a_folder_that_does_not_exist_yet_is_checked_without_being_made(tmp_path: Path) -> None:
    try_writing(tmp_path / "deep" / "er")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_exist_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "config", Path("/proc/config")):
        with pytest.raises(BadConfig, match=r"cannot write to .*; nothing was sent"):
            credentials(place).check_writable()


def test_damaged_files_are_found_before_the_server_is_asked(tmp_path: Path) -> None:
    (tmp_path / "sign-ins.json").write_text("{")
    with pytest.raises(BadConfig, match="is damaged"):
        credentials(tmp_path).check_writable()
