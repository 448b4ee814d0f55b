"""Signing up, in and out at a real marketplace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from client.credentials import Credentials, TokenOwner
from tests.cli.person import PASSWORD, Person
from tests.cli.processes import Touch, in_terminal

NEW = "another long password"


def test_signing_up_signs_in(stranger: Person) -> None:
    ran = stranger.run(
        "auth", "signup", "--email", "Ada@example.org", "--password-stdin", stdin=f"{PASSWORD}\n"
    )
    assert (ran.status, ran.out) == (0, "")
    assert "signed up as " in ran.err
    status = stranger.run("auth", "status", "--check", "--json", "email").json
    assert status["email"].lower() == "ada@example.org"


def test_an_account_can_be_printed_as_json(stranger: Person) -> None:
    ran = stranger.run(
        "auth", "signup", "--email", "ada@example.org", "--password-stdin", "--json", "email,role",
        stdin=f"{PASSWORD}\n",
    )  # fmt: skip
    assert ran.json == {"email": "ada@example.org", "role": "member"}


def test_signing_up_at_a_terminal_prompts_twice(stranger: Person, tmp_path: Path) -> None:
    touches = [
        Touch(b"Email: ", b"ada@example.org\r"),
        Touch(b"Password: ", PASSWORD.encode() + b"\r"),
        Touch(b"Password again: ", PASSWORD.encode() + b"\r"),
    ]
    ended = in_terminal(tmp_path, "auth", "signup", touches=touches, **stranger.env)
    assert ended.status == 0, ended.out
    assert b"signed up as ada@example.org" in ended.out
    assert PASSWORD.encode() not in ended.out


def test_two_different_passwords_create_no_account(stranger: Person, tmp_path: Path) -> None:
    touches = [
        Touch(b"Email: ", b"ada@example.org\r"),
        Touch(b"Password: ", PASSWORD.encode() + b"\r"),
        Touch(b"Password again: ", b"something else\r"),
    ]
    ended = in_terminal(tmp_path, "auth", "signup", touches=touches, **stranger.env)
    assert ended.status == 2
    assert b"do not match" in ended.out


@pytest.mark.parametrize(
    ("email", "password", "status", "words"),
    [
        ("nobody", PASSWORD, 2, "email"),
        ("ada@example.org", "short", 2, "password"),
        ("sofia@example.org", PASSWORD, 6, "auth login"),
    ],
)
def test_an_impossible_sign_up_gives_the_reason(
    sofia: Person, email: str, password: str, status: int, words: str
) -> None:
    ran = sofia.run("auth", "signup", "--email", email, "--password-stdin", stdin=password + "\n")
    assert ran.status == status
    assert words in ran.err


def test_a_wrong_password_exits_4(sofia: Person) -> None:
    ran = sofia.run(
        "auth", "login", "--email", "sofia@example.org", "--password-stdin", stdin="wrong\n"
    )
    assert ran.status == 4
    assert ran.err.startswith("error: ")


def test_signing_out_ends_the_session_and_deletes_the_token(sofia: Person) -> None:
    token = sofia.run("auth", "token").out.strip()
    assert sofia.run("auth", "logout").status == 0
    assert sofia.run("auth", "status").status == 4
    assert sofia.run("orders", TICKETING_TOKEN=token).status == 4


def test_signing_out_twice_is_a_success(sofia: Person) -> None:
    sofia.run("auth", "logout")
    assert sofia.run("auth", "logout").status == 0


def test_signing_out_works_while_the_server_is_unreachable(stranger: Person) -> None:
    away = "http://127.0.0.1:9"
    folder = Path(stranger.env["TICKETING_CONFIG_DIR"])
    who = TokenOwner(email="ada@example.org", account_id="usr_1a")
    Credentials(folder, {}, preference="file").store(away, "tok", who)
    ran = stranger.run("auth", "logout", TICKETING_SERVER=away)
    assert (ran.status, ran.out) == (0, "")
    assert "the session stays valid on the server" in ran.err
    assert stranger.run("auth", "status", TICKETING_SERVER=away).status == 4


def test_a_token_can_be_stored_without_a_prompt(sofia: Person, stranger: Person) -> None:
    token = sofia.run("auth", "token").out
    ran = stranger.run("auth", "login", "--with-token", stdin=token)
    assert (ran.status, ran.out) == (0, "")
    assert stranger.run("auth", "status", "--json", "email").json == {"email": "sofia@example.org"}


def test_an_invalid_token_is_refused_and_not_stored(stranger: Person) -> None:
    assert stranger.run("auth", "login", "--with-token", stdin="made-up\n").status == 4
    assert stranger.run("auth", "status").status == 4


def test_a_token_in_the_environment_determines_the_account(sofia: Person, ana: Person) -> None:
    token = sofia.run("auth", "token").out.strip()
    ran = ana.run("auth", "status", "--json", "email,store", TICKETING_TOKEN=token)
    assert ran.json == {"email": "sofia@example.org", "store": "environment"}
    assert ana.run("auth", "logout", TICKETING_TOKEN=token).status == 2


def test_status_shows_no_token(sofia: Person) -> None:
    token = sofia.run("auth", "token").out.strip()
    plain, as_json = sofia.run("auth", "status"), sofia.run("auth", "status", "--json", "all")
    assert plain.status == 0
    assert token not in plain.out + plain.err + as_json.out
    assert "****" in plain.out


def test_status_reads_no_secret(sofia: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("client.credentials.Credentials.token", refuse)
    assert sofia.run("auth", "status").status == 0


def test_without_a_sign_in_the_exit_code_is_4(stranger: Person) -> None:
    ran = stranger.run("auth", "status")
    assert (ran.status, ran.out) == (4, "")
    assert "ticketing auth login" in ran.err


def test_an_expired_sign_in_is_reported_as_expired(sofia: Person) -> None:
    path = Path(sofia.env["TICKETING_CONFIG_DIR"]) / "sign-ins.json"
    stored = json.loads(path.read_text())
    for sign_in in stored["servers"].values():
        sign_in["expires_at"] = "2020-01-01T00:00:00Z"
    path.write_text(json.dumps(stored))
    ran = sofia.run("auth", "status")
    assert ran.status == 4
    assert "has expired" in ran.err


def test_a_session_can_be_ended_from_another(sofia: Person) -> None:
    other = sofia.run(
        "auth", "login", "--email", "sofia@example.org", "--password-stdin", stdin=f"{PASSWORD}\n"
    )
    assert other.status == 0
    sessions = sofia.run("auth", "sessions", "--json", "id,current").json
    (old,) = [each["id"] for each in sessions if not each["current"]]
    assert sofia.run("auth", "sessions", "--end", old).status == 0
    left = sofia.run("auth", "sessions", "--json", "current").json
    assert left == [{"current": True}]


def test_a_new_password_replaces_the_old_one(sofia: Person) -> None:
    ran = sofia.run("auth", "password", "--password-stdin", stdin=f"{PASSWORD}\n{NEW}\n")
    assert (ran.status, ran.out) == (0, "")
    login = ("auth", "login", "--email", "sofia@example.org", "--password-stdin")
    assert sofia.run(*login, stdin=f"{PASSWORD}\n").status == 4
    assert sofia.run(*login, stdin=f"{NEW}\n").status == 0
