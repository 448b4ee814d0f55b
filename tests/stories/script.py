"""Script: parse a story, which is a list of commands with their expected output.

    # A comment.
    people: sofia ana              accounts that sign up
    operators: olga                accounts that sign up and become operators
    sofia$ ticketing sell …        a command, run by sofia; $NAME is a stored value
    TICKET = sofia$ ticketing …    the same; its output is stored as $TICKET, or the only value of
                                   its output in JSON
    < words                        a line of its stdin
    words                          a line of its stdout
    ! words                        a line of its stderr
    = 6                            its exit code, if not 0

In an expected line `…` matches anything. A line of only `…` or `! …` matches any lines.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

COMMAND = re.compile(r"(?:(?P<keep>[A-Z][A-Z0-9]*) = )?(?P<who>[a-z]+)\$ ticketing(?P<rest>.*)")
ANY = "…"


@dataclass
class Step:
    """One command and its expected result."""

    line: int
    who: str
    args: str
    store_as: str | None = None
    stdin: str = ""
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)
    status: int = 0

    def words(self, stored: dict[str, str]) -> list[str]:
        """Return the words of the command, with stored values inserted."""
        return shlex.split(Template(self.args).substitute(stored))


@dataclass
class Story:
    """The accounts of a story and its commands."""

    people: list[str] = field(default_factory=list)
    operators: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def parse(path: Path) -> Story:
    """Parse a story; raise ValueError for a line that is not valid."""
    story = Story()
    for number, line in _lines(path):
        if line.startswith("people: "):
            story.people += line.removeprefix("people: ").split()
        elif line.startswith("operators: "):
            story.operators += line.removeprefix("operators: ").split()
        elif match := COMMAND.fullmatch(line):
            step = Step(number, match["who"], match["rest"], store_as=match["keep"])
            story.steps.append(step)
        elif not story.steps:
            msg = f"{path.name}:{number}: a story starts with a command"
            raise ValueError(msg)
        else:
            _expect(story.steps[-1], line)
    return story


def matches(expected: list[str], output: str, stored: dict[str, str]) -> bool:
    """Return whether the output is what the story expects."""
    pattern = "".join(_line(Template(line).safe_substitute(stored)) for line in expected)
    return re.fullmatch(pattern, output) is not None


def value(output: str) -> str:
    """Return what a step stores: its output, or the only value of an object in JSON."""
    if not output.startswith("{"):
        return output.strip()
    (only,) = json.loads(output).values()
    return str(only)


def _line(expected: str) -> str:
    if expected == ANY:
        return r"(?:.*\n)*"
    return ".*".join(re.escape(part) for part in expected.split(ANY)) + r"\n"


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, line


def _expect(step: Step, line: str) -> None:
    if line.startswith("< "):
        step.stdin += line.removeprefix("< ") + "\n"
    elif line.startswith("! "):
        step.err.append(line.removeprefix("! "))
    elif line.startswith("= "):
        step.status = int(line.removeprefix("= "))
    else:
        step.out.append(line)
