"""Screen: the app on a terminal of its own, with keys typed and the bytes it draws looked at."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from bench.child import LOAD_CORE, TOP, keep_to

SIZE = (120, 40)
PAGE = os.sysconf("SC_PAGE_SIZE")
#: The bar of a list's cursor, and where the line it stands in begins.
BAR = "▌".encode()
MOVE = re.compile(rb"\x1b\[(\d+);(\d+)H")
PATIENCE = 20.0


class Screen:
    """A program on a terminal, kept to the last core."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start it."""
        self.began = time.perf_counter()
        self._end, theirs = pty.openpty()
        rows = struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0)
        fcntl.ioctl(self._end, termios.TIOCSWINSZ, rows)
        self.process = subprocess.Popen(
            command, env=environment, cwd=TOP, stdin=theirs, stdout=theirs, stderr=theirs
        )
        keep_to(self.process.pid, LOAD_CORE)
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._end)

    def read(self, until: float) -> bytes:
        """Return what is drawn next, nothing at the moment `until` or at the end."""
        ready, _, _ = select.select([self._end], [], [], max(0.0, until - time.perf_counter()))
        if not ready:
            return b""
        try:
            return os.read(self._end, 1 << 18)
        except OSError:  # Linux says so when the last writer is gone
            return b""

    def seconds_until(self, drawn: Callable[[bytes], bool]) -> float:
        """Return the seconds from now until what was drawn since is it."""
        began, seen = time.perf_counter(), b""
        while not drawn(seen):
            chunk = self.read(began + PATIENCE)
            assert chunk, f"never drawn; the last of it: {seen[-2000:]!r}"
            seen += chunk
        return time.perf_counter() - began

    def rest(self, seconds: float) -> bytes:
        """Look on for a while."""
        end, seen = time.perf_counter() + seconds, b""
        while time.perf_counter() < end:
            seen += self.read(end)
        return seen

    def type(self, key: str) -> None:
        """Press a key."""
        os.write(self._end, key.encode())

    @property
    def megabytes(self) -> float:
        """How much memory it holds, where the system tells."""
        stat = Path(f"/proc/{self.process.pid}/statm")
        return int(stat.read_text("ascii").split()[1]) * PAGE / 1e6 if stat.exists() else 0.0

    @property
    def cpu(self) -> float:
        """How many seconds of processor it has used, where the system tells."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        if not stat.exists():
            return 0.0
        fields = stat.read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bars(drawn: bytes) -> list[tuple[int, int]]:
    """Return the rows and columns of the lines in which a cursor's bar was drawn."""
    places = []
    at = drawn.find(BAR)
    while at >= 0:
        moves = list(MOVE.finditer(drawn, max(0, at - 4096), at))
        if moves:
            places.append((int(moves[-1][1]), int(moves[-1][2])))
        at = drawn.find(BAR, at + 1)
    return places
