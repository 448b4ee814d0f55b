from __future__ import annotations

import pytest

from client.address import BadAddress, normalise


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765"),
        ("http://localhost:8765/", "http://localhost:8765"),
        ("http://[::1]:8765", "http://[::1]:8765"),
        (" https://Tickets.Example.org/ ", "https://tickets.example.org"),
        ("https://example.org/tickets/", "https://example.org/tickets"),
    ],
)
def test_an_address_has_one_normal_form(given: str, normal: str) -> None:
    assert normalise(given) == normal


@pytest.mark.parametrize(
    "bad",
    ["", "tickets.example.org", "ftp://x", "http://", "https://u:p@x", "https://x?y", "https://x#y",
     "http://x:99999", "http://[::1", "file:///etc/passwd", "https://u:p@127.0.0.1"],
)  # fmt: skip
def test_an_invalid_address_is_refused(bad: str) -> None:
    with pytest.raises(BadAddress):
        normalise(bad)


@pytest.mark.parametrize(
    "far",
    ["http://tickets.example.org", "http://10.0.0.7", "http://127.0.0.1.example.org",
     "http://localhost.example.org"],
)  # fmt: skip
def test_plain_http_to_another_machine_is_refused_unless_allowed(far: str) -> None:
    with pytest.raises(BadAddress, match="plain http"):
        normalise(far)
    assert normalise(far, insecure=True) == far


def test_a_problem_does_not_repeat_a_password() -> None:
    with pytest.raises(BadAddress) as refused:
        normalise("https://me:hunter2@x")
    assert "hunter2" not in str(refused.value)
