"""Generated requests, valid and invalid by the OpenAPI document, from a fixed seed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import databases
from tests.server.http.marketplace import Marketplace, open_marketplace

ROOT = Path(__file__).parents[3]
SEED, EXAMPLES = "1", "6"
#: The feed never ends, and the others end the session in which all the rest is tried. Each has
#: tests of its own: test_feed.py, test_authorisation.py, tests/server/auth.
ELSEWHERE = (
    "/v1/feed", "/v1/auth/logout", "/v1/auth/password", "/v1/auth/sessions/{session_id}",
)  # fmt: skip


@pytest.fixture
def market(tmp_path: Path, sqlite_template: Path) -> Iterator[Marketplace]:
    """Open a marketplace with a ticket, an order and a payment, so that ids exist."""
    url = databases.sqlite_url(tmp_path, sqlite_template)
    with open_marketplace(url, tmp_path, max_open_orders=1_000_000) as opened:
        opened.seller.list_ticket()
        order = opened.admin.lock_ticket(opened.seller.list_ticket()["id"])
        opened.admin.post(f"/v1/orders/{order['id']}/pay")
        yield opened


def test_generated_requests_neither_break_the_server_nor_its_contract(
    market: Marketplace, tmp_path: Path
) -> None:
    config = Path(__file__).with_name("schemathesis.toml")
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run",
        f"{market.server.url}/openapi.json", "--phases", "examples,coverage,fuzzing",
        "--seed", SEED, "--max-examples", EXAMPLES, "--no-color",
        "--generation-database", "none", "-H", f"Authorization: Bearer {market.admin.token}",
        *(part for path in ELSEWHERE for part in ("--exclude-path", path)),
    ]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
    ran = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stdout[-10_000:] + ran.stderr[-2000:]
