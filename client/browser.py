"""Browser: open a page in the user's browser, if there is one."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from urllib.parse import quote

#: What a command of BROWSER may hold: the page, a colon, a percent sign (as xdg-open reads it).
_PLACEHOLDER = re.compile("%[sc%]")
#: What a URL may keep inside a shell's script. No character of it means anything to a shell.
_SAFE_IN_SCRIPT = ":/?#=@+,%~"


def open_page(url: str, env: Mapping[str, str]) -> bool:
    """Open a page and return whether that worked.

    TICKETING_BROWSER takes precedence over BROWSER, and BROWSER over the desktop's default; over
    SSH there is no default. Both are lists of commands, separated like PATH, the first of which
    that works is used. `%s` in a command is the page, which otherwise follows it; a command that
    ends with `&` is not waited for.
    """
    if not url.startswith(("http://", "https://")):
        return False  # a hostile payment URL must not pass as an option or a file
    if commands := env.get("TICKETING_BROWSER") or env.get("BROWSER"):
        return any(_run(command, url) for command in commands.split(os.pathsep))
    if env.get("SSH_CONNECTION") or not _has_desktop(env):
        return False
    import webbrowser

    return webbrowser.open(url)


def _run(command: str, url: str) -> bool:
    """Run one command with a page; return whether it succeeded."""
    text = command.strip()
    waits = not text.endswith("&")
    try:
        words = shlex.split(text.removesuffix("&"))
        if not words:
            return False
        arguments = [_fill(word, url) for word in words]
        if "%s" not in text.replace("%%", ""):
            arguments.append(url)
        if not waits:
            if shutil.which(arguments[0]) is None:
                return False
            arguments = ["/bin/sh", "-c", '"$@" &', "sh", *arguments]
        return subprocess.run(arguments, check=False).returncode == 0
    except (OSError, ValueError):
        return False


def _fill(word: str, url: str) -> str:
    """Put the page in for `%s`; in a word with blanks, a shell's script, so that it stays data."""
    page = quote(url, safe=_SAFE_IN_SCRIPT) if any(map(str.isspace, word)) else url
    meanings = {"%s": page, "%c": ":", "%%": "%"}
    return _PLACEHOLDER.sub(lambda found: meanings[found[0]], word)


def _has_desktop(env: Mapping[str, str]) -> bool:
    if sys.platform in {"darwin", "win32"}:
        return True
    return bool(env.get("DISPLAY") or env.get("WAYLAND_DISPLAY"))
