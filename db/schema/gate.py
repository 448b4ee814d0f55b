"""The gate: every scan, and the admissions that resulted."""

from sqlalchemy import Index, Table, TypedColumns, column

from contract.gate import AdmissionStatus, Direction, Refusal, Verdict
from db.dialect import STRICT, partial_index
from db.types import (
    METADATA,
    check,
    enum_check,
    foreign_key,
    integer,
    max_length,
    nullable_text,
    nullable_timestamp,
    primary_key,
    text,
    timestamp,
)


class ScanColumns(TypedColumns):
    """One scan and its result; rows are only added. The client makes up the `id`.

    `digest` stands for the code. `other_id` is the admission that it conflicts with: an earlier
    one, or a later one undone for it. `let_in` means that somebody went in, rightly or not.
    `revoked_at` is when the code was revoked that was scanned; `window_at` is when the
    doors were to open, or when entry had closed; `left_at` is when the ticket had left, or left.
    `overrode` is the refusal that a supervisor overrode, and `override` why.
    """

    id = primary_key()
    show_id = foreign_key("shows.id")
    digest = text()
    verdict = text()
    reason = nullable_text()
    ticket_id = nullable_text()
    admission_id = nullable_text()
    other_id = nullable_text()
    let_in = integer()
    by = text()
    gate = text()
    scanned_at = timestamp()
    created_at = timestamp()
    revoked_at = nullable_timestamp()
    window_at = nullable_timestamp()
    direction = text()
    left_at = nullable_timestamp()
    overrode = nullable_text()
    override = nullable_text()


class AdmissionColumns(TypedColumns):
    """One admission of a ticket. At most one of a ticket is neither undone nor has it left.

    `override` is why a supervisor admitted it in spite of a refusal.
    """

    id = primary_key()
    show_id = foreign_key("shows.id")
    ticket_id = foreign_key("tickets.id")
    order_id = foreign_key("orders.id")
    buyer_id = foreign_key("accounts.id")
    status = text()
    by = text()
    gate = text()
    admitted_at = timestamp()
    undone_at = nullable_timestamp()
    undone_by = nullable_text()
    version = integer()
    left_at = nullable_timestamp()
    left_gate = nullable_text()
    override = nullable_text()


scans = Table(
    "scans", METADATA, ScanColumns,
    enum_check("verdict", Verdict), enum_check("reason", Refusal), max_length("gate", 40),
    check("refused", "(reason IS NOT NULL) = (verdict = 'refused')"),
    check("admitted", "(admission_id IS NOT NULL) = (verdict <> 'refused')"),
    enum_check("direction", Direction), enum_check("overrode", Refusal),
    check("override", "(override IS NOT NULL) = (overrode IS NOT NULL)"),
    check("let_in", "let_in IN (0, 1)"),
    partial_index("ix_scans_refused", "show_id",
                  where=column("verdict") == Verdict.REFUSED.value),
    **STRICT,
)  # fmt: skip
INSIDE = column("status") == AdmissionStatus.INSIDE.value
COUNTED = column("status") != AdmissionStatus.UNDONE.value
admissions = Table(
    "admissions", METADATA, AdmissionColumns,
    enum_check("status", AdmissionStatus), max_length("gate", 40),
    check("undone", "(undone_at IS NOT NULL) = (status = 'undone')"),
    check("undone_by", "(undone_by IS NOT NULL) = (status = 'undone')"),
    # The last line of defence: whatever the code does, a ticket cannot be inside twice.
    partial_index("ux_admissions_inside", "ticket_id", unique=True, where=INSIDE),
    partial_index("ix_admissions_show", "show_id", where=COUNTED),
    check("left", "(left_at IS NOT NULL) = (status = 'left')"),
    check("left_gate", "(left_gate IS NOT NULL) = (status = 'left')"),
    Index(None, "ticket_id"),
    **STRICT,
)  # fmt: skip
