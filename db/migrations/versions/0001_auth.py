"""Accounts, sessions and failed attempts to sign in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import STRICT, WHOLE_NUMBER

revision = "0001_auth"
down_revision = None


def _accounts() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", WHOLE_NUMBER, nullable=False),
        sa.Column("created_at", WHOLE_NUMBER, nullable=False),
        sa.CheckConstraint("role IN ('member', 'admin')", name=op.f("ck_accounts_role")),
        sa.CheckConstraint("status IN ('active', 'banned')", name=op.f("ck_accounts_status")),
        sa.CheckConstraint("length(email) <= 254", name=op.f("ck_accounts_email_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("email", name=op.f("uq_accounts_email")),
    ]


def _sessions() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("created_at", WHOLE_NUMBER, nullable=False),
        sa.Column("last_used_at", WHOLE_NUMBER, nullable=False),
        sa.Column("expires_at", WHOLE_NUMBER, nullable=False),
        sa.CheckConstraint("length(client) <= 200", name=op.f("ck_sessions_client_length")),
        sa.ForeignKeyConstraint(["user_id"], ["accounts.id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    ]


def _attempts() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", WHOLE_NUMBER, nullable=False),
        sa.Column("last_at", WHOLE_NUMBER, nullable=False),
        sa.Column("blocked_until", WHOLE_NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attempts")),
    ]


def upgrade() -> None:
    """Take the step."""
    op.create_table("accounts", *_accounts(), **STRICT)
    op.create_table("sessions", *_sessions(), **STRICT)
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_table("attempts", *_attempts(), **STRICT)
