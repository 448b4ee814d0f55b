from __future__ import annotations

import os
from pathlib import Path

import pytest

from client.config import BadConfig, Config, Origin, config_folder, write_private


def config(folder: Path, *, server: str | None = None, **env: str) -> Config:
    flags = {"server": server} if server else None
    return Config({"TICKETING_CONFIG_DIR": str(folder), **env}, flags=flags)


def written(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "config.toml").write_text(text, "utf-8")
    return folder


def test_a_flag_takes_precedence_over_the_environment_and_the_file(tmp_path: Path) -> None:
    written(tmp_path, 'server = "https://file.example"\n')
    env = {"TICKETING_SERVER": "https://env.example"}
    flag = config(tmp_path, server="https://flag.example", **env).get("server")
    by_env = config(tmp_path, **env).get("server")
    by_file = config(tmp_path).get("server")
    assert (flag.value, flag.origin) == ("https://flag.example", Origin.FLAG)
    assert (by_env.value, by_env.origin) == ("https://env.example", Origin.ENVIRONMENT)
    assert (by_file.value, by_file.origin) == ("https://file.example", Origin.FILE)


def test_without_any_setting_the_default_applies_and_nothing_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "absent"
    assert config(folder).get("server").value == "http://127.0.0.1:8765"
    assert not folder.exists()


def test_an_unknown_key_names_the_file_and_the_nearest_key(tmp_path: Path) -> None:
    written(tmp_path, 'sever = "x"\n')
    with pytest.raises(BadConfig, match=r"config\.toml: .*'sever'.*server"):
        config(tmp_path)


@pytest.mark.parametrize("text", ["server = 8765\n", "server = \n", "\x00", 'server = ["a"]\n'])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadConfig, match=r"config\.toml"):
        config(written(tmp_path, text))


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b'server = "\xff"')
    with pytest.raises(BadConfig, match=r"config\.toml"):
        config(tmp_path)


def test_an_invalid_value_of_a_setting_names_its_source(tmp_path: Path) -> None:
    asked = config(tmp_path, TICKETING_CREDENTIAL_STORE="wallet")
    with pytest.raises(BadConfig, match=r"TICKETING_CREDENTIAL_STORE.*auto, keyring, file"):
        asked.get("credential_store")


def test_setting_a_value_keeps_comments_and_order(tmp_path: Path) -> None:
    written(tmp_path, '# mine\ncredential_store = "file"  # no desktop here\n')
    config(tmp_path).set("server", "https://tickets.example.org")
    text = (tmp_path / "config.toml").read_text("utf-8")
    assert text == (
        '# mine\ncredential_store = "file"  # no desktop here\n'
        'server = "https://tickets.example.org"\n'
    )


@pytest.mark.parametrize(
    "address", ["foo", "", "tickets.example.org", "ftp://x.org", "http://x.org", "http://[", "//x"]
)
def test_an_address_that_cannot_be_used_is_not_written(tmp_path: Path, address: str) -> None:
    with pytest.raises(BadConfig, match=r"server: .*; nothing was changed"):
        config(tmp_path).set("server", address)
    assert not (tmp_path / "config.toml").exists()


def test_an_address_is_written_in_its_normal_form(tmp_path: Path) -> None:
    assert config(tmp_path).set("server", " https://X.org/ ") == "https://x.org"
    assert config(tmp_path).get("server").value == "https://x.org"


def test_plain_http_is_written_where_it_is_allowed(tmp_path: Path) -> None:
    config(tmp_path, TICKETING_INSECURE="1").set("server", "http://x.org")
    assert config(tmp_path).get("server").value == "http://x.org"


def test_the_folder_can_be_chosen(tmp_path: Path) -> None:
    assert config_folder({"TICKETING_CONFIG_DIR": str(tmp_path)}) == tmp_path


def test_a_private_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "tokens.json"
    write_private(path, "secret")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["tokens.json"]


def test_a_folder_that_cannot_be_created_is_reported_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadConfig, match="cannot write"):
        write_private(tmp_path / "file" / "x.json", "")


def test_a_symbolic_link_in_place_of_the_draft_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / f".x.json.{os.getpid()}").symlink_to(victim)
    write_private(tmp_path / "x.json", "secret")
    assert victim.read_text() == "precious"
