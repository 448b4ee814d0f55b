"""Script: a story as it is typed and as it answers, one command after another.

    # A comment.
    people: sofia ana              they sign up
    operators: olga                they too, and may do what operators do
    sofia$ ticketing sell …        a command, typed by sofia; $NAME stands for a value kept
    TICKET = sofia$ ticketing …    the same, and what it prints is kept as $TICKET
    < words                        a line on its stdin
    words                          a line of its stdout
    ! words                        a line of its stderr
    = 6                            its exit code, when not 0

In an expected line `…` stands for anything. A lone `…` or `! …` stands for any lines.
"""

from __future__ import annotations

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
    """One command, and what must come of it."""

    line: int
    who: str
    args: str
    keep: str | None = None
    stdin: str = ""
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)
    status: int = 0

    def typed(self, kept: dict[str, str]) -> list[str]:
        """Return the words of the command, with what was kept put in."""
        return shlex.split(Template(self.args).substitute(kept))


@dataclass
class Story:
    """Who takes part, and what happens."""

    people: list[str] = field(default_factory=list)
    operators: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def read(path: Path) -> Story:
    """Read a story; a line that fits nothing raises ValueError."""
    story = Story()
    for number, line in _lines(path):
        if line.startswith("people: "):
            story.people += line.removeprefix("people: ").split()
        elif line.startswith("operators: "):
            story.operators += line.removeprefix("operators: ").split()
        elif match := COMMAND.fullmatch(line):
            step = Step(number, match["who"], match["rest"], keep=match["keep"])
            story.steps.append(step)
        elif not story.steps:
            msg = f"{path.name}:{number}: a story begins with a command"
            raise ValueError(msg)
        else:
            _expect(story.steps[-1], line)
    return story


def fits(expected: list[str], said: str, kept: dict[str, str]) -> bool:
    """Say whether what was said is what the story tells."""
    pattern = "".join(_line(Template(line).safe_substitute(kept)) for line in expected)
    return re.fullmatch(pattern, said) is not None


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
