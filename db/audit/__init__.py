"""The audit: invariants of the database, checked independently of the services' own code.

Each rule is a query for rows that violate it, so that a report can name them. It reads a table at
most once, since the audit runs whenever a server starts.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from db.audit.constraints import broken_constraints
from db.audit.event_log import check_log
from db.audit.file import damage
from db.audit.keys import wrong_keys
from db.audit.ledger_rules import LEDGER_RULES
from db.audit.references import lost_rows
from db.audit.rules import RULES
from db.statement import Connection, Statement

__all__ = ["LEDGER_RULES", "RULES", "AuditFinding", "audit", "audit_file"]

_STATEMENTS = {rule: Statement(text(sql)) for rule, sql in {**RULES, **LEDGER_RULES}.items()}


@dataclass(frozen=True)
class AuditFinding:
    """A rule that is violated, and the id of what violates it."""

    rule: str
    id: str


def audit_file(connection: Connection) -> list[AuditFinding]:
    """Return the damage of the file and every violation of a rule."""
    damaged = [AuditFinding(rule, subject) for rule, subject in damage(connection)]
    return [*damaged, *audit(connection)]


def audit(connection: Connection) -> list[AuditFinding]:
    """Return every violation; the time it takes grows with the database."""
    findings = [
        AuditFinding(rule, row[0])
        for rule, statement in _STATEMENTS.items()
        for row in connection.all(statement)
    ]
    for check in (broken_constraints, lost_rows, wrong_keys, check_log):
        findings += [AuditFinding(rule, subject) for rule, subject in check(connection)]
    return findings
