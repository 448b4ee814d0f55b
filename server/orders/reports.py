"""Reports: a buyer says what is wrong with a ticket; its seller waits until an operator decides.

The ledger follows the events: it keeps the sale out of payouts while a report is open.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, bindparam, insert, or_, select, update

from contract.alerts import AlertClosed, AlertKind
from contract.orders import (
    OrderReport,
    OrderReported,
    OrderReportResolved,
    OrderStatus,
    ReportProblem,
    ReportStatus,
)
from contract.payments import PaymentRefunded, PaymentRefundSettled
from contract.reports import AlreadyReported, NotReportable, Report, ReportNotFound, ReportOver
from contract.tickets import TicketOrigin
from db.schema.reports import reports
from db.statement import Row, Statement
from db.types import from_us, to_us
from server.alerts import service as alerts
from server.orders import service
from server.shows import service as shows
from server.tickets import service as tickets
from server.tx import Tx

#: The columns of a report; `_own` and `_to_contract` read them in this order.
COLUMNS = (
    reports.c.id, reports.c.order_id, reports.c.problem, reports.c.details, reports.c.status,
    reports.c.reported_at, reports.c.resolved_at, reports.c.resolved_by, reports.c.note,
)  # fmt: skip
INSERT = Statement(insert(reports))
VIEW = Statement(select(*COLUMNS).where(reports.c.id == bindparam("report_id")))
OPEN_OF_ORDER = Statement(
    select(reports.c.id).where(
        reports.c.order_id == bindparam("of_order"), reports.c.status == ReportStatus.OPEN
    )
)
#: Of a page of orders, which is a range of ids.
BETWEEN = Statement(
    select(*COLUMNS).where(
        and_(reports.c.order_id >= bindparam("first"), reports.c.order_id <= bindparam("last"))
    )
)
RESOLVE = Statement(
    update(reports)
    .where(reports.c.id == bindparam("report_id"), reports.c.status == ReportStatus.OPEN)
    .values(
        status=bindparam("outcome"), resolved_at=bindparam("now"), resolved_by=bindparam("by"),
        note=bindparam("reason"),
    )
    .returning(*COLUMNS)
)  # fmt: skip
LIST = Statement(
    select(*COLUMNS)
    .where(
        or_(bindparam("include_resolved") == 1, reports.c.status == ReportStatus.OPEN),
        reports.c.id < bindparam("before"),
    )
    .order_by(reports.c.id.desc())
    .limit(bindparam("limit"))
)


def report(tx: Tx, *, buyer_id: str, order_id: str, problem: ReportProblem, details: str) -> None:
    """Report a problem with the ticket of a paid order, once.

    Raises OrderNotFound, AlreadyReported, NotReportable.
    """
    tx.advisory_lock(f"payment:{order_id}")  # as a refund does: it ends a report
    known = service.view_own(tx, order_id=order_id, buyer_id=buyer_id)
    _check(tx, known)
    with tx.mapping_integrity_error(AlreadyReported):
        tx.execute(
            INSERT,
            id=tx.new_id("rpt"), order_id=order_id, problem=problem.value, details=details.strip(),
            status=ReportStatus.OPEN.value, reported_at=tx.now_us, resolved_at=None,
            resolved_by=None, note=None,
        )  # fmt: skip
    tx.publish(
        OrderReported(
            id=order_id, version=0, ticket_id=known.order.ticket_id, user_id=known.seller_id,
            problem=problem,
        )
    )  # fmt: skip


def resolve(tx: Tx, *, report_id: str, outcome: ReportStatus, by: str, note: str) -> Report:
    """Resolve a report, and tell buyer and seller. Raises ReportNotFound, ReportOver."""
    view(tx, report_id=report_id)
    row = tx.first(RESOLVE, report_id=report_id, outcome=outcome.value, by=by, reason=note,
                   now=tx.now_us)  # fmt: skip
    if row is None:
        raise ReportOver
    made = _to_contract(tx, row)
    for user_id in (made.buyer_id, made.seller_id):
        tx.publish(
            OrderReportResolved(
                id=made.order_id, version=0, ticket_id=made.ticket_id, user_id=user_id,
                problem=made.problem, status=made.status, note=note,
            )
        )  # fmt: skip
    return made


def resolve_open(tx: Tx, *, order_id: str, outcome: ReportStatus, by: str, note: str) -> None:
    """Resolve the report of an order, if one is open."""
    row = tx.first(OPEN_OF_ORDER, of_order=order_id)
    if row is not None:
        resolve(tx, report_id=row[0], outcome=outcome, by=by, note=note)


def alert_closed(tx: Tx, event: AlertClosed) -> None:
    """Release the sale of a report whose alert an operator resolves."""
    if event.kind is AlertKind.REPORT:
        alert = alerts.view(tx, alert_id=event.id)
        resolve_open(
            tx, order_id=event.subject, outcome=ReportStatus.RELEASED, by=alert.closed_by or "",
            note=alert.note or "",
        )  # fmt: skip


def refunded(tx: Tx, event: PaymentRefunded | PaymentRefundSettled) -> None:
    """End the report of a buyer who has got all of the money back, whoever began the refund."""
    order = service.view(tx, order_id=event.order_id).order
    if order.refunded == order.price:
        note = "The order was refunded."
        resolve_open(tx, order_id=order.id, outcome=ReportStatus.REFUNDED, by=tx.actor, note=note)


def view(tx: Tx, *, report_id: str) -> Report:
    """Return a report. Raises ReportNotFound."""
    row = tx.first(VIEW, report_id=report_id)
    if row is None:
        raise ReportNotFound
    return _to_contract(tx, row)


def list_reports(tx: Tx, *, include_resolved: bool, before: str, limit: int) -> tuple[Report, ...]:
    """List reports, newest first."""
    rows = tx.all(LIST, include_resolved=int(include_resolved), before=before, limit=limit)
    return tuple(_to_contract(tx, row) for row in rows)


def of_orders(tx: Tx, order_ids: Sequence[str]) -> dict[str, OrderReport]:
    """Return the reports of some orders, by order."""
    if not order_ids:
        return {}
    rows = tx.all(BETWEEN, first=min(order_ids), last=max(order_ids))
    return {row[1]: _own(row) for row in rows}


def _check(tx: Tx, known: service.OrderRecord) -> None:
    """Refuse to report what is not paid, not one's own any more, issued here, or too long ago."""
    order = known.order
    if order.status is not OrderStatus.COMPLETE:
        raise NotReportable("This order was not paid.")
    if order.refunded == order.price:
        raise NotReportable("This order is fully refunded.")
    show = shows.view(tx, show_id=known.show_id)
    if show.cancelled:
        raise NotReportable(f"{show.name} was cancelled; its buyers get their money back.")
    if tickets.view(tx, ticket_id=order.ticket_id).origin is TicketOrigin.ISSUED:
        raise NotReportable(
            f"The organiser of {show.name} issued this ticket here, so it is genuine. "
            "Ask the organiser for a refund.",
            rule="imported_tickets",
        )
    if not service.is_current(tx, order_id=order.id):
        raise NotReportable("You have sold this ticket; its buyer can report a problem.")
    until = to_us(show.starts_at) + tx.settings.report_for
    if until < tx.now_us:
        raise NotReportable(
            f"Problems could be reported until {from_us(until):%Y-%m-%d %H:%M} UTC.",
            rule="report_for",
        )


def _own(row: Row) -> OrderReport:
    return OrderReport(
        problem=ReportProblem(row[2]), status=ReportStatus(row[4]), reported_at=from_us(row[5]),
        resolved_at=None if row[6] is None else from_us(row[6]), note=row[8],
    )  # fmt: skip


def _to_contract(tx: Tx, row: Row) -> Report:
    own, known = _own(row), service.view(tx, order_id=row[1])
    return Report(
        id=row[0], order_id=row[1], ticket_id=known.order.ticket_id,
        buyer_id=known.order.buyer_id, seller_id=known.seller_id, price=known.order.price,
        problem=own.problem, details=row[3], status=own.status, reported_at=own.reported_at,
        resolved_at=own.resolved_at, resolved_by=row[7], note=own.note, live=known.order.live,
    )  # fmt: skip
