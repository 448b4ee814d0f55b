"""Browser: open a page in the user's browser, if there is one."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Mapping


def open_page(url: str, env: Mapping[str, str]) -> bool:
    """Open a page and return whether that worked.

    TICKETING_BROWSER takes precedence over BROWSER, and BROWSER over the desktop's default; over
    SSH there is no default.
    """
    if not url.startswith(("http://", "https://")):
        return False  # a hostile payment URL must not pass as an option or a file
    if command := env.get("TICKETING_BROWSER") or env.get("BROWSER"):
        try:
            return subprocess.run([*shlex.split(command), url], check=False).returncode == 0
        except (OSError, ValueError):
            return False
    if env.get("SSH_CONNECTION") or not _has_desktop(env):
        return False
    import webbrowser

    return webbrowser.open(url)


def _has_desktop(env: Mapping[str, str]) -> bool:
    if sys.platform in {"darwin", "win32"}:
        return True
    return bool(env.get("DISPLAY") or env.get("WAYLAND_DISPLAY"))
