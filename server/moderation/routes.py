"""The endpoints of moderation, all of them for operators."""

from __future__ import annotations

from contract.auth import Account, Ban
from contract.base import Empty, Page
from contract.moderation import ViewedAlert
from contract.orders import ReportStatus
from contract.problems import FieldError, Invalid
from contract.reports import RefundReport, ReleaseReport, Report, ReportsQuery
from contract.tickets import ReissueCode, Ticket, WithdrawTicket
from server import paging
from server.moderation import claims, service
from server.orders import reports
from server.principal import Principal
from server.tickets import resale
from server.tx import Tx

#: Sorts after every id of a report.
LAST_REPORT = "rpt_~"


def ban(tx: Tx, principal: Principal, body: Ban, *, user_id: str) -> Account:
    """Ban an account or lift the ban. Operators cannot ban themselves."""
    if user_id == principal.user_id:
        raise Invalid(errors=(FieldError(field="user_id", message="is your own account"),))
    return service.ban(tx, user_id=user_id, banned=body.banned)


def withdraw(tx: Tx, principal: Principal, body: WithdrawTicket, *, ticket_id: str) -> Ticket:
    """Take a listing off sale; its seller reads the reason."""
    return service.withdraw(tx, ticket_id=ticket_id, note=body.reason)


def reissue(tx: Tx, principal: Principal, body: ReissueCode, *, ticket_id: str) -> Ticket:
    """Give the owner of a ticket a new entry code; they read the reason."""
    return resale.replace_code(tx, ticket_id=ticket_id, note=body.reason)


def view_alert(tx: Tx, principal: Principal, query: Empty, *, alert_id: str) -> ViewedAlert:
    """Show an alert with the claims to compare."""
    return claims.view(tx, alert_id=alert_id)


def list_reports(tx: Tx, principal: Principal, query: ReportsQuery) -> Page[Report]:
    """List what buyers have reported, newest first."""
    found, following = paging.page(
        lambda limit: reports.list_reports(
            tx, include_resolved=query.all, before=query.cursor or LAST_REPORT, limit=limit
        ),
        query.limit,
        lambda report: report.id,
    )
    return Page(items=found, next=following)


def refund_report(tx: Tx, principal: Principal, body: RefundReport, *, report_id: str) -> Report:
    """Give a buyer who has reported a problem all of the money back."""
    return service.refund_report(
        tx, report_id=report_id, by=principal.user_id, note=body.note, ticket=body.ticket
    )


def release_report(tx: Tx, principal: Principal, body: ReleaseReport, *, report_id: str) -> Report:
    """Let the seller of a reported ticket be paid."""
    return reports.resolve(
        tx, report_id=report_id, outcome=ReportStatus.RELEASED, by=principal.user_id,
        note=body.note,
    )  # fmt: skip
