"""Report text: what a buyer has reported about an order, and what became of it."""

from __future__ import annotations

from contract.orders import OrderReport, ReportProblem, ReportStatus

PROBLEMS = {
    ReportProblem.REFUSED_AT_DOOR: "refused at the door",
    ReportProblem.NOT_AS_DESCRIBED: "not as described",
}
OUTCOMES = {
    ReportStatus.OPEN: "an operator decides; the seller is not paid meanwhile",
    ReportStatus.REFUNDED: "the buyer gets the money back",
    ReportStatus.RELEASED: "the seller is paid",
}


def describe(report: OrderReport | None) -> str | None:
    """Describe a report with what became of it, for its buyer and its seller; None without one."""
    if report is None:
        return None
    text = f"{PROBLEMS[report.problem]}: {OUTCOMES[report.status]}"
    return f"{text} ({report.note})" if report.note else text
