"""App: run one command line, and turn whatever comes out of it into words and an exit code."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import NoReturn, cast

import typer
from typer._click.exceptions import ClickException, UsageError

from ticketing_cli import completion
from ticketing_cli.runtime.command_loader import root
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import Exit, Report, Stop, report


def run(args: Sequence[str], world: Run | None = None) -> int:
    """Run a command line and return its exit code. Nothing is raised, whatever happens."""
    _tame_streams()
    world = world or Run(os.environ)
    world.as_json = any(arg == "--json" or arg.startswith("--json=") for arg in args)
    with _terminable():
        try:
            return _obey(_readable(args), world)
        except BrokenPipeError:
            return _quietly()
        except KeyboardInterrupt:
            told = Report(status=Exit.INTERRUPTED, code="interrupted", message="interrupted")
            return _say(world, told)
        except _Terminated:
            told = Report(status=Exit.TERMINATED, code="terminated", message="asked to end")
            return _say(world, told)
        except Exception as error:  # noqa: BLE001  the door: here everything becomes a sentence
            return _say(world, _explain(error), error)
        finally:
            world.close()


def _obey(args: list[str], world: Run) -> int:
    """Run the command, or complete the one being typed; return what it says."""
    if completion.VARIABLE in world.env:
        completion.answer(world, args, world.env)
        return Exit.OK
    command = root()
    try:
        with command.make_context("ticketing", args, obj=world) as context:
            # A command returns its exit code when that is not 0.
            status = cast("int | None", command.invoke(context))
    except typer.Exit as ended:
        status = ended.exit_code
    sys.stdout.flush()  # here, where a closed pipe is still met quietly
    if world.out.human and world.out.seen:
        from ticketing_cli.runtime import recent

        recent.save(world, world.out.seen)
    return int(status or Exit.OK)


class _Terminated(BaseException):
    """SIGTERM came. No `except Exception` on the way holds it up."""


def _explain(error: Exception) -> Report:
    """Say what happened and what to do next, for any exception."""
    if isinstance(error, UsageError):
        command = error.ctx.command_path if error.ctx else "ticketing"
        return Report(status=Exit.USAGE, code="usage", message=error.format_message().rstrip("."),
                      hint=f"`{command} --help` explains it")  # fmt: skip
    if isinstance(error, ClickException):
        return Report(status=Exit.USAGE, code="usage", message=error.format_message())
    if isinstance(error, typer.Abort | EOFError):
        return Report(status=Exit.FAILED, code="declined", message="no answer was given")
    if known := report(error):
        return known
    return Report(
        status=Exit.FAILED, code="bug",
        message=f"something broke in ticketing itself ({type(error).__name__}: {error})",
        hint="run it again with --debug and report what it prints",
    )  # fmt: skip


def _say(world: Run, told: Report, error: BaseException | None = None) -> int:
    """Tell the user how the command ended and return its exit code."""
    try:
        sys.stdout.flush()
        if world.debug and error is not None and not isinstance(error, Stop):
            import traceback

            trace = "".join(traceback.format_exception(error))
            world.out.say(_redacted(trace, world.secrets))
        told = replace(told, message=_redacted(told.message, world.secrets))
        world.out.fail(told, as_json=world.as_json)
    except BrokenPipeError:
        _quietly()
    return int(told.status)


def _redacted(text: str, secrets: set[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "[redacted]")
    return text


def _readable(args: Sequence[str]) -> list[str]:
    """Return the arguments as text, also where the locale is not UTF-8 (LC_ALL=C)."""
    try:
        return [arg if arg.isascii() else os.fsencode(arg).decode("utf-8") for arg in args]
    except UnicodeError:
        raise Stop(Exit.USAGE, "an argument is not UTF-8 text", code="usage") from None


def _tame_streams() -> None:
    """Write `?` for what the terminal's encoding has no letter for, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _quietly() -> int:
    """Whoever read our output has seen enough: end without a word, at exit too."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return int(Exit.OK)


@contextmanager
def _terminable() -> Iterator[None]:
    """Turn SIGTERM into an exception, so that what is open is closed on the way out."""

    def end(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise _Terminated

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread hears signals
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
