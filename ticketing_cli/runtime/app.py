"""App: run one command line, and turn every outcome into a message and an exit code."""

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
from typing import NoReturn, TextIO, cast

import typer
from typer._click.exceptions import ClickException, UsageError

from ticketing_cli import completion
from ticketing_cli.runtime import streams
from ticketing_cli.runtime.command_loader import root
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import (
    CommandError,
    ErrorReport,
    ExitCode,
    Terminated,
    report_of,
)

STDOUT_CLOSED = ErrorReport(
    status=ExitCode.USAGE, code="output",
    message="stdout is closed, so there is no place for the result; nothing was changed",
    hint="send it to /dev/null if you do not need it: > /dev/null",
)  # fmt: skip


def main(args: Sequence[str], run: Run | None = None) -> int:
    """Run a command line and return its exit code. Never raises."""
    stdout_closed = streams.open_closed_streams()
    _tolerate_encodings()
    run = run or Run(os.environ)
    run.as_json = any(arg == "--json" or arg.startswith("--json=") for arg in args)
    with _sigterm_raises():
        try:
            if stdout_closed:
                return _fail(run, STDOUT_CLOSED)
            return _execute(_decoded(args), run)
        except BrokenPipeError:
            return _end_quietly()
        except KeyboardInterrupt:
            report = ErrorReport(
                status=ExitCode.INTERRUPTED, code="interrupted", message="interrupted"
            )
            return _fail(run, report)
        except Terminated:
            report = ErrorReport(
                status=ExitCode.TERMINATED, code="terminated", message="terminated"
            )
            return _fail(run, report)
        except Exception as error:  # noqa: BLE001  the entry point: report everything
            return _fail(run, _explain(error), error)
        finally:
            run.close()


def _execute(args: list[str], run: Run) -> int:
    """Run the command, or complete the one being typed; return the exit code."""
    if completion.VARIABLE in run.env:
        completion.answer(run, args, run.env)
        return ExitCode.OK
    command = root()
    try:
        with command.make_context("ticketing", args, obj=run) as context:
            # A command returns its exit code when that is not 0.
            status = cast("int | None", command.invoke(context))
    except typer.Exit as ended:
        status = ended.exit_code
    sys.stdout.flush()  # here, where a closed pipe is still handled
    if run.out.human and run.out.shown:
        from ticketing_cli.runtime import recent

        recent.save(run, run.out.shown)
    return int(status or ExitCode.OK)


def _explain(error: Exception) -> ErrorReport:
    """Return what happened and what to do next, for any exception."""
    if isinstance(error, UsageError):
        command = error.ctx.command_path if error.ctx else "ticketing"
        return ErrorReport(
            status=ExitCode.USAGE, code="usage", message=error.format_message().rstrip("."),
            hint=f"see `{command} --help`",
        )  # fmt: skip
    if isinstance(error, ClickException):
        return ErrorReport(status=ExitCode.USAGE, code="usage", message=error.format_message())
    if isinstance(error, typer.Abort | EOFError):
        return ErrorReport(status=ExitCode.FAILED, code="declined", message="no answer was given")
    if known := report_of(error):
        return known
    if isinstance(error, OSError) and error.strerror:
        return _explain_system(error)
    return ErrorReport(
        status=ExitCode.FAILED, code="bug",
        message=f"internal error in ticketing ({type(error).__name__}: {error})",
        hint="run the command again with --debug and report what it prints",
    )  # fmt: skip


def _explain_system(error: OSError) -> ErrorReport:
    """Name the file, or the output: nothing else is opened without a name."""
    if error.filename is not None:
        message = f"{error.filename}: {error.strerror}"
        return ErrorReport(status=ExitCode.FAILED, code="file", message=message)
    return ErrorReport(
        status=ExitCode.FAILED, code="output", message=f"cannot write to stdout: {error.strerror}",
        hint="what the command changed stays changed",
    )  # fmt: skip


def _fail(run: Run, report: ErrorReport, error: BaseException | None = None) -> int:
    """Print why the command ended and return its exit code."""
    try:
        _flush(sys.stdout)
        if run.debug and error is not None and not isinstance(error, CommandError):
            import traceback

            trace = "".join(traceback.format_exception(error))
            run.out.message(_redacted(trace, run.secrets))
        report = replace(report, message=_redacted(report.message, run.secrets))
        run.out.fail(report, as_json=run.as_json)
    except BrokenPipeError:
        _end_quietly()
    return int(report.status)


def _redacted(text: str, secrets: set[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "[redacted]")
    return text


def _decoded(args: Sequence[str]) -> list[str]:
    """Return the arguments decoded as UTF-8, even where the locale is not UTF-8 (LC_ALL=C)."""
    try:
        return [arg if arg.isascii() else os.fsencode(arg).decode("utf-8") for arg in args]
    except UnicodeError:
        raise CommandError(ExitCode.USAGE, "an argument is not UTF-8 text", code="usage") from None


def _tolerate_encodings() -> None:
    """Write `?` for a character that the terminal's encoding lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _end_quietly() -> int:
    """End without a message when the reader closed the pipe, including at interpreter exit."""
    streams.discard(sys.stdout)
    return int(ExitCode.OK)


def _flush(stream: TextIO) -> None:
    """Flush what was written before the error; where that fails too, it was the error."""
    try:
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError:
        streams.discard(stream)


@contextmanager
def _sigterm_raises() -> Iterator[None]:
    """Turn SIGTERM into an exception, so that open resources are closed on the way out."""

    def end(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise Terminated

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread receives signals
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
