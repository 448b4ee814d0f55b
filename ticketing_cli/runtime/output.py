"""Output: the only writer to stdout and stderr. Data goes to stdout, messages go to stderr.

Completion and help print without msgspec and the contract (35 of 100 ms), so this module imports
what needs them inside its functions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, TextIO, TypeVar

from client.clock import SYSTEM, Clock
from ticketing_cli.runtime.errors import CommandError, ErrorReport, ExitCode
from ticketing_cli.runtime.progress_line import ProgressLine
from ticketing_cli.runtime.terminal import Color, Terminal

if TYPE_CHECKING:
    import msgspec

    from ticketing_cli.runtime.formats import OutputColumn

T = TypeVar("T")
#: Which fields of a record JSON output shows, in this order.
Fields = tuple[str, ...]
#: Blanks between a title and its value.
GAP = 2
#: A value is not wrapped into lines shorter than this.
MIN_VALUE_WIDTH = 20


class Output:
    """Prints a command's results and messages, in the form that their reader needs."""

    def __init__(
        self,
        stdout: TextIO,
        stderr: TextIO,
        env: Mapping[str, str],
        *,
        color: Color = Color.AUTO,
        clock: Clock = SYSTEM,
    ) -> None:
        """Inspect the two streams once; `color` is the value of --color."""
        self.stdout = stdout
        self.stderr = stderr
        self.out = Terminal.of(stdout, env, color)
        self.err = Terminal.of(stderr, env, color)
        self.clock = clock
        #: Returns the time that relative times count from.
        self.now = clock.now
        #: The records shown so far; completion offers their ids afterwards.
        self.shown: list[object] = []

    @property
    def human(self) -> bool:
        """Whether people read stdout: it is a terminal, or TICKETING_FORCE_TTY is set."""
        return self.out.human

    # Data, to stdout.

    def records(
        self,
        items: Iterable[T],
        columns: Sequence[OutputColumn[T]],
        fields: Fields | None = None,
        *,
        noun: str,
    ) -> None:
        """Print a list: JSON if `fields` are given, else a table for people or tabbed lines.

        `noun` is the plural for messages: "no tickets", "showing 50 of 213 tickets".
        """
        rows = list(items)
        if rows and self.human and fields is None:
            from ticketing_cli.runtime import table

            self.shown.extend(rows)
            self.stdout.write(table.draw(rows, columns, self.out, self.now()))
        else:
            self._for_programs(rows, columns, fields)
        self._count_message(items, len(rows), noun)

    def blocks(
        self,
        items: Iterable[T],
        columns: Sequence[OutputColumn[T]],
        fields: Fields | None = None,
        *,
        noun: str,
    ) -> None:
        """Print a list whose records are too long for a table: for people one line per column."""
        rows = list(items)
        if self.human and fields is None:
            for n, row in enumerate(rows):
                if n:
                    self.line()
                self.record(row, [c for c in columns if c.of(row) is not None])
        else:
            self._for_programs(rows, columns, fields)
        self._count_message(items, len(rows), noun)

    def record(
        self, item: T, columns: Sequence[OutputColumn[T]], fields: Fields | None = None
    ) -> None:
        """Print one record: a JSON object, one line per column for people, else one line."""
        from ticketing_cli.runtime.formats import for_people

        self.shown.append(item)
        if fields is not None:
            self.line(as_json(item, fields))
        elif self.human:
            visible = [c for c in columns if not (c.human_only and c.of(item) is None)]
            width = max(len(column.title) for column in visible)
            for column in visible:
                value = for_people(column.of(item), column.style, self.now())
                self.line(_labelled(column.title.ljust(width), value, self.out.width))
        else:
            self.line(tabbed(item, columns))

    def entry(
        self, item: T, columns: Sequence[OutputColumn[T]], fields: Fields | None = None
    ) -> None:
        """Print one item of a stream on one line at once: JSON Lines, columns, or tabs."""
        from ticketing_cli.runtime.formats import for_people

        if fields is not None:
            self.line(as_json(item, fields))
        elif self.human:
            now = self.now()
            self.line("  ".join(for_people(c.of(item), c.style, now) for c in columns))
        else:
            self.line(tabbed(item, columns))
        self.stdout.flush()

    def result(
        self, changed: msgspec.Struct, *, fields: Fields | None, message: str, next_command: str
    ) -> None:
        """Print what a command changed, as a message or JSON, and the command to run next."""
        if fields is not None:
            self.line(as_json(changed, fields))
            return
        self.line(message)
        self.message(f"next: {next_command}")

    def line(self, text: str = "") -> None:
        """Print one line of data."""
        self.stdout.write(text + "\n")

    def raw(self, content: bytes) -> None:
        """Print a whole file unchanged."""
        self.stdout.flush()
        self.stdout.buffer.write(content)

    def qr(self, text: str) -> None:
        """Draw a QR code for people, black on white; where that is impossible, print the text."""
        if not (self.human and self.out.draws_blocks):
            self.line(text)
            return
        from ticketing_cli.runtime import qr

        for line in qr.draw(text, colour=self.out.color):
            self.line(line)

    # Messages, to stderr.

    def message(self, text: str) -> None:
        """Print a message: progress, a notice, the next step."""
        self.progress_line.clear()
        self.stderr.write(text + "\n")
        self.stderr.flush()

    def warn(self, text: str) -> None:
        """Print a warning; the command continues."""
        self.message(f"warning: {text}")

    @cached_property
    def progress_line(self) -> ProgressLine:
        """The line redrawn in place on stderr; silent if stderr is not a capable terminal."""
        visible = self.err.tty and not self.err.dumb
        return ProgressLine(
            self.stderr, visible=visible, width=self.err.width, clock=self.clock,
            spoken=self.err.spoken,
        )  # fmt: skip

    @contextmanager
    def progress(self, label: str, total: int) -> Iterator[Progress]:
        """Show a progress bar while the block runs; call `advance` on the yielded object."""
        try:
            yield Progress(self.progress_line, label, total)
        finally:
            self.progress_line.clear()

    def fail(self, report: ErrorReport, *, as_json: bool) -> None:
        """Print why the command ended: sentences, or one JSON object, always on stderr."""
        if as_json:
            import msgspec

            values = msgspec.to_builtins(report)
            del values["status"]
            self.message(dump({name: value for name, value in values.items() if value is not None}))
            return
        if report.request_id and report.status is ExitCode.UNAVAILABLE:
            self.message(f"request id: {report.request_id}")
        rule = f" (rule: {report.rule})" if report.rule else ""
        self.message(f"error: {report.message}{rule}")
        for error in report.errors:
            self.message(f"  {error.field} {error.message}")
        if report.hint:
            self.message(f"hint: {report.hint}")

    def _for_programs(
        self, rows: list[T], columns: Sequence[OutputColumn[T]], fields: Fields | None
    ) -> None:
        self.shown.extend(rows)
        if fields is not None:
            lines = ",\n".join(as_json(row, fields) for row in rows)
            self.line(f"[\n{lines}\n]" if rows else "[]")
            return
        for row in rows:
            self.line(tabbed(row, columns))

    def _count_message(self, items: Iterable[T], count: int, noun: str) -> None:
        """Print a message if the list is empty or if there is more than was shown."""
        from client.api import PagedResult

        if not count:
            self.message(f"no {noun}")
        elif isinstance(items, PagedResult) and items.total is not None and items.total > count:
            self.message(f"showing {count} of {items.total} {noun}; --limit 0 shows all")


class Progress:
    """The progress of a task of known size."""

    def __init__(self, line: ProgressLine, label: str, total: int) -> None:
        """Start at 0 of `total`."""
        self._line, self._label, self._total, self._done = line, label, total, 0

    def advance(self, count: int = 1) -> None:
        """Add `count` to what is done."""
        self._done += count
        self._line.progress(self._label, self._done, self._total)


def chosen(wish: str | None, kind: type[msgspec.Struct]) -> Fields | None:
    """Parse the value of --json for records of this kind; None when it was not given.

    Raise CommandError with exit code 2 for a field that the record does not have.
    """
    if wish is None:
        return None
    import msgspec

    known = tuple(field.encode_name for field in msgspec.structs.fields(kind))
    if wish.strip() == "all":
        return known
    fields = tuple(name.strip() for name in wish.split(",") if name.strip())
    unknown = [name for name in fields if name not in known]
    if unknown or not fields:
        reason = f"there is no field {unknown[0]!a}" if unknown else "no field was named"
        hint = f"fields: {','.join(known)}; or `all`"
        raise CommandError(ExitCode.USAGE, f"--json: {reason}", hint=hint, code="unknown_field")
    return fields


def as_json(item: object, fields: Fields) -> str:
    """Return the chosen fields of a record as one line of JSON."""
    import msgspec

    values = msgspec.to_builtins(item)
    return dump({name: values[name] for name in fields})


def dump(value: object) -> str:
    """Return JSON in ASCII: control characters are escaped, including DEL."""
    return json.dumps(value, ensure_ascii=True).replace("\x7f", "\\u007f")


def tabbed(item: T, columns: Sequence[OutputColumn[T]]) -> str:
    """Return a record as one line with tabs between its columns."""
    from client.formatting import for_pipe

    return "\t".join(for_pipe(column.of(item)) for column in columns if not column.human_only)


def _labelled(title: str, value: str, width: int) -> str:
    """Return a line of a record; a long value continues below its beginning."""
    import textwrap

    space = max(width - len(title) - GAP, MIN_VALUE_WIDTH)
    lines = textwrap.wrap(value, space, break_long_words=False, break_on_hyphens=False)
    first, *rest = lines or [""]
    indent = " " * (len(title) + GAP)
    return "\n".join([f"{title}{' ' * GAP}{first}".rstrip(), *(indent + more for more in rest)])
