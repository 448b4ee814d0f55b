"""Child: a server as a child process on a core of its own, and the processor time it has used."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: The measured server runs on the first core, the load on the last one.
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
        """Processor time used in seconds, or 0 where the system does not report it."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        if not stat.exists():
            return 0.0
        fields = stat.read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


def keep_to(pid: int, core: int) -> None:
    """Pin a process to one core, where the system supports it and has more than one."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(pid, {core})


@contextmanager
def listening(command: Sequence[str], **environment: str) -> Iterator[Child]:
    """Run `python -m COMMAND` on the server's core, and stop it at the end."""
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
            assert line.startswith("listening on "), f"expected an address, got {line!r}"
            yield Child(process, int(line.rpartition(":")[2]))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


@contextmanager
def audited(database: Path, *options: str, **environment: str) -> Iterator[Child]:
    """Run the real server on a database, which it audits first unless `options` skip that."""
    command = ["server", "run", "--database", f"sqlite:///{database}", "--port", "0", *options]
    unlimited = {"TICKETING_MAX_OPEN_ORDERS": "1000000", "TICKETING_RATE_LIMITS": "0"}
    quiet = {"TICKETING_LOG_LEVEL": "error"}
    with listening(command, **(unlimited | quiet | environment)) as child:
        yield child


@contextmanager
def server(database: Path, **environment: str) -> Iterator[Child]:
    """Run the real server on a database without the audit, which `scale` measures separately."""
    with audited(database, "--skip-check", **environment) as child:
        yield child


@contextmanager
def floor(database: Path) -> Iterator[Child]:
    """Run the hand-written floor on a database."""
    with listening(["bench.floor", str(database)]) as child:
        yield child
