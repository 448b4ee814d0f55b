"""Generated pages say what the code says."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from contract.endpoint import Access
from docs import generate
from docs.generators import api, traffic
from docs.generators.code import room
from docs.generators.machines import MACHINES, Machine
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


def test_the_pictures_of_the_app_are_fresh() -> None:
    for name, take in generate.PICTURES.items():
        kept = (TOP / "docs" / name).read_text(encoding="utf-8")
        assert kept == take(), f"{name}: run `make docs`"


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
    monkeypatch.setattr(generate, "PICTURES", {"pictures/app.svg": lambda: "<svg/>"})
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    (tmp_path / "states.md").write_text("old", encoding="utf-8")
    (tmp_path / "api.md").unlink()
    (tmp_path / "pictures" / "app.svg").unlink()
    assert generate.main(["--check"]) == 1
    said = capsys.readouterr().err
    assert "docs/states.md is stale" in said
    assert "docs/api.md is stale" in said
    assert "docs/pictures/app.svg is stale" in said
    assert "docs/events.md" not in said


def test_another_argument_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--chekc"]) == 2
    assert "usage" in capsys.readouterr().err


def test_every_event_has_a_publisher() -> None:
    assert not [event.name for event in traffic.EVENTS if not traffic.publishers()[event]]


def test_an_event_is_published_by_the_room_that_owns_its_word() -> None:
    owners = {
        "expiration": "expiration", "account": "auth", "card": "payments", "payout": "ledger",
        "attention": "alerts", "admission": "gate",
    }  # fmt: skip
    for event, functions in traffic.publishers().items():
        word = event.name.partition(".")[0]
        assert {room(function.path) for function in functions} == {owners.get(word, f"{word}s")}


@pytest.mark.parametrize(
    ("event", "function"),
    [
        ("expiration.complete", "server.expiration.service.expire_due"),
        ("payment.dispute_won", "server.payments.disputes.learn"),
        ("payment.refund_failed", "server.payments.refunds.service.fail"),
        ("payout.created", "server.ledger.payouts.release"),
        ("job.failed", "server.jobs.runner._finish"),
    ],
)
def test_a_event_made_or_published_by_another_function_is_found(event: str, function: str) -> None:
    told = {event.name: functions for event, functions in traffic.publishers().items()}
    assert [publisher.path for publisher in told[event]] == [function]


def test_calls_between_rooms_only_go_down() -> None:
    for principal, callee in traffic.calls():
        assert traffic.ROOMS.index(principal) < traffic.ROOMS.index(callee)


def test_a_call_through_the_door_of_a_package_is_found() -> None:
    assert traffic.calls()["cancellation", "payments"] == ("refunds.begin",)


def test_the_rooms_are_told_layer_by_layer() -> None:
    tools = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    (rooms,) = (c for c in tools["importlinter"]["contracts"] if c["id"] == "rooms")
    layers = [set(layer.split(" | ")) for layer in rooms["layers"]]
    first, last = layers.index({"operate"}), layers.index({"http", "jobs"})
    left = list(traffic.ROOMS)
    for layer in layers[first + 1 : last]:
        expected = layer - {"feed"}  # it hears after the commit, above all rooms
        told, left = left[: len(expected)], left[len(expected) :]
        assert set(told) == expected
    assert not left


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_move_is_drawn_once(machine: Machine) -> None:
    unfolded = {
        (before, after): verbs
        for (outer, after), verbs in machine.framed().items()
        for before in machine.frames.get(outer, (outer,))
    }
    assert unfolded == machine.arrows()


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_route_is_that_of_an_arrow(machine: Machine) -> None:
    assert set(machine.routes) <= set(machine.framed())


def test_every_endpoint_is_in_the_reference(folder: Path) -> None:
    page = (folder / "api.md").read_text(encoding="utf-8")
    for endpoint in api.endpoints():
        assert f"### {endpoint.method} {endpoint.path}\n" in page


def test_every_endpoint_stands_in_one_section() -> None:
    told = [endpoint for found in api.sections().values() for endpoint in found]
    assert len(told) == len(api.endpoints())
    assert set(told) == set(api.endpoints())


def test_what_only_operators_may_do_is_told_last() -> None:
    *others, (title, operating) = api.sections().items()
    assert title == "Operating"
    assert {endpoint.access for endpoint in operating} == {Access.ADMIN}
    assert not [e for _, found in others for e in found if e.access is Access.ADMIN]
