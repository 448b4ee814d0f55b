"""Output: the only writer to stdout. Data goes there; everything said about it goes to stderr."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TextIO, TypeVar

import msgspec

from client.api import PagedResult
from client.clock import SYSTEM, Clock
from client.formatting import for_pipe
from ticketing_cli.runtime.errors import Exit, Report, Stop
from ticketing_cli.runtime.formats import Column, for_people
from ticketing_cli.runtime.live import LiveLine
from ticketing_cli.runtime.terminal import Color, Terminal

T = TypeVar("T")
#: Which fields of a record JSON output shows, in this order.
Fields = tuple[str, ...]
#: Between a title and its value.
GAP = 2
#: A value is not broken into lines shorter than this.
NARROW = 20


class Output:
    """Where a command's results and remarks go, in the form that whoever reads them needs."""

    def __init__(
        self,
        stdout: TextIO,
        stderr: TextIO,
        env: Mapping[str, str],
        *,
        color: Color = Color.AUTO,
        clock: Clock = SYSTEM,
    ) -> None:
        """Look at the two streams once; `color` is the wish of --color."""
        self.stdout = stdout
        self.stderr = stderr
        self.out = Terminal.of(stdout, env, color)
        self.err = Terminal.of(stderr, env, color)
        self.clock = clock
        #: The records shown so far; completion offers them afterwards.
        self.seen: list[object] = []

    @property
    def human(self) -> bool:
        """Whether people read stdout: it is a terminal, or TICKETING_FORCE_TTY says so."""
        return self.out.human

    # Data, to stdout.

    def records(
        self,
        items: Iterable[T],
        columns: Sequence[Column[T]],
        fields: Fields | None = None,
        *,
        noun: str,
    ) -> None:
        """Print a list: JSON when `fields` are given, a table for people, else lines with tabs.

        `noun` is the plural for remarks: "no tickets", "showing 50 of 213 tickets".
        """
        rows = list(items)
        if rows and self.human and fields is None:
            from ticketing_cli.runtime import table

            self.seen.extend(rows)
            self.stdout.write(table.draw(rows, columns, self.out, self.clock.now()))
        else:
            self._rows(rows, columns, fields)
        self._remark(items, len(rows), noun)

    def blocks(
        self,
        items: Iterable[T],
        columns: Sequence[Column[T]],
        fields: Fields | None = None,
        *,
        noun: str,
    ) -> None:
        """Print a list of what is too long for a table: for people a line for each column."""
        rows = list(items)
        if self.human and fields is None:
            for n, row in enumerate(rows):
                if n:
                    self.line()
                self.record(row, [c for c in columns if c.of(row) is not None])
        else:
            self._rows(rows, columns, fields)
        self._remark(items, len(rows), noun)

    def _rows(self, rows: list[T], columns: Sequence[Column[T]], fields: Fields | None) -> None:
        """Print a list for programs."""
        self.seen.extend(rows)
        if fields is not None:
            lines = ",\n".join(as_json(row, fields) for row in rows)
            self.line(f"[\n{lines}\n]" if rows else "[]")
            return
        for row in rows:
            self.line(tabbed(row, columns))

    def _remark(self, items: Iterable[T], shown: int, noun: str) -> None:
        """Say that there is nothing, or more than was shown."""
        if not shown:
            self.say(f"no {noun}")
        elif isinstance(items, PagedResult) and items.total is not None and items.total > shown:
            self.say(f"showing {shown} of {items.total} {noun}; --limit 0 shows all")

    def record(self, item: T, columns: Sequence[Column[T]], fields: Fields | None = None) -> None:
        """Print one record: a JSON object, a line per column for people, else one line."""
        self.seen.append(item)
        if fields is not None:
            self.line(as_json(item, fields))
        elif self.human:
            shown = [c for c in columns if not (c.people and c.of(item) is None)]
            width = max(len(column.title) for column in shown)
            for column in shown:
                value = for_people(column.of(item), column.how, self.clock.now())
                self.line(_labelled(column.title.ljust(width), value, self.out.width))
        else:
            self.line(tabbed(item, columns))

    def entry(self, item: T, columns: Sequence[Column[T]], fields: Fields | None = None) -> None:
        """Print one item of a stream on one line at once: JSON Lines, columns, or tabs."""
        if fields is not None:
            self.line(as_json(item, fields))
        elif self.human:
            now = self.clock.now()
            self.line("  ".join(for_people(c.of(item), c.how, now) for c in columns))
        else:
            self.line(tabbed(item, columns))
        self.stdout.flush()

    def line(self, text: str = "") -> None:
        """Print one line of data."""
        self.stdout.write(text + "\n")

    def raw(self, content: bytes) -> None:
        """Print a whole file as it is, every byte of it."""
        self.stdout.flush()
        self.stdout.buffer.write(content)

    def json(self, value: object) -> None:
        """Print any value as JSON on one line."""
        self.line(dump(msgspec.to_builtins(value)))

    def qr(self, text: str) -> None:
        """Draw a QR code for people, black on white; where none can be drawn, print the text."""
        if not (self.human and self.out.draws_blocks):
            self.line(text)
            return
        from ticketing_cli.runtime import qr

        for line in qr.draw(text, colour=self.out.color):
            self.line(line)

    # Remarks, to stderr.

    def say(self, text: str) -> None:
        """Say something about what happens: progress, a notice, the next step."""
        self.live.clear()
        self.stderr.write(text + "\n")
        self.stderr.flush()

    def warn(self, text: str) -> None:
        """Say that something is not as it should be, and goes on all the same."""
        self.say(f"warning: {text}")

    @cached_property
    def live(self) -> LiveLine:
        """The line drawn in place on stderr; silent when that is no terminal that can."""
        visible = self.err.tty and not self.err.dumb
        return LiveLine(
            self.stderr, visible=visible, width=self.err.width, clock=self.clock,
            spoken=self.err.spoken,
        )  # fmt: skip

    @contextmanager
    def progress(self, label: str, total: int) -> Iterator[Progress]:
        """Show a bar while the block runs; call `advance` on what it gives."""
        try:
            yield Progress(self.live, label, total)
        finally:
            self.live.clear()

    def fail(self, report: Report, *, as_json: bool) -> None:
        """Say why the command ended: sentences, or one JSON object, always on stderr."""
        if as_json:
            values = msgspec.to_builtins(report)
            del values["status"]
            self.say(dump({name: value for name, value in values.items() if value is not None}))
            return
        for error in report.errors:
            self.say(f"  {error.field} {error.message}")
        if report.request_id and report.status is Exit.UNAVAILABLE:
            self.say(f"request id: {report.request_id}")
        rule = f" (rule: {report.rule})" if report.rule else ""
        self.say(f"error: {report.message}{rule}")
        if report.hint:
            self.say(f"hint: {report.hint}")


class Progress:
    """How far a piece of work of known size is."""

    def __init__(self, live: LiveLine, label: str, total: int) -> None:
        """Start at nothing done."""
        self._live, self._label, self._total, self._done = live, label, total, 0

    def advance(self, count: int = 1) -> None:
        """Note that `count` more are done."""
        self._done += count
        self._live.progress(self._label, self._done, self._total)


def chosen(wish: str | None, kind: type[msgspec.Struct]) -> Fields | None:
    """Read the value of --json for records of this kind; None when it was not given.

    Raise Stop with exit code 2 for a field the record does not have.
    """
    if wish is None:
        return None
    known = tuple(field.encode_name for field in msgspec.structs.fields(kind))
    if wish.strip() == "all":
        return known
    fields = tuple(name.strip() for name in wish.split(",") if name.strip())
    unknown = [name for name in fields if name not in known]
    if unknown or not fields:
        which = f"no field {unknown[0]!a}" if unknown else "no field was named"
        hint = f"fields: {','.join(known)}; or `all`"
        raise Stop(Exit.USAGE, f"--json: {which}", hint=hint, code="unknown_field")
    return fields


def as_json(item: object, fields: Fields) -> str:
    """Write the chosen fields of a record as one line of JSON."""
    values = msgspec.to_builtins(item)
    return dump({name: values[name] for name in fields})


def dump(value: object) -> str:
    """Write JSON in ASCII: what would steer a terminal is escaped, DEL included."""
    return json.dumps(value, ensure_ascii=True).replace("\x7f", "\\u007f")


def tabbed(item: T, columns: Sequence[Column[T]]) -> str:
    """Write a record as one line with tabs between its columns."""
    return "\t".join(for_pipe(column.of(item)) for column in columns if not column.people)


def _labelled(title: str, value: str, width: int) -> str:
    """Write a line of a record; a long value goes on below its beginning."""
    room = max(width - len(title) - GAP, NARROW)
    first, *rest = textwrap.wrap(value, room, break_long_words=False, break_on_hyphens=False) or [
        ""
    ]
    indent = " " * (len(title) + GAP)
    return "\n".join([f"{title}{' ' * GAP}{first}".rstrip(), *(indent + more for more in rest)])
