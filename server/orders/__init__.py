"""Orders: a buyer's claim on one ticket, from lock to payment or unlock."""

from contract.alerts import AlertClosed
from contract.expiration import ExpirationComplete
from contract.orders import (
    ADMIN_CANCEL_ORDER,
    ADMIN_ORDERS,
    CANCEL_ORDER,
    LIST_ORDERS,
    LIST_WALLET,
    PLACE_ORDER,
    VIEW_ORDER,
    VIEW_WALLET,
    OrderCancelled,
    OrderCompleted,
    OrderCreated,
    OrderReported,
    OrderReportResolved,
    OrderUpdated,
)
from contract.payments import PaymentRefunded, PaymentRefundSettled
from contract.reports import REPORT_ORDER
from contract.show_overview import VIEW_SHOW_OVERVIEW
from contract.shows import VIEW_PRICES, ShowMerged
from server.bus import subscribe
from server.orders import overview, reports, routes, service
from server.routing import route
from server.tickets import resale
from server.tickets import service as tickets

ROUTES = (
    route(PLACE_ORDER, routes.place_order),
    route(LIST_ORDERS, routes.list_orders),
    route(VIEW_ORDER, routes.view_order),
    route(CANCEL_ORDER, routes.cancel_order),
    route(REPORT_ORDER, routes.report_order),
    route(LIST_WALLET, routes.list_wallet),
    route(VIEW_WALLET, routes.view_wallet),
    route(VIEW_PRICES, routes.view_prices),
    route(VIEW_SHOW_OVERVIEW, overview.view),
    route(ADMIN_ORDERS, routes.admin_list_orders),
    route(ADMIN_CANCEL_ORDER, routes.admin_cancel_order),
)
EVENTS = (
    OrderCreated, OrderUpdated, OrderCompleted, OrderCancelled, OrderReported, OrderReportResolved,
)  # fmt: skip
CALLS = (
    tickets.lock, tickets.unlock, tickets.sell, resale.void, resale.give_back, resale.reissue_code,
    resale.begin_refund,
)  # fmt: skip
SUBSCRIPTIONS = (
    subscribe(ExpirationComplete, service.expire),
    subscribe(ShowMerged, service.show_merged),
    subscribe(AlertClosed, reports.alert_closed),
    subscribe(PaymentRefunded, reports.refunded),
    subscribe(PaymentRefundSettled, reports.refunded),
)

__all__ = ["CALLS", "EVENTS", "ROUTES", "SUBSCRIPTIONS"]
