"""Child: a program of ours beside this one, kept to a core of its own, with what it has used."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: What is measured runs on the first core, what loads it on the last one.
SERVER_CORE, LOAD_CORE = 0, (os.cpu_count() or 1) - 1
TOP = Path(__file__).parents[1]
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Child:
    """A server that listens on `port`."""

    process: subprocess.Popen[str]
    port: int

    @property
    def cpu(self) -> float:
        """How many seconds of processor it has used, or 0 where the system does not tell."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        if not stat.exists():
            return 0.0
        fields = stat.read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


def keep_to(pid: int, core: int) -> None:
    """Keep a process to one core, where the system can and there is more than one."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(pid, {core})


@contextmanager
def listening(command: Sequence[str], **environment: str) -> Iterator[Child]:
    """Run `python -m COMMAND` on the server's core until it is no longer needed."""
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        stdout=subprocess.PIPE,
        env=os.environ | environment,
        cwd=TOP,
        text=True,
    ) as process:
        keep_to(process.pid, SERVER_CORE)
        try:
            assert process.stdout is not None
            line = process.stdout.readline().strip()
            assert line.startswith("listening on "), f"it said {line!r} and no address"
            yield Child(process, int(line.rpartition(":")[2]))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


@contextmanager
def audited(database: Path, *options: str, **environment: str) -> Iterator[Child]:
    """Run the real server on a database, which it audits first unless told otherwise."""
    command = ["server", "run", "--database", f"sqlite:///{database}", "--port", "0", *options]
    generous = {"TICKETING_MAX_OPEN_ORDERS": "1000000", "TICKETING_LOG_LEVEL": "error"}
    with listening(command, **(generous | environment)) as child:
        yield child


@contextmanager
def server(database: Path, **environment: str) -> Iterator[Child]:
    """Run the real server on a database, without the audit: that is measured by itself."""
    with audited(database, "--skip-check", **environment) as child:
        yield child


@contextmanager
def floor(database: Path) -> Iterator[Child]:
    """Run the hand-written floor on a database."""
    with listening(["bench.floor", str(database)]) as child:
        yield child
