"""The gate: every scan, and the admissions that came of them."""

from sqlalchemy import Index, Table, TypedColumns, column

from contract.gate import AdmissionStatus, Refusal, Verdict
from db.dialect import STRICT, partial_index
from db.types import (
    METADATA,
    at_most,
    holds,
    key,
    maybe_moment,
    maybe_text,
    moment,
    number,
    one_of,
    ref,
    text,
)


class ScanColumns(TypedColumns):
    """One scan and what was said to it; rows are only ever added. `id` is the client's own.

    `digest` stands for the code. `other_id` is the admission it met: the one that was first, or
    the one that had to give way to it. `let_in` says that somebody went in, whatever was right.
    """

    id = key()
    show_id = ref("shows.id")
    digest = text()
    verdict = text()
    reason = maybe_text()
    ticket_id = maybe_text()
    admission_id = maybe_text()
    other_id = maybe_text()
    let_in = number()
    by = text()
    gate = text()
    scanned_at = moment()
    created_at = moment()


class AdmissionColumns(TypedColumns):
    """Somebody let in with a ticket. Of a ticket at most one counts."""

    id = key()
    show_id = ref("shows.id")
    ticket_id = ref("tickets.id")
    order_id = ref("orders.id")
    buyer_id = ref("accounts.id")
    status = text()
    by = text()
    gate = text()
    admitted_at = moment()
    undone_at = maybe_moment()
    undone_by = maybe_text()
    version = number()


scans = Table(
    "scans", METADATA, ScanColumns,
    one_of("verdict", Verdict), one_of("reason", Refusal), at_most("gate", 40),
    holds("refused", "(reason IS NOT NULL) = (verdict = 'refused')"),
    holds("admitted", "(admission_id IS NOT NULL) = (verdict = 'admitted')"),
    holds("let_in", "let_in IN (0, 1)"),
    partial_index("ix_scans_refused", "show_id",
                  where=column("verdict") == Verdict.REFUSED.value),
    **STRICT,
)  # fmt: skip
INSIDE = column("status") == AdmissionStatus.INSIDE.value
admissions = Table(
    "admissions", METADATA, AdmissionColumns,
    one_of("status", AdmissionStatus), at_most("gate", 40),
    holds("undone", "(undone_at IS NOT NULL) = (status = 'undone')"),
    holds("undone_by", "(undone_by IS NOT NULL) = (status = 'undone')"),
    # The last line of defence: whatever the code does, a ticket cannot be inside twice.
    partial_index("ux_admissions_inside", "ticket_id", unique=True, where=INSIDE),
    partial_index("ix_admissions_show", "show_id", where=INSIDE),
    Index(None, "ticket_id"),
    **STRICT,
)  # fmt: skip
