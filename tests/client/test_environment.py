"""The user's variables for proxies, certificates and tokens: used, or named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from client import environment
from client.environment import BadEnvironment, checked_token, proxy_for, ssl_context, variables

SERVER = "https://tickets.example.org"
PROXY = "http://proxy.example.org:3128"


@pytest.mark.parametrize(
    ("env", "variable"),
    [
        ({}, None),
        ({"HTTPS_PROXY": ""}, None),
        ({"HTTP_PROXY": PROXY}, None),
        ({"HTTPS_PROXY": PROXY}, "HTTPS_PROXY"),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other:1"}, "https_proxy"),
        ({"ALL_PROXY": PROXY}, "ALL_PROXY"),
        ({"HTTPS_PROXY": PROXY, "ALL_PROXY": "http://other:1"}, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": "proxy.example.org:3128"}, "HTTPS_PROXY"),
    ],
)
def test_the_variable_for_the_scheme_names_the_proxy(
    env: dict[str, str], variable: str | None
) -> None:
    found = proxy_for(SERVER, env)
    assert (None if found is None else (found.variable, found.url)) == (
        None if variable is None else (variable, PROXY)
    )


@pytest.mark.parametrize(
    ("server", "no_proxy"),
    [
        ("https://tickets.example.org", "*"),
        ("https://tickets.example.org", "tickets.example.org"),
        ("https://tickets.example.org", "a.test, example.org"),
        ("https://tickets.example.org", ".example.org"),
        ("https://tickets.example.org", "*.example.org"),
        ("https://tickets.example.org", "TICKETS.example.org:443"),
        ("https://tickets.example.org:8443", "tickets.example.org:8443"),
        ("https://192.0.2.7", "192.0.2.7"),
        ("https://192.0.2.7", "10.0.0.0/8 192.0.2.0/24"),
        ("https://[2001:db8::7]", "2001:db8::7"),
        ("https://[2001:db8::7]", "2001:DB8:0::7"),
        ("https://[2001:db8::7]", "[2001:db8::7]"),
        ("https://[2001:db8::7]", "::1,2001:db8::/32"),
        ("https://[2001:db8::7]:8443", "[2001:db8::7]:8443"),
        ("https://[2001:db8::7]", "[2001:db8::]/32"),
    ],
)
def test_no_proxy_takes_names_addresses_networks_and_ports(server: str, no_proxy: str) -> None:
    assert proxy_for(server, {"HTTPS_PROXY": PROXY, "NO_PROXY": no_proxy}) is None


@pytest.mark.parametrize(
    "no_proxy",
    ["", "::1", "[::1]", "fd00::/8", "[fd00::]/8", "example.com", "ample.org", "localhost,::1/128",
     "tickets.example.org:8443", "192.0.2.0/24", ",,", "not/a/network", "[", "]:", "::1:x"],
)  # fmt: skip
def test_other_entries_of_no_proxy_leave_the_proxy_in_use(no_proxy: str) -> None:
    assert proxy_for(SERVER, {"HTTPS_PROXY": PROXY, "NO_PROXY": no_proxy}) is not None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("socks5://user:secret@proxy:1080", "ALL_PROXY names a SOCKS proxy, which needs"),
        ("socks5h://proxy:1080", "ALL_PROXY names a SOCKS proxy, which needs"),
        ("socks4://user:secret@proxy:1080", "ALL_PROXY names a socks4 proxy; only http, https"),
        ("ftp://user:secret@proxy", "ALL_PROXY names a ftp proxy; only http, https"),
        ("http://user:secret@proxy:port", "ALL_PROXY is not the address of a proxy"),
        ("http://", "ALL_PROXY is not the address of a proxy"),
        ("http://[::1", "ALL_PROXY is not the address of a proxy"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    monkeypatch.setattr(environment, "find_spec", lambda _: None)
    with pytest.raises(BadEnvironment, match=re.escape(said)) as wrong:
        proxy_for(SERVER, {"ALL_PROXY": url})
    assert "secret" not in str(wrong.value)


def test_a_proxy_is_described_without_its_password() -> None:
    env = {"HTTPS_PROXY": "http://user:secret@proxy:3128", "no_proxy": "::1"}
    assert str(proxy_for(SERVER, env)) == "the proxy proxy:3128, which HTTPS_PROXY names"
    assert dict(variables(env)) == {"HTTPS_PROXY": "…@proxy:3128", "no_proxy": "::1"}


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"])
def test_a_variable_that_names_a_missing_place_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for other in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, "/nowhere/at/all")
    with pytest.raises(BadEnvironment, match=f"{name} names /nowhere/at/all"):
        ssl_context({name: "/nowhere/at/all"})


def test_a_file_without_certificates_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "certificates.pem"
    file.write_text("none here")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with pytest.raises(BadEnvironment, match=r"SSL_CERT_FILE names .*, which holds no certificate"):
        ssl_context({"SSL_CERT_FILE": str(file)})


@pytest.mark.parametrize("written", ["tok_-1", "tok_-1\n", "tok_-1\r\n", " tok_-1\t"])
def test_a_token_is_read_without_its_line_end(written: str) -> None:
    assert checked_token(written, source="TICKETING_TOKEN") == "tok_-1"


@pytest.mark.parametrize("written", ["one\ntwo", "one two", "tok\0", "tök", "tok\u200b", "\udcff"])
def test_what_is_not_a_token_is_refused_without_showing_it(written: str) -> None:
    with pytest.raises(BadEnvironment, match="TICKETING_TOKEN is not a token") as wrong:
        checked_token(written, source="TICKETING_TOKEN")
    assert written not in str(wrong.value)
