"""Health, readiness, metrics and the OpenAPI document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from contract.endpoint import Endpoint
from contract.problems import ProblemDocument
from tests.conftest import Server
from tests.server.http.access_table import ENDPOINTS
from tests.server.http.marketplace import Marketplace


def test_the_health_check_succeeds(market: Marketplace) -> None:
    assert market.anonymous.get("/healthz").text == "ok\n"


def test_the_readiness_check_succeeds_when_the_database_can_be_read(
    any_market: Marketplace,
) -> None:
    assert any_market.anonymous.get("/readyz").text == "ready\n"


def test_the_readiness_check_fails_when_the_database_cannot_be_read(
    market: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        msg = "gone"
        raise RuntimeError(msg)

    monkeypatch.setattr("server.feed.newest_position", fail)
    assert market.anonymous.get("/readyz").status_code >= 500
    assert market.anonymous.get("/healthz").status_code == 200


def test_responses_are_counted(market: Marketplace) -> None:
    def count() -> float:
        families = text_string_to_metric_families(market.anonymous.get("/metrics").text)
        wanted = {"method": "GET", "path": "/v1/tickets/{ticket_id}", "status": "404"}
        return sum(
            sample.value
            for family in families
            for sample in family.samples
            if sample.name == "ticketing_requests_total" and sample.labels == wanted
        )

    before = count()
    for name in ("tkt_00001", "tkt_00002"):
        market.anonymous.get(f"/v1/tickets/{name}")
    assert count() == before + 2


def test_a_metric_names_the_route_and_not_the_requested_path(market: Marketplace) -> None:
    market.anonymous.get("/v1/tickets/tkt_somebodys")
    market.anonymous.get("/nowhere/at/all")
    metrics = market.anonymous.get("/metrics").text
    assert "somebodys" not in metrics
    assert "nowhere" not in metrics


def test_the_document_describes_every_endpoint_and_no_other(market: Marketplace) -> None:
    document = market.anonymous.get_json("/openapi.json")
    described = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    }
    assert described == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}
    assert document["openapi"].startswith("3.1")


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: f"{e.method} {e.path}")
def test_the_document_names_every_status_an_endpoint_can_return(
    market: Marketplace, endpoint: Endpoint[Any, Any]
) -> None:
    paths = market.anonymous.get_json("/openapi.json")["paths"]
    operation = paths[endpoint.path][endpoint.method.lower()]
    statuses = {endpoint.status, *(problem.status for problem in endpoint.errors)}
    assert set(map(str, statuses)) <= set(operation["responses"])


def test_a_documents_problem_is_the_problem_that_is_sent(market: Marketplace) -> None:
    schema = market.anonymous.get_json("/openapi.json")["components"]["schemas"]["ProblemDocument"]
    sent = market.anonymous.get("/v1/auth/me").json()
    assert set(sent) == set(schema["properties"])
    assert msgspec.convert(sent, ProblemDocument).code == "not_signed_in"


@pytest.mark.parametrize(
    ("path", "holds"),
    [("/healthz", "ok"), ("/readyz", "ready"), ("/metrics", "ticketing_requests")],
)
def test_a_running_server_reports_its_health(server: Server, path: str, holds: str) -> None:
    httpx.get(f"{server.url}/healthz")
    answer = httpx.get(f"{server.url}{path}")
    assert answer.status_code == 200
    assert holds in answer.text


def test_one_process_and_one_database_file_are_the_whole_server(
    server: Server, tmp_path: Path
) -> None:
    assert httpx.get(f"{server.url}/v1/tickets").json() == {
        "items": [], "next": None, "total": None,
    }  # fmt: skip
    kinds = {path.name.split("-")[0] for path in tmp_path.iterdir() if path.name != "home"}
    assert all(kind.startswith("shop.db") for kind in kinds)
