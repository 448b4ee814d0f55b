"""Runner: run a command in this process, with streams, a clock and a server of the test's own."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.still import Still
from ticketing_cli.runtime.app import main
from ticketing_cli.runtime.context import Run

Responder = Callable[[httpx.Request], httpx.Response]


class Stream(io.TextIOWrapper):
    """A stream in memory that can pretend to be a terminal."""

    def __init__(self, text: str = "", *, tty: bool = False, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(text.encode()), encoding=encoding, write_through=True)
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty

    @property
    def text(self) -> str:
        raw: io.BytesIO = self.buffer  # type: ignore[assignment]
        return raw.getvalue().decode(self.encoding, "surrogateescape")


@dataclass(frozen=True)
class CommandResult:
    """How a command ended and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class CommandRunner:
    """Runs command lines; `answer` plays the server."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    answer: Responder | None = None
    tty: bool = False
    encoding: str = "utf-8"
    clock: Still = field(default_factory=Still)

    def run(self, *args: str, stdin: str = "") -> CommandResult:
        """Run a command line; it writes nothing outside `folder`."""
        env = {"TICKETING_CONFIG_DIR": str(self.folder / "config"), **self.env}
        env.setdefault("TICKETING_CREDENTIAL_STORE", "file")
        out, err = (Stream(tty=self.tty, encoding=self.encoding) for _ in "oe")
        context = Run(
            env,
            stdin=Stream(stdin, tty=self.tty),
            stdout=out,
            stderr=err,
            clock=self.clock,
            http_transport=httpx.MockTransport(self.answer or _refuse_connection),
        )
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(args, context)
        return CommandResult(status, out.text, err.text)


def _refuse_connection(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("[Errno 111] Connection refused")
