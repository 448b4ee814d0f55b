"""Whom requests are counted for, behind proxies and without."""

from __future__ import annotations

import pytest

from server.http.client_address import client_address, network

PROXY = "10.0.0.1"


@pytest.mark.parametrize(
    ("written", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("203.0.113.7:54321", "203.0.113.7"),
        ('"203.0.113.7:54321"', "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::ffff", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]", "2001:db8:1:2::/64"),
        ('"[2001:db8:1:2::1]:443"', "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("[fe80::1%25eth0]:80", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:80", "203.0.113.7"),
        ("::1", "::/64"),
        ("unknown", ""),
        ("_hidden", ""),
        ("", ""),
        ("203.0.113.7.example.org", ""),
        ("203.0.113.7, 1.2.3.4", ""),
        ("\udcff", ""),
    ],
)
def test_an_address_is_counted_under_one_spelling(written: str, counted: str) -> None:
    assert network(written) == counted


@pytest.mark.parametrize(
    ("lines", "proxies", "counted"),
    [
        ([], 0, PROXY),
        (["203.0.113.7"], 0, PROXY),
        ([], 1, PROXY),
        ([""], 1, PROXY),
        (["203.0.113.7"], 1, "203.0.113.7"),
        (["6.6.6.6, 203.0.113.7"], 1, "203.0.113.7"),
        (["6.6.6.6", "203.0.113.7"], 1, "203.0.113.7"),
        (["6.6.6.6, 203.0.113.7", "10.0.0.9"], 2, "203.0.113.7"),
        (["6.6.6.6", "203.0.113.7", "10.0.0.9"], 2, "203.0.113.7"),
        (["203.0.113.7"], 2, "203.0.113.7"),
        (["6.6.6.6, unknown"], 1, PROXY),
        (["6.6.6.6,"], 1, PROXY),
        (["6.6.6.6, [2001:db8::5]:1234"], 1, "2001:db8::/64"),
    ],
)
def test_only_what_our_own_proxies_wrote_is_believed(
    lines: list[str], proxies: int, counted: str
) -> None:
    assert client_address(PROXY, lines, proxies=proxies) == counted
