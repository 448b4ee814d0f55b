"""Stories: whole conversations with a real marketplace, attacks included."""

from __future__ import annotations

from pathlib import Path

import pytest

from server import control_socket
from tests.cli.person import Person
from tests.conftest import Server
from tests.stories.script import Step, fits, read

STORIES = sorted(Path(__file__).parent.glob("*.story"))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_each_command_matches_the_story(path: Path, server: Server, tmp_path: Path) -> None:
    story = read(path)
    names = (*story.people, *story.operators)
    people = {name: Person(name, server.url, tmp_path / name).signs_up() for name in names}
    for name in story.operators:
        control_socket.run_command(server.settings, "grant-admin", f"{name}@example.org")
    kept = {"SERVER": server.url}
    for step in story.steps:
        teller = people.get(step.who) or Person(step.who, server.url, tmp_path / step.who)
        play(path, step, teller, kept)


def play(path: Path, step: Step, teller: Person, kept: dict[str, str]) -> None:
    """Run one step and hold it against the story; keep what is to be kept."""
    ran = teller.types(*step.typed(kept), stdin=step.stdin)
    told = f"{path.name}:{step.line}: {step.who}$ ticketing{step.args}\n{ran.out}{ran.err}"
    assert ran.status == step.status, told
    if step.keep:
        kept[step.keep] = ran.out.strip()
    else:
        assert fits(step.out, ran.out, kept), told
    assert fits(step.err, ran.err, kept), told
