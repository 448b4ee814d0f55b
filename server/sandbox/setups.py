"""Setups: the calls of `/v1/setup_intents`, which save a card without charging it."""

from __future__ import annotations

import msgspec

from server.sandbox import confirming, customers, declines, methods, setup_attempts
from server.sandbox.confirming import Terms
from server.sandbox.lists import page, same
from server.sandbox.params import Params
from server.sandbox.refusals import unexpected_state
from server.sandbox.saving import Setup
from server.sandbox.shapes import Data
from server.sandbox.states import SetupStatus, Step, refuse_unless
from server.sandbox.turn import Turn

REASONS = ("abandoned", "requested_by_customer", "duplicate")
USAGES = ("off_session", "on_session")


def create(turn: Turn, params: Params) -> Setup:
    """Open a setup; with `confirm`, try its payment method at once."""
    method_id, confirms = params.text("payment_method"), params.flag("confirm")
    terms = confirming.read(params, confirms=confirms, pays=False)
    drafted = msgspec.structs.replace(
        draft(turn, params, customer=customers.named(turn, params)),
        allowed_payment_method_types=methods.allowed(params),
        automatic_payment_methods=methods.automatic(params),
        usage=params.choice("usage", USAGES) or "off_session",
    )
    params.finish()
    if method_id is None:
        if confirms:
            raise params.lacks("payment_method")
        return open_(turn, drafted)
    method = methods.usable(turn, method_id, customer=drafted.customer)
    ready = msgspec.structs.replace(
        drafted, payment_method=method.id, status=SetupStatus.REQUIRES_CONFIRMATION
    )
    setup = open_(turn, ready)
    return _try(turn, setup, method.id, terms) if confirms else setup


def draft(turn: Turn, params: Params, *, customer: str | None) -> Setup:
    """Read what a form says about a setup, its own or a session's `setup_intent_data`."""
    setup_id = turn.new_id("seti")
    return Setup(
        id=setup_id,
        created=turn.now,
        status=SetupStatus.REQUIRES_PAYMENT_METHOD,
        client_secret=turn.new_id(f"{setup_id}_secret"),
        customer=customer,
        description=params.text("description", limit=1000),
        metadata=params.metadata(),
    )


def open_(turn: Turn, setup: Setup, *, owner: str | None = None) -> Setup:
    """Keep a drafted setup; `owner` is the session it belongs to."""
    turn.add(setup, owner=owner)
    turn.emit("setup_intent.created", setup)
    return setup


def confirm(turn: Turn, params: Params, setup_id: str) -> Setup:
    """Try a payment method; a decline is a 402 that stays on the setup."""
    setup = turn.store.find(Setup, setup_id)
    method_id = params.text("payment_method") or setup.payment_method
    terms = confirming.read(params, confirms=True, pays=False)
    params.finish()
    refuse_unless(Step.CONFIRM, setup)
    _refuse_owned(turn, setup, "confirm")
    if method_id is None:
        message = "You cannot confirm this SetupIntent because it's missing a payment method."
        raise unexpected_state(message, setup)
    return _try(turn, setup, method_id, terms)


def cancel(turn: Turn, params: Params, setup_id: str) -> Setup:
    """End a setup; that of a session only its expiry can end."""
    setup = turn.store.find(Setup, setup_id)
    reason = params.choice("cancellation_reason", REASONS)
    params.finish()
    refuse_unless(Step.CANCEL, setup)
    _refuse_owned(turn, setup, "cancel")
    return setup_attempts.cancel(turn, setup, reason=reason)


def retrieve(turn: Turn, _: Params, setup_id: str) -> Setup:
    """Return a setup."""
    return turn.store.find(Setup, setup_id)


def list_all(turn: Turn, params: Params) -> Data:
    """Return setups, newest first, all or those of a customer or a payment method."""
    where = same(params, "customer", "payment_method")
    return page(turn, Setup, params, url="/v1/setup_intents", where=where)


def _try(turn: Turn, setup: Setup, method_id: str, terms: Terms) -> Setup:
    method = methods.usable(turn, method_id, customer=setup.customer)
    question = terms.question(turn, setup.id)
    tried = setup_attempts.attempt(turn, setup, method, challenge=question)
    if tried.last_setup_error is not None:
        raise declines.refused(tried.last_setup_error, tried)
    return tried


def _refuse_owned(turn: Turn, setup: Setup, verb: str) -> None:
    if turn.store.owner(setup.id) is not None:
        message = (
            f"You cannot {verb} the SetupIntent for a Checkout Session. Expire the Checkout "
            "Session instead."
        )
        raise unexpected_state(message, setup)
