"""Results of scans in words, as every gate shows them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from client.gate import ScanResult, reason_text
from contract.gate import Refusal, Verdict


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Refusal.REPLACED, "replaced: a newer owner has this ticket, or its owner a newer code"),
        (Refusal.UNKNOWN_CODE, "unknown code"),
        (Refusal.NOT_SOLD, "not sold"),
    ],
)
def test_a_refusal_has_words(reason: Refusal, words: str) -> None:
    result = ScanResult(
        scan_id="scan1", verdict=Verdict.REFUSED, reason=reason, ticket=None, first=None,
        admission_id=None, at=datetime(2031, 1, 1, tzinfo=UTC), online=True,
    )  # fmt: skip
    assert reason_text(result) == words
