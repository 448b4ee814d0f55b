"""Opening: start the app on a terminal, and leave the terminal as it was."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Mapping

from tui.app import TicketingApp
from tui.session import Session, Wishes

#: How long after the start what stands then is taken to stand for good, in seconds.
SETTLED = 1.0


def open_app(env: Mapping[str, str], wishes: Wishes) -> int:
    """Run the app until it is left and return the exit code: 0, 1 after a bug, 128 + a signal.

    Raise BadConfig and BadAddress for settings that cannot be used, before anything is drawn.
    """
    if os.environ.get("NO_COLOR") == "":
        del os.environ["NO_COLOR"]  # empty means nothing; Textual takes it for a yes
    session = Session(env, wishes)
    app = TicketingApp(session, mouse=wishes.mouse, theme=wishes.theme)
    settling = threading.Timer(SETTLED, _settle)
    settling.daemon = True
    settling.start()
    try:
        app.run(mouse=wishes.mouse)
    finally:
        settling.cancel()
        session.close()
    if app.crashed:
        where = f"; what happened is in {app.crash_path}" if app.crash_path else ""
        sys.stderr.write(f"ticketing: the app stopped because of a bug{where}\n")
    return app.return_code or 0


def _settle() -> None:
    """Keep what was made at the start out of Python's search for cycles.

    Searched through, it stopped the screen for 40 to 60 ms, twenty times a minute in a busy
    market; what is made afterwards is searched as always.
    """
    gc.freeze()
    gc.enable()
