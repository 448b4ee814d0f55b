"""Stories: complete conversations with a real marketplace, including attacks."""

from __future__ import annotations

from pathlib import Path
from string import Template

import pytest

from server import control_socket
from tests.cli.person import Person
from tests.conftest import Server
from tests.stories.script import Step, matches, parse, value

STORIES = sorted(Path(__file__).parent.glob("*.story"))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_each_command_matches_the_story(path: Path, server: Server, tmp_path: Path) -> None:
    story = parse(path)
    names = (*story.people, *story.operators)
    people = {name: Person(name, server.url, tmp_path / name).sign_up() for name in names}
    for name in story.operators:
        control_socket.run_command(server.settings, "grant-admin", f"{name}@example.org")
    stored = {"SERVER": server.url}
    for step in story.steps:
        person = people.get(step.who) or Person(step.who, server.url, tmp_path / step.who)
        run_step(path, step, person, stored)


def run_step(path: Path, step: Step, person: Person, stored: dict[str, str]) -> None:
    """Run one step, compare it with the story, and store its output if the story asks for that."""
    ran = person.run(*step.words(stored), stdin=Template(step.stdin).substitute(stored))
    transcript = f"{path.name}:{step.line}: {step.who}$ ticketing{step.args}\n{ran.out}{ran.err}"
    assert ran.status == step.status, transcript
    if step.store_as:
        stored[step.store_as] = value(ran.out)
    else:
        assert matches(step.out, ran.out, stored), transcript
    assert matches(step.err, ran.err, stored), transcript
