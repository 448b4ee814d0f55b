"""Launch: run the app on a terminal, and restore the terminal afterwards."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Mapping, MutableMapping

from client.config import is_on
from client.connection import check_environment
from tui.app import TicketingApp
from tui.session import LaunchOptions, UserSession

#: After this many seconds the objects made at start-up count as permanent.
SETTLED = 1.0


def open_app(env: Mapping[str, str], options: LaunchOptions) -> int:
    """Run the app until it exits and return the exit code: 0, 1 after a bug, 128 + a signal.

    Raise BadConfig and BadAddress for invalid settings, before anything is drawn.
    """
    _translate_color_variables(os.environ)
    session = UserSession(env, options)
    check_environment(session.api.server)
    app = TicketingApp(session, mouse=options.mouse, theme=options.theme)
    settling = threading.Timer(SETTLED, _settle)
    settling.daemon = True
    settling.start()
    try:
        app.run(mouse=options.mouse)
    finally:
        settling.cancel()
        session.close()
    if app.crashed:
        where = f"; the crash log is {app.crash_path}" if app.crash_path else ""
        sys.stderr.write(f"ticketing: the app stopped because of a bug{where}\n")
    return app.return_code or 0


def _translate_color_variables(env: MutableMapping[str, str]) -> None:
    """Say in NO_COLOR, the only variable that Textual reads, what the others mean.

    Textual takes an empty NO_COLOR for a yes, and it means nothing.
    """
    forced = is_on(env, "FORCE_COLOR") or is_on(env, "CLICOLOR_FORCE")
    refused = bool(env.get("CLICOLOR")) and not is_on(env, "CLICOLOR")
    if refused and not forced:
        env["NO_COLOR"] = "1"
    elif env.get("NO_COLOR") == "":
        del env["NO_COLOR"]


def _settle() -> None:
    """Exclude the objects made at start-up from Python's garbage collection.

    Collecting them froze the screen for 40 to 60 ms, twenty times a minute in a busy market.
    Objects made later are collected as usual.
    """
    gc.freeze()
    gc.enable()
