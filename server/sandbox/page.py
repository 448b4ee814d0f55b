"""Page: the hosted page on which somebody pays or saves a card, as pure functions to be mounted.

GET `{base_url}/sandbox/pay/{id}` is `view`, POST to it is `submit`; the same addresses followed by
`/challenge` are `view` and `challenge`. Send `HEADERS` with every reply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.sandbox import attempts, hosted, methods, setup_attempts, typed
from server.sandbox.checkout import Session
from server.sandbox.html import HEADERS, render
from server.sandbox.sandbox import Sandbox
from server.sandbox.saving import Setup
from server.sandbox.shapes import Intent
from server.sandbox.sheet import PageState, Sheet, of_intent, of_session, of_setup, unknown
from server.sandbox.turn import Turn

__all__ = ["HEADERS", "PageReply", "PageState", "challenge", "submit", "view"]

STATUS: Mapping[PageState, int] = {
    PageState.OPEN: 200,
    PageState.PAID: 200,
    PageState.SAVED: 200,
    PageState.CHALLENGE: 200,
    PageState.DECLINED: 402,
    PageState.EXPIRED: 410,
    PageState.INVALID: 422,
}


@dataclass(frozen=True, kw_only=True)
class PageReply:
    """What to answer: `html` to people, `state`, `message` and `next` as JSON to programs.

    `next` is where to go on: the challenge, the page again, or the shop once all is done.
    """

    status: int
    state: PageState
    message: str
    html: str
    next: str | None


def view(sandbox: Sandbox, page_id: str) -> PageReply:
    """Show the page of a session as it stands."""
    with sandbox.turn() as turn:
        return _reply(_sheet(turn, page_id))


def submit(sandbox: Sandbox, page_id: str, form: Mapping[str, str]) -> PageReply:
    """Try the card somebody typed. A page that is done or over says so and tries nothing."""
    with sandbox.turn() as turn:
        sheet = _sheet(turn, page_id)
        if sheet.session is None or sheet.session.status != "open":
            return _reply(sheet)
        try:
            card = typed.read(form, now=turn.now)
        except typed.Mistyped as wrong:
            return _reply(sheet.saying(PageState.INVALID, wrong.message, field=wrong.field))
        method = methods.make(turn, card.card, expires=card.expires)
        session = hosted.submit(turn, sheet.session, method)
        return _reply(_outcome(of_session(turn, session)))


def challenge(sandbox: Sandbox, page_id: str, form: Mapping[str, str]) -> PageReply:
    """Answer the bank's question with `answer` = `pass` or `fail`; ignored unless it was asked."""
    with sandbox.turn() as turn:
        sheet = _sheet(turn, page_id)
        said = form.get("answer")
        if sheet.state is not PageState.CHALLENGE:
            return _reply(sheet)
        if said not in {"pass", "fail"}:
            return _reply(sheet.saying(PageState.CHALLENGE, "Answer with pass or fail."))
        passed = said == "pass"
        if sheet.session is not None:
            session = hosted.answer(turn, sheet.session, passed=passed)
            return _reply(_outcome(of_session(turn, session)))
        setup = turn.store.look(Setup, page_id)
        if setup is not None:
            setup = setup_attempts.answer(turn, setup, passed=passed)
            return _reply(_outcome(of_setup(turn, setup)))
        intent = turn.store.find(Intent, page_id)
        return _reply(_outcome(of_intent(turn, attempts.answer(turn, intent, passed=passed))))


def _sheet(turn: Turn, page_id: str) -> Sheet:
    session = turn.store.look(Session, page_id)
    if session is not None:
        return of_session(turn, session)
    intent, setup = turn.store.look(Intent, page_id), turn.store.look(Setup, page_id)
    if setup is not None:
        return of_setup(turn, setup)
    return unknown() if intent is None else of_intent(turn, intent)


def _outcome(sheet: Sheet) -> Sheet:
    """Call a page that is open again after an attempt what it is: declined."""
    if sheet.state is PageState.OPEN:
        return sheet.saying(PageState.DECLINED, sheet.message)
    return sheet


def _reply(sheet: Sheet) -> PageReply:
    status = 404 if sheet.id is None else STATUS[sheet.state]
    return PageReply(
        status=status,
        state=sheet.state,
        message=sheet.message,
        html=render(sheet),
        next=sheet.next,
    )
