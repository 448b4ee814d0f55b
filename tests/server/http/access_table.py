"""Every route of the server: of what kind it is, and which requests try it.

The kind says which answer each client gets about somebody else's object, and about one that does
not exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Any

from contract.endpoint import Endpoint
from tests.contract import source
from tests.server.http import market_objects as make
from tests.server.http.http_client import HttpClient
from tests.server.http.market_objects import NUMBERS, Maker
from tests.server.http.marketplace import Marketplace

#: Every endpoint of the contract, found where it is written.
ENDPOINTS: tuple[Endpoint[Any, Any], ...] = tuple(dict.fromkeys(source.endpoints().values()))


class ClientKind(StrEnum):
    """Kinds of clients. The one that has signed out sends a token that was good before."""

    ANONYMOUS = "anonymous"
    SIGNED_OUT = "signed_out"
    MEMBER = "other"
    GATE = "gatekeeper"
    OPERATOR = "admin"


class RouteKind(StrEnum):
    """Who may do what a route does."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    PRIVATE = "private"  # the owner alone; to others it does not exist
    SHOWN_TO_OPERATORS = "shown_to_operators"  # private, but operators may read it
    OWNED = "owned"  # everybody may see it, its owner may change it
    STAFF = "staff"
    OWN_AT_GATE = "own_at_gate"  # gate staff, each what they did; operators everything
    OPERATORS = "operators"


class Answer(Enum):
    """What becomes of a request."""

    DONE = auto()
    SIGN_IN = 401
    FORBIDDEN = 403
    HIDDEN = 404


_D, _S, _F, _H = Answer.DONE, Answer.SIGN_IN, Answer.FORBIDDEN, Answer.HIDDEN
_Row = tuple[Answer, Answer, Answer, Answer, Answer]
#: For an object that exists and belongs to somebody else. The columns are those of ClientKind.
FOREIGN: Mapping[RouteKind, _Row] = {
    RouteKind.PUBLIC: (_D, _D, _D, _D, _D),
    RouteKind.SIGNED_IN: (_S, _S, _D, _D, _D),
    RouteKind.PRIVATE: (_S, _S, _H, _H, _H),
    RouteKind.SHOWN_TO_OPERATORS: (_S, _S, _H, _H, _D),
    RouteKind.OWNED: (_S, _S, _F, _F, _F),
    RouteKind.STAFF: (_S, _S, _F, _D, _D),
    RouteKind.OWN_AT_GATE: (_S, _S, _F, _F, _D),
    RouteKind.OPERATORS: (_S, _S, _F, _F, _D),
}
#: For an object that does not exist.
MISSING: Mapping[RouteKind, _Row] = {
    RouteKind.PUBLIC: (_H, _H, _H, _H, _H),
    RouteKind.SIGNED_IN: (_S, _S, _H, _H, _H),
    RouteKind.PRIVATE: (_S, _S, _H, _H, _H),
    RouteKind.SHOWN_TO_OPERATORS: (_S, _S, _H, _H, _H),
    RouteKind.OWNED: (_S, _S, _H, _H, _H),
    RouteKind.STAFF: (_S, _S, _F, _H, _H),
    RouteKind.OWN_AT_GATE: (_S, _S, _F, _H, _H),
    RouteKind.OPERATORS: (_S, _S, _F, _F, _H),
}
#: Which clients may do it with an object of their own.
OWNERS: Mapping[RouteKind, tuple[ClientKind, ...]] = {
    RouteKind.PRIVATE: (ClientKind.MEMBER, ClientKind.GATE, ClientKind.OPERATOR),
    RouteKind.SHOWN_TO_OPERATORS: (ClientKind.MEMBER, ClientKind.GATE, ClientKind.OPERATOR),
    RouteKind.OWNED: (ClientKind.MEMBER, ClientKind.GATE, ClientKind.OPERATOR),
    RouteKind.OWN_AT_GATE: (ClientKind.GATE, ClientKind.OPERATOR),
}


@dataclass(frozen=True)
class AccessRule:
    """A route: `make` returns a request about a new object, and `done` is the status it gets.

    `ends_session` is for requests that end sessions: each is sent by a new user.
    """

    kind: RouteKind
    make: Maker = make.nothing
    done: int = 200
    ends_session: bool = False

    def clients(self) -> Iterator[ClientKind]:
        """Yield the clients that are tried; with a token, even what is public needs a session."""
        for who in ClientKind:
            if self.kind is not RouteKind.PUBLIC or who is not ClientKind.SIGNED_OUT:
                yield who

    def foreign(self, who: ClientKind) -> Answer:
        """Return the answer about somebody else's object."""
        return FOREIGN[self.kind][list(ClientKind).index(who)]

    def missing(self, who: ClientKind) -> Answer:
        """Return the answer about what does not exist."""
        return MISSING[self.kind][list(ClientKind).index(who)]

    def status(self, answer: Answer) -> int:
        """Return the status of an answer."""
        return self.done if answer is Answer.DONE else int(answer.value)


def client(market: Marketplace, who: ClientKind, *, new: bool = False) -> HttpClient:
    """Return the client of that kind, or a new one that no other test uses."""
    if new and who in (ClientKind.MEMBER, ClientKind.GATE, ClientKind.OPERATOR):
        made = market.sign_up(f"{who}-{next(NUMBERS)}", admin=who is ClientKind.OPERATOR)
        return market.at_the_gate(made) if who is ClientKind.GATE else made
    found: HttpClient = getattr(market, who.value)
    return found


_K = RouteKind
ACCESS_RULES: Mapping[str, AccessRule] = {
    "POST /v1/auth/signup": AccessRule(_K.PUBLIC, make.new_account, 201),
    "POST /v1/auth/login": AccessRule(_K.PUBLIC, make.credentials),
    "POST /v1/auth/logout": AccessRule(_K.SIGNED_IN, ends_session=True),
    "GET /v1/auth/me": AccessRule(_K.SIGNED_IN),
    "POST /v1/auth/password": AccessRule(_K.SIGNED_IN, make.password, ends_session=True),
    "GET /v1/auth/sessions": AccessRule(_K.SIGNED_IN),
    "DELETE /v1/auth/sessions/{session_id}": AccessRule(_K.PRIVATE, make.session),
    "GET /v1/admin/users": AccessRule(_K.OPERATORS),
    "POST /v1/admin/users/{user_id}/ban": AccessRule(_K.OPERATORS, make.user_to_ban),
    "POST /v1/admin/users/{user_id}/role": AccessRule(_K.OPERATORS, make.user_for_the_gate),
    "GET /v1/shows": AccessRule(_K.PUBLIC),
    "GET /v1/shows/{show_id}": AccessRule(_K.PUBLIC, make.show),
    "GET /v1/shows/{show_id}/sales": AccessRule(_K.PUBLIC, make.show),
    "POST /v1/admin/tickets/{ticket_id}/withdraw": AccessRule(
        _K.OPERATORS, make.listing_to_take_down
    ),
    "POST /v1/admin/tickets/{ticket_id}/reissue": AccessRule(_K.OPERATORS, make.code_to_replace),
    "PATCH /v1/admin/shows/{show_id}": AccessRule(_K.OPERATORS, make.show),
    "POST /v1/admin/shows/{show_id}/merge": AccessRule(_K.OPERATORS, make.show_to_merge),
    "POST /v1/admin/shows/{show_id}/cancel": AccessRule(_K.OPERATORS, make.show),
    "GET /v1/admin/shows/{show_id}/cancellation": AccessRule(_K.OPERATORS, make.show),
    "GET /v1/tickets": AccessRule(_K.PUBLIC),
    "POST /v1/tickets": AccessRule(_K.SIGNED_IN, make.new_listing, 201),
    "POST /v1/tickets/import": AccessRule(_K.SIGNED_IN, make.new_import),
    "GET /v1/tickets/{ticket_id}": AccessRule(_K.PUBLIC, make.listing),
    "PATCH /v1/tickets/{ticket_id}": AccessRule(_K.OWNED, make.listing_to_edit),
    "DELETE /v1/tickets/{ticket_id}": AccessRule(_K.OWNED, make.listing),
    "POST /v1/tickets/{ticket_id}/relist": AccessRule(_K.OWNED, make.ticket_to_sell_on),
    "POST /v1/tickets/{ticket_id}/transfer": AccessRule(_K.OWNED, make.ticket_to_give, 201),
    "GET /v1/transfers": AccessRule(_K.SIGNED_IN),
    "POST /v1/transfers/{transfer_id}/accept": AccessRule(_K.PRIVATE, make.offer),
    "POST /v1/transfers/{transfer_id}/decline": AccessRule(_K.PRIVATE, make.offer),
    "POST /v1/transfers/{transfer_id}/cancel": AccessRule(_K.PRIVATE, make.transfer),
    "POST /v1/orders": AccessRule(_K.SIGNED_IN, make.listing_to_lock, 201),
    "GET /v1/orders": AccessRule(_K.SIGNED_IN),
    "GET /v1/orders/{order_id}": AccessRule(_K.SHOWN_TO_OPERATORS, make.order),
    "POST /v1/orders/{order_id}/cancel": AccessRule(_K.PRIVATE, make.order),
    "POST /v1/orders/{order_id}/report": AccessRule(_K.PRIVATE, make.order_to_report, 201),
    "POST /v1/orders/{order_id}/return": AccessRule(_K.PRIVATE, make.order_to_return, 201),
    "GET /v1/admin/reports": AccessRule(_K.OPERATORS),
    "POST /v1/admin/reports/{report_id}/refund": AccessRule(_K.OPERATORS, make.report),
    "POST /v1/admin/reports/{report_id}/release": AccessRule(_K.OPERATORS, make.report),
    "POST /v1/orders/{order_id}/pay": AccessRule(_K.PRIVATE, make.order),
    "GET /v1/orders/{order_id}/payment": AccessRule(_K.PRIVATE, make.order_being_paid),
    "GET /v1/wallet": AccessRule(_K.SIGNED_IN),
    "GET /v1/wallet/{ticket_id}": AccessRule(_K.PRIVATE, make.bought_ticket),
    "GET /v1/orders/{order_id}/receipt": AccessRule(_K.SHOWN_TO_OPERATORS, make.paid_order),
    "GET /v1/admin/orders": AccessRule(_K.OPERATORS),
    "POST /v1/admin/orders/{order_id}/cancel": AccessRule(_K.OPERATORS, make.order),
    "GET /v1/admin/orders/{order_id}/trace": AccessRule(_K.OPERATORS, make.order),
    "POST /v1/admin/orders/{order_id}/refund": AccessRule(_K.OPERATORS, make.paid_order, 201),
    "GET /v1/admin/refunds": AccessRule(_K.OPERATORS),
    "POST /v1/admin/orders/{order_id}/release": AccessRule(_K.OPERATORS, make.order, 409),
    "GET /v1/terms": AccessRule(_K.PUBLIC),
    "GET /v1/cards": AccessRule(_K.SIGNED_IN),
    "POST /v1/cards": AccessRule(_K.SIGNED_IN, done=201),
    "GET /v1/cards/setups/{setup_id}": AccessRule(_K.PRIVATE, make.card_being_saved),
    "DELETE /v1/cards/{card_id}": AccessRule(_K.PRIVATE, make.saved_card),
    "GET /v1/sales": AccessRule(_K.SIGNED_IN),
    "GET /v1/balance": AccessRule(_K.SIGNED_IN),
    "GET /v1/payouts": AccessRule(_K.SIGNED_IN),
    "GET /v1/payouts/{payout_id}": AccessRule(_K.SHOWN_TO_OPERATORS, make.payout),
    "GET /v1/admin/ledger": AccessRule(_K.OPERATORS),
    "GET /v1/admin/payouts": AccessRule(_K.OPERATORS),
    "POST /v1/admin/payouts": AccessRule(_K.OPERATORS),
    "POST /v1/admin/payouts/{payout_id}/confirm": AccessRule(_K.OPERATORS, make.payout),
    "POST /v1/admin/payouts/{payout_id}/fail": AccessRule(_K.OPERATORS, make.unpaid_payout),
    "PUT /v1/admin/users/{user_id}/payee": AccessRule(_K.OPERATORS, make.payee),
    "POST /v1/admin/reconcile": AccessRule(_K.OPERATORS),
    "GET /v1/admin/attention": AccessRule(_K.OPERATORS),
    "GET /v1/admin/attention/{alert_id}": AccessRule(_K.OPERATORS, make.alert_to_view),
    "POST /v1/admin/attention/{alert_id}/settle": AccessRule(_K.OPERATORS, make.alert),
    "GET /v1/admin/jobs": AccessRule(_K.OPERATORS),
    "POST /v1/admin/jobs/{job_id}/retry": AccessRule(_K.OPERATORS, make.failed_job),
    "POST /v1/gate/admissions": AccessRule(_K.STAFF, make.scan),
    "POST /v1/gate/admissions/{admission_id}/undo": AccessRule(_K.OWN_AT_GATE, make.admission),
    "POST /v1/gate/sync": AccessRule(_K.STAFF, make.offline_scan),
    "GET /v1/gate/shows/{show_id}": AccessRule(_K.STAFF, make.show),
    "GET /v1/gate/shows/{show_id}/list": AccessRule(_K.STAFF, make.show),
    "GET /v1/gate/shows/{show_id}/changes": AccessRule(_K.STAFF, make.show),
    "POST /v1/organisers": AccessRule(_K.SIGNED_IN, make.new_organiser, 201),
    "GET /v1/organisers": AccessRule(_K.SIGNED_IN),
    "GET /v1/organisers/{organiser_id}": AccessRule(_K.SHOWN_TO_OPERATORS, make.organiser),
    "POST /v1/organisers/{organiser_id}/members": AccessRule(_K.PRIVATE, make.member_to_add),
    "DELETE /v1/organisers/{organiser_id}/members/{user_id}": AccessRule(
        _K.PRIVATE, make.member_to_remove
    ),
    "POST /v1/organisers/{organiser_id}/shows": AccessRule(_K.PRIVATE, make.new_show, 201),
    "GET /v1/organisers/{organiser_id}/shows": AccessRule(_K.PRIVATE, make.organiser),
    "GET /v1/shows/{show_id}/overview": AccessRule(_K.OWNED, make.own_show),
    "PATCH /v1/shows/{show_id}": AccessRule(_K.OWNED, make.own_show_to_edit),
    "PATCH /v1/shows/{show_id}/policy": AccessRule(_K.OWNED, make.own_show_with_rules),
    "POST /v1/shows/{show_id}/tickets": AccessRule(_K.OWNED, make.own_show_to_issue),
    "POST /v1/shows/{show_id}/cancel": AccessRule(_K.OWNED, make.own_show),
    "GET /v1/shows/{show_id}/cancellation": AccessRule(_K.OWNED, make.own_show),
    "GET /v1/shows/{show_id}/sold": AccessRule(_K.OWNED, make.own_show),
    "POST /v1/orders/{order_id}/refund": AccessRule(_K.PRIVATE, make.order_of_own_show, 201),
    "GET /v1/admin/organisers": AccessRule(_K.OPERATORS),
    "POST /v1/admin/organisers/{organiser_id}/approve": AccessRule(_K.OPERATORS, make.organiser),
    "POST /v1/admin/organisers/{organiser_id}/suspend": AccessRule(
        _K.OPERATORS, make.organiser_to_suspend
    ),
    "GET /v1/admin/stats": AccessRule(_K.OPERATORS),
    "GET /v1/admin/flow": AccessRule(_K.OPERATORS),
    "GET /v1/admin/events": AccessRule(_K.OPERATORS),
    "GET /v1/feed": AccessRule(_K.PUBLIC),
    "POST /v1/stripe/webhook": AccessRule(_K.PUBLIC, done=400),  # it has no signature of Stripe
    "GET /c/{code}": AccessRule(_K.PUBLIC, make.card_link, 303),  # with the link one may save a
    "GET /p/{code}": AccessRule(_K.PUBLIC, make.pay_link, 303),  # card, or pay
    "GET /sandbox/pay/{session}": AccessRule(_K.PUBLIC, make.page, 404),
    "POST /sandbox/pay/{session}": AccessRule(_K.PUBLIC, make.page, 404),
    "GET /sandbox/pay/{session}/challenge": AccessRule(_K.PUBLIC, make.page, 404),
    "POST /sandbox/pay/{session}/challenge": AccessRule(_K.PUBLIC, make.page, 404),
    "GET /healthz": AccessRule(_K.PUBLIC),
    "GET /readyz": AccessRule(_K.PUBLIC),
    "GET /metrics": AccessRule(_K.PUBLIC),
    "GET /openapi.json": AccessRule(_K.PUBLIC),
}
