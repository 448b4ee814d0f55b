"""The form in which the gate compares entry codes: without case, blanks and dashes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from contract.codes import code_key

revision = "0017_code_keys"
down_revision = "0016_external_ids"

BATCH = 1000


def upgrade() -> None:
    """Take the step."""
    op.add_column("tickets", sa.Column("code_key", sa.Text(), nullable=False, server_default=""))
    _fill()
    op.drop_index(op.f("ix_tickets_code"), table_name="tickets")
    op.create_index(op.f("ix_tickets_code_key"), "tickets", ["code_key"], unique=False)


def _fill() -> None:
    """Compute the keys of the existing codes, some rows at a time."""
    tickets = sa.table("tickets", sa.column("id"), sa.column("code"), sa.column("code_key"))
    connection = op.get_bind()
    after = ""
    while rows := connection.execute(
        sa.select(tickets.c.id, tickets.c.code)
        .where(tickets.c.id > after)
        .order_by(tickets.c.id)
        .limit(BATCH)
    ).all():
        connection.execute(
            sa.update(tickets)
            .where(tickets.c.id == sa.bindparam("of"))
            .values(code_key=sa.bindparam("key")),
            [{"of": row[0], "key": code_key(row[1])} for row in rows],
        )
        after = rows[-1][0]
