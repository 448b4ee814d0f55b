"""Generated pages are fresh, complete and in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.endpoint import Access
from docs import generate
from docs.generators import api
from docs.generators.code import service_of
from docs.generators.publishing import EVENTS, publishers
from tests.docs.pages import TOP


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write every page into a folder of its own."""
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


def test_the_check_lists_each_stale_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "HERE", tmp_path)
    pages = {name: lambda: "new" for name in ("api.md", "events.md", "states.md")}
    monkeypatch.setattr(generate, "PAGES", pages)
    monkeypatch.setattr(generate, "PICTURES", {"pictures/app.svg": lambda: "<svg/>"})
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    (tmp_path / "states.md").write_text("old", encoding="utf-8")
    (tmp_path / "api.md").unlink()
    (tmp_path / "pictures" / "app.svg").unlink()
    assert generate.main(["--check"]) == 1
    errors = capsys.readouterr().err
    assert "docs/states.md is stale" in errors
    assert "docs/api.md is stale" in errors
    assert "docs/pictures/app.svg is stale" in errors
    assert "docs/events.md" not in errors


def test_another_argument_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--chekc"]) == 2
    assert "usage" in capsys.readouterr().err


def test_every_event_has_a_publisher() -> None:
    assert not [event.name for event in EVENTS if not publishers()[event]]


def test_an_event_is_published_by_the_service_it_is_named_after() -> None:
    owners = {
        "expiration": "expiration", "account": "auth", "payout": "ledger", "attention": "alerts",
        "admission": "gate",
    }  # fmt: skip
    for event, functions in publishers().items():
        word = event.name.partition(".")[0]
        services = {service_of(function.path) for function in functions}
        assert services == {owners.get(word, f"{word}s")}


@pytest.mark.parametrize(
    ("event", "function"),
    [
        ("expiration.complete", "server.expiration.service.expire_due"),
        ("payment.dispute_won", "server.payments.disputes.apply"),
        ("payment.refund_failed", "server.payments.refunds.service.fail"),
        ("payout.created", "server.ledger.payouts.release"),
        ("job.failed", "server.jobs.runner.Runner.perform"),
    ],
)
def test_the_publisher_of_an_event_is_found_behind_helper_functions(
    event: str, function: str
) -> None:
    found = {event.name: functions for event, functions in publishers().items()}
    assert function in {publisher.path for publisher in found[event]}


def test_every_endpoint_is_in_the_reference(folder: Path) -> None:
    page = (folder / "api.md").read_text(encoding="utf-8")
    for endpoint in api.endpoints():
        assert f"### {endpoint.method} {endpoint.path}\n" in page


def test_every_endpoint_is_in_one_section() -> None:
    listed = [endpoint for found in api.sections().values() for endpoint in found]
    assert len(listed) == len(api.endpoints())
    assert set(listed) == set(api.endpoints())


def test_endpoints_for_operators_only_are_in_the_last_section() -> None:
    *others, (title, operating) = api.sections().items()
    assert title == "Operating"
    assert {endpoint.access for endpoint in operating} == {Access.ADMIN}
    assert not [e for _, found in others for e in found if e.access is Access.ADMIN]
