"""Hosted page: where a buyer pays or saves a card, as functions without HTTP.

GET `{base_url}/sandbox/pay/{id}` is `view`, POST to it is `submit`; the same addresses followed by
`/challenge` are `view` and `challenge`. Send `HEADERS` with every reply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.sandbox import card_form, checkout_sessions, confirmation, page_model, payment_methods
from server.sandbox.context import Context
from server.sandbox.models import CheckoutSession, PaymentIntent, SetupIntent
from server.sandbox.page_html import HEADERS, render
from server.sandbox.page_model import PageModel, SandboxPageState
from server.sandbox.sandbox import Sandbox

__all__ = ["HEADERS", "PageReply", "challenge", "submit", "view"]

STATUS: Mapping[SandboxPageState, int] = {
    SandboxPageState.OPEN: 200,
    SandboxPageState.PAID: 200,
    SandboxPageState.SAVED: 200,
    SandboxPageState.CHALLENGE: 200,
    SandboxPageState.DECLINED: 402,
    SandboxPageState.EXPIRED: 410,
    SandboxPageState.INVALID: 422,
}


@dataclass(frozen=True, kw_only=True)
class PageReply:
    """The reply: `html` for people, or `state`, `message` and `next` as JSON for programs.

    `next` is where to continue: the challenge, the page again, or the shop once all is done.
    """

    status: int
    state: SandboxPageState
    message: str
    html: str
    next: str | None


def view(sandbox: Sandbox, page_id: str) -> PageReply:
    """Show a page in its present state."""
    with sandbox.context() as ctx:
        return _reply(_page(ctx, page_id))


def submit(sandbox: Sandbox, page_id: str, form: Mapping[str, str]) -> PageReply:
    """Try the card in the form. A page that is complete or expired tries nothing."""
    with sandbox.context() as ctx:
        page = _page(ctx, page_id)
        if page.session is None or page.session.status != "open":
            return _reply(page)
        try:
            entered = card_form.read(form, now=ctx.now)
        except card_form.InvalidCardField as error:
            invalid = page.with_message(
                SandboxPageState.INVALID, error.message, invalid_field=error.field
            )
            return _reply(invalid)
        method = payment_methods.create(ctx, entered.card, expires=entered.expires)
        session = checkout_sessions.submit_card(ctx, page.session, method)
        return _reply_to_attempt(page_model.of_session(ctx, session))


def challenge(sandbox: Sandbox, page_id: str, form: Mapping[str, str]) -> PageReply:
    """Answer the bank's challenge with `answer` = `pass` or `fail`; ignored without a challenge."""
    with sandbox.context() as ctx:
        page = _page(ctx, page_id)
        answer = form.get("answer")
        if page.state is not SandboxPageState.CHALLENGE:
            return _reply(page)
        if answer not in {"pass", "fail"}:
            message = "The answer must be pass or fail."
            return _reply(page.with_message(SandboxPageState.CHALLENGE, message))
        passed = answer == "pass"
        if page.session is not None:
            session = checkout_sessions.answer_challenge(ctx, page.session, passed=passed)
            return _reply_to_attempt(page_model.of_session(ctx, session))
        setup = ctx.store.get(SetupIntent, page_id)
        if setup is not None:
            setup = confirmation.answer_challenge(ctx, setup, passed=passed)
            return _reply_to_attempt(page_model.of_setup_intent(ctx, setup))
        intent = ctx.store.require(PaymentIntent, page_id)
        intent = confirmation.answer_challenge(ctx, intent, passed=passed)
        return _reply_to_attempt(page_model.of_payment_intent(ctx, intent))


def _page(ctx: Context, page_id: str) -> PageModel:
    session = ctx.store.get(CheckoutSession, page_id)
    if session is not None:
        return page_model.of_session(ctx, session)
    setup = ctx.store.get(SetupIntent, page_id)
    if setup is not None:
        return page_model.of_setup_intent(ctx, setup)
    intent = ctx.store.get(PaymentIntent, page_id)
    if intent is not None:
        return page_model.of_payment_intent(ctx, intent)
    return page_model.not_found()


def _reply_to_attempt(page: PageModel) -> PageReply:
    """Reply to an attempt; a page that is still open after it was declined."""
    if page.state is SandboxPageState.OPEN:
        page = page.with_message(SandboxPageState.DECLINED, page.message)
    return _reply(page)


def _reply(page: PageModel) -> PageReply:
    return PageReply(
        status=404 if page.id is None else STATUS[page.state],
        state=page.state,
        message=page.message,
        html=render(page),
        next=page.next,
    )
