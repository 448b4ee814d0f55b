"""Endpoints: each has exactly one route, and every route is in the contract."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.base import Page, PageQuery, Request
from contract.endpoint import Endpoint
from contract.problems import Problem
from server.routing import RawRoute
from tests import databases
from tests.contract.source import endpoints
from tests.world import World

Known = Endpoint[object, object]  # type: ignore[type-var]
ENDPOINTS = endpoints()
each = pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=list(ENDPOINTS))


@pytest.fixture
def routed(tmp_path: Path, sqlite_template: Path) -> Iterator[list[Known]]:
    """List the endpoints of the server's routes, in order."""
    world = World(databases.sqlite_url(tmp_path, sqlite_template))
    yield [route.endpoint for route in world.app.routes() if not isinstance(route, RawRoute)]
    world.close()


def test_every_endpoint_has_exactly_one_route_and_no_route_another_endpoint(
    routed: list[Known],
) -> None:
    answered = Counter(id(endpoint) for endpoint in routed)
    assert answered == Counter(id(endpoint) for endpoint in ENDPOINTS.values())


def test_no_two_endpoints_share_a_method_and_path() -> None:
    addresses = Counter(
        (endpoint.method, re.sub(r"\{\w+\}", "{}", endpoint.path))
        for endpoint in ENDPOINTS.values()
    )
    assert max(addresses.values()) == 1


@each
def test_an_endpoint_has_a_summary_of_one_sentence(endpoint: Known) -> None:
    assert re.fullmatch(r"[A-Z].*[^.]\.", endpoint.summary)


@each
def test_an_endpoint_is_under_the_first_version(endpoint: Known) -> None:
    assert re.fullmatch(r"/v1(/([a-z]+|\{[a-z]+_id\}))+", endpoint.path)


@each
def test_the_request_of_an_endpoint_refuses_unknown_fields(endpoint: Known) -> None:
    assert issubclass(endpoint.request, Request)
    assert endpoint.request.__struct_config__.forbid_unknown_fields


@each
def test_an_endpoint_names_only_problems_that_have_a_class(endpoint: Known) -> None:
    assert all(Problem.named[problem.code] is problem for problem in endpoint.errors)


@each
def test_a_list_is_paged(endpoint: Known) -> None:
    if getattr(endpoint.response, "__origin__", None) is Page:
        assert issubclass(endpoint.request, PageQuery)
        assert endpoint.method == "GET"


@each
def test_an_admin_endpoint_is_for_operators_only(endpoint: Known) -> None:
    assert (endpoint.access == "admin") == endpoint.path.startswith("/v1/admin/")


@each
def test_a_gate_endpoint_is_open_to_gate_staff(endpoint: Known) -> None:
    assert (endpoint.access == "gate") == endpoint.path.startswith("/v1/gate/")


@each
def test_only_a_write_to_one_entity_takes_if_match(endpoint: Known) -> None:
    if endpoint.if_match:
        assert endpoint.writes
        assert endpoint.path.endswith("_id}")


def test_every_problem_has_a_status_and_its_own_code() -> None:
    assert len({kind.code for kind in Problem.named.values()}) == len(Problem.named) > 20
    assert {kind.status for kind in Problem.named.values()} >= {401, 403, 404, 409, 410, 422, 429}
