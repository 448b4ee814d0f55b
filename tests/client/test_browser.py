"""Pages are opened with the commands of BROWSER, as other programs read it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from client.browser import open_page

URL = "https://pay.example.org/p/x?a=1&b=2%203#c"


@pytest.fixture
def opened(tmp_path: Path) -> Path:
    """Return the file in which the fake browser writes its arguments, one a line."""
    (tmp_path / "browser.py").write_text(
        f"import sys; open({str(tmp_path / 'opened')!r}, 'w').write(chr(10).join(sys.argv[1:]))"
    )
    return tmp_path / "opened"


def browser(opened: Path) -> str:
    return f"{sys.executable} {opened.with_name('browser.py')}"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", [URL]),
        ("--new", ["--new", URL]),
        ("%s --new", [URL, "--new"]),
        ("--page=%s", [f"--page={URL}"]),
        ("--zoom=50%%", ["--zoom=50%", URL]),
        ("a%cb %s", ["a:b", URL]),
    ],
)
def test_the_page_stands_where_the_command_says(
    opened: Path, arguments: str, expected: list[str]
) -> None:
    assert open_page(URL, {"BROWSER": f"{browser(opened)} {arguments}"})
    assert opened.read_text().split("\n") == expected


def test_the_first_command_that_works_opens_the_page(opened: Path) -> None:
    commands = ["/nowhere/firefox", "false", "'unbalanced", "", browser(opened), "false"]
    assert open_page(URL, {"BROWSER": os.pathsep.join(commands)})
    assert opened.read_text() == URL


def test_a_list_of_which_none_works_opens_nothing() -> None:
    desktop = {"DISPLAY": ":0"}
    assert not open_page(
        URL, {"BROWSER": os.pathsep.join(["/nowhere/firefox", "false"]), **desktop}
    )


def test_our_own_variable_takes_precedence(opened: Path) -> None:
    assert open_page(URL, {"TICKETING_BROWSER": browser(opened), "BROWSER": "false"})


def test_a_command_that_ends_with_an_ampersand_is_not_waited_for() -> None:
    started = time.monotonic()
    assert open_page(URL, {"BROWSER": "/nowhere/x &:sleep 3 &"})
    assert time.monotonic() - started < 2


def test_a_page_is_no_code_in_a_script(opened: Path) -> None:
    hostile = (
        f"https://pay.example.org/;touch${{IFS}}{opened};`touch {opened}`&touch$IFS{opened}'\""
    )
    assert open_page(hostile, {"BROWSER": "sh -c 'echo %s >/dev/null; echo \"%s\" >/dev/null'"})
    assert not opened.exists()


@pytest.mark.parametrize("url", ["file:///etc/passwd", "--help", "javascript:alert(1)"])
def test_only_web_pages_are_opened(opened: Path, url: str) -> None:
    assert not open_page(url, {"BROWSER": browser(opened)})
    assert not opened.exists()
