"""Organisers and their members."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import STRICT, WHOLE_NUMBER

revision = "0026_organisers"
down_revision = "0025_resale"


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "organisers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("suspend_reason", sa.Text(), nullable=True),
        sa.Column("version", WHOLE_NUMBER, nullable=False),
        sa.Column("created_at", WHOLE_NUMBER, nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'approved', 'suspended')", name=op.f("ck_organisers_status")
        ),
        sa.CheckConstraint("length(name) <= 200", name=op.f("ck_organisers_name_length")),
        sa.ForeignKeyConstraint(["owner_id"], ["accounts.id"], name=op.f("fk_organisers_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisers")),
        **STRICT,
    )
    approved = sa.text("status = 'approved'")
    op.create_index(
        "ux_organisers_approved", "organisers", ["name_key"], unique=True, sqlite_where=approved,
        postgresql_where=approved,
    )  # fmt: skip
    op.create_index(op.f("ix_organisers_status_id"), "organisers", ["status", "id"])
    _members()


def _members() -> None:
    op.create_table(
        "organiser_members",
        sa.Column("organiser_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("added_at", WHOLE_NUMBER, nullable=False),
        sa.CheckConstraint("role IN ('manager', 'gate')", name=op.f("ck_organiser_members_role")),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organisers.id"], name=op.f("fk_organiser_members_organiser_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["accounts.id"], name=op.f("fk_organiser_members_user_id")
        ),
        sa.PrimaryKeyConstraint("organiser_id", "user_id", name=op.f("pk_organiser_members")),
        **STRICT,
    )
    op.create_index(
        op.f("ix_organiser_members_user_id_organiser_id"), "organiser_members",
        ["user_id", "organiser_id"],
    )  # fmt: skip
