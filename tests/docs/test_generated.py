"""Generated pages say what the code says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from docs import generate
from docs.generators import api, traffic
from docs.generators.machines import MACHINES
from tests.docs.pages import TOP


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every page, written now, in a folder of its own."""
    made = tmp_path_factory.mktemp("docs")
    for name, write in generate.PAGES.items():
        (made / name).write_text(write(), encoding="utf-8")
    return made


@pytest.mark.parametrize("name", generate.PAGES)
def test_a_generated_page_is_fresh(name: str, folder: Path) -> None:
    kept = (TOP / "docs" / name).read_text(encoding="utf-8")
    assert kept == (folder / name).read_text(encoding="utf-8"), "run `make docs`"


def test_pages_come_out_the_same_in_another_process(folder: Path) -> None:
    code = "import sys; from docs.generate import PAGES; sys.stdout.write(PAGES[sys.argv[1]]())"
    for name in ("states.svg", "openapi.json"):
        done = subprocess.run(
            [sys.executable, "-c", code, name], cwd=TOP, capture_output=True, check=True
        )
        assert done.stdout == (folder / name).read_bytes()


def test_the_check_names_each_stale_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "HERE", tmp_path)
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    (tmp_path / "states.md").write_text("old", encoding="utf-8")
    (tmp_path / "api.md").unlink()
    assert generate.main(["--check"]) == 1
    said = capsys.readouterr().err
    assert "docs/states.md is stale" in said
    assert "docs/api.md is stale" in said
    assert "docs/events.md" not in said


def test_another_argument_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--chekc"]) == 2
    assert "usage" in capsys.readouterr().err


def test_every_event_has_a_publisher() -> None:
    assert not [event.name for event in traffic.EVENTS if not traffic.publishers()[event]]


def test_an_event_is_published_by_the_room_that_owns_its_word() -> None:
    for event, functions in traffic.publishers().items():
        rooms = {function.path.split(".")[1] for function in functions}
        word = event.name.partition(".")[0]
        assert rooms == {
            {"expiration": "expiration", "account": "auth", "card": "payments"}.get(
                word, f"{word}s"
            )
        }


def test_a_fact_handed_on_by_a_helper_is_found() -> None:
    told = {event.name: functions for event, functions in traffic.publishers().items()}
    assert [function.path for function in told["expiration.complete"]] == [
        "server.expiration.service.ring"
    ]


def test_calls_between_rooms_only_go_down() -> None:
    for caller, callee in traffic.calls():
        assert traffic.ROOMS.index(caller) < traffic.ROOMS.index(callee)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.room)
def test_every_move_is_drawn_once(machine: object) -> None:
    drawn = dict(machine.framed())  # type: ignore[attr-defined]
    frames = machine.frames  # type: ignore[attr-defined]
    unfolded = {
        (before, after): verbs
        for (outer, after), verbs in drawn.items()
        for before in frames.get(outer, (outer,))
    }
    assert unfolded == machine.arrows()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["events.svg", "states.svg"])
def test_a_drawing_is_well_formed_and_told_to_who_cannot_see_it(name: str, folder: Path) -> None:
    drawing = ET.parse(folder / name).getroot()  # noqa: S314  we have just written it
    kinds = [child.tag.rpartition("}")[2] for child in drawing]
    assert kinds[:2] == ["title", "desc"]
    assert "prefers-color-scheme" in (folder / name).read_text(encoding="utf-8")


def test_every_endpoint_is_in_the_reference(folder: Path) -> None:
    page = (folder / "api.md").read_text(encoding="utf-8")
    for endpoint in api.endpoints():
        assert f"### {endpoint.method} {endpoint.path}\n" in page
