"""Every edge case of paying has a test."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.conventions.tree import text

#: Edge case -> the tests that cover it.
EDGES: dict[str, tuple[str, ...]] = {
    "the card is authorised just before the deadline, and the order expires first": (
        "tests/server/payments/test_claim.py::test_a_card_authorised_just_before_the_deadline_is_released_if_the_order_expires_first",
    ),
    "the order is claimed first, and its deadline passes second": (
        "tests/server/payments/test_claim.py::test_an_order_claimed_before_its_deadline_completes_after_it",
    ),
    "a card is entered on the page after the deadline": (
        "tests/server/payments/test_claim.py::test_a_card_entered_after_the_deadline_on_an_open_page_is_released",
        "tests/server/payments/test_claim.py::test_the_page_is_closed_once_the_order_has_expired",
    ),
    "the buyer cancels while paying": (
        "tests/server/payments/test_claim.py::test_a_buyer_who_cancels_before_the_claim_is_not_charged",
        "tests/server/payments/test_claim.py::test_a_buyer_cannot_cancel_after_the_claim",
    ),
    "two pages are open, and both are paid": (
        "tests/server/payments/test_claim.py::test_a_claim_closes_the_other_page",
        "tests/server/payments/test_claim.py::test_a_void_job_spares_the_payment_that_has_claimed_the_order",
        "tests/server/payments/test_claim.py::test_of_two_paid_pages_one_is_captured_and_one_released",
    ),
    "an event never arrives, or days late": (
        "tests/server/payments/test_events.py::test_an_event_that_arrives_after_the_check_changes_nothing",
        "tests/server/payments/test_events.py::test_without_any_event_the_regular_check_completes_the_order",
        "tests/server/payments/test_polling.py::test_a_server_without_a_public_address_learns_of_a_payment",
        "tests/server/payments/test_reconciliation.py::test_a_capture_that_every_event_and_job_missed_is_found",
    ),
    "events arrive five times and in any order": (
        "tests/server/payments/test_events.py::test_events_repeated_five_times_in_any_order_make_one_transition",
    ),
    "an event arrives before our own call has returned": (
        "tests/server/payments/test_events.py::test_an_event_that_arrives_before_the_session_is_stored_is_not_lost",
    ),
    "an event is forged, old, or for another account": (
        "tests/server/stripe/test_webhook.py::test_an_event_signed_with_another_secret_is_refused",
        "tests/server/stripe/test_webhook.py::test_an_event_that_claims_a_capture_changes_nothing",
        "tests/server/stripe/test_webhook.py::test_none_of_ten_thousand_modified_events_is_accepted",
    ),
    "the server dies around the creation of a page": (
        "tests/server/payments/test_pages.py::test_a_page_not_created_before_the_order_ended_is_never_left_open",
        "tests/server/payments/test_pages.py::test_a_page_that_was_not_created_is_created_by_the_job",
        "tests/server/payments/test_pages.py::test_a_page_whose_address_was_lost_is_found_by_repeating_the_call",
    ),
    "the server dies between claim and capture": (
        "tests/server/payments/test_claim.py::test_a_crash_between_claim_and_capture_is_followed_by_the_capture",
    ),
    "the server dies between capture and commit": (
        "tests/server/payments/test_capture.py::test_a_capture_made_in_the_dashboard_is_found_by_retrieving_it",
        "tests/server/payments/test_capture.py::test_a_capture_that_was_not_recorded_is_found_by_repeating_it",
    ),
    "the reply to a capture is lost": (
        "tests/server/payments/test_capture.py::test_a_capture_whose_reply_is_lost_still_succeeds",
    ),
    "a hold expires, or is cancelled in the dashboard": (
        "tests/server/payments/test_capture.py::test_a_hold_cancelled_at_stripe_reopens_the_order",
        "tests/server/payments/test_capture.py::test_a_hold_lost_after_the_deadline_fails_the_order",
    ),
    "a decline, and then a good card on the same page": (
        "tests/server/payments/test_declines.py::test_two_declines_and_a_good_card_buy_the_ticket",
    ),
    "a decline, and then another attempt": (
        "tests/server/payments/test_claim.py::test_after_a_page_has_closed_a_new_payment_is_started",
    ),
    "a challenge of the bank is abandoned": (
        "tests/server/payments/test_declines.py::test_an_abandoned_challenge_holds_nothing_and_expires",
    ),
    "the gateway is down when an order expires": (
        "tests/server/payments/test_claim.py::test_with_stripe_down_the_lock_still_ends_on_time",
    ),
    "the gateway is down when an order is claimed": (
        "tests/server/payments/test_claim.py::test_with_stripe_down_a_claimed_order_waits_and_its_ticket_stays_locked",
        "tests/server/payments/test_releasing.py::test_a_hanging_order_is_released_and_can_be_paid_again",
        "tests/server/stripe/test_circuit_breaker.py::test_an_order_that_confirms_for_long_has_one_alert_until_it_completes",
    ),
    "a late capture is found on an order that has ended": (
        "tests/server/payments/test_capture.py::test_money_captured_for_a_cancelled_order_is_refunded",
        "tests/server/payments/test_reconciliation.py::test_money_captured_for_a_cancelled_order_is_found_and_refunded",
        "tests/server/payments/test_refunds_external.py::test_the_rest_of_a_partly_refunded_late_payment_is_refunded",
    ),
    "a refund fails long after it was sent": (
        "tests/server/payments/test_refunds_failing.py::test_a_refund_that_fails_later_opens_an_alert",
        "tests/server/payments/test_refunds_failing.py::test_a_failed_refund_is_not_sent_to_the_same_card_again",
        "tests/server/payments/test_refunds_failing.py::test_a_failed_refund_that_an_operator_paid_counts_as_refunded",
    ),
    "a payment made twice is refunded in the dashboard": (
        "tests/server/ledger/test_postings.py::test_a_second_payment_is_refunded_without_touching_the_sale",
        "tests/server/payments/test_reconciliation.py::test_an_external_refund_whose_event_is_missing_is_found",
        "tests/server/payments/test_refunds_external.py::test_a_second_payment_refunded_in_the_dashboard_first_is_refunded_once",
        "tests/server/payments/test_refunds_external.py::test_a_second_payment_is_refunded_and_the_ticket_stays_valid",
    ),
    "a part is refunded, or more than was paid is asked for": (
        "tests/server/payments/test_refunds.py::test_more_than_is_left_is_refused_without_asking_stripe",
        "tests/server/payments/test_refunds.py::test_the_database_itself_reserves_no_more_than_was_paid",
        "tests/server/payments/test_refunds.py::test_a_fully_refunded_order_cannot_be_refunded_again",
    ),
    "a bank disputes the payment of a complete order": (
        "tests/server/ledger/test_postings.py::test_a_dispute_freezes_the_sale_and_lost_by_default_takes_the_price",
        "tests/server/payments/test_disputes.py::test_a_dispute_marks_a_complete_order_and_leaves_it_complete",
    ),
    "a price is edited while its ticket is locked": (
        "tests/server/payments/test_capture.py::test_the_price_is_frozen_by_the_lock_and_charged",
    ),
    "the clock jumps, or the machine sleeps": (
        "tests/server/payments/test_claim.py::test_a_payment_learned_of_after_the_deadline_is_released_even_before_the_order_expires",
    ),
    "two workers run the same job": (
        "tests/server/ledger/test_transfers.py::test_two_workers_that_both_found_nothing_make_one_transfer",
        "tests/server/payments/test_capture.py::test_two_workers_with_the_same_job_capture_once",
    ),
    "the key is refused, or of the other mode": (
        "tests/server/payments/test_capture.py::test_an_object_of_the_other_mode_pauses_the_job_and_loses_nothing",
        "tests/server/stripe/test_circuit_breaker.py::test_a_rejected_key_makes_jobs_wait_and_uses_no_attempt",
        "tests/server/stripe/test_circuit_breaker.py::test_a_rejected_key_opens_one_alert_that_is_resolved_once_it_is_accepted",
    ),
    "a page never expires, or an authorisation ends and nobody reports it": (
        "tests/server/payments/test_reconciliation.py::test_a_hold_cancelled_at_stripe_voids_its_payment",
        "tests/server/payments/test_reconciliation.py::test_a_page_that_was_left_open_is_closed",
    ),
}


@cache
def names_in(path: str) -> frozenset[str]:
    """Return the names of the tests in a file."""
    nodes = ast.walk(ast.parse(text(Path(path))))
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("test", [test for tests in EDGES.values() for test in tests])
def test_every_test_of_an_edge_case_exists(test: str) -> None:
    path, _, name = test.partition("::")
    assert name in names_in(path)
