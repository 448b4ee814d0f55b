"""Shows belong to organisers, who issue tickets. Old tickets were brought by their sellers."""

from __future__ import annotations

from alembic import op

from db.dialect import WHOLE_NUMBER, Backend
from db.migrations.tables import remake

revision = "0031_official_shows"
down_revision = "0030_gate_changes"

FACE_VALUE = (
    "(origin = 'issued') = (face_amount IS NOT NULL) "
    "AND (face_amount IS NULL) = (face_currency IS NULL)"
)


def upgrade() -> None:
    """Take the step."""
    number = WHOLE_NUMBER.compile(op.get_bind().dialect)
    _organiser()
    op.execute(
        f"ALTER TABLE shows ADD COLUMN official {number} NOT NULL DEFAULT 0 "
        "CONSTRAINT ck_shows_official "
        "CHECK (official IN (0, 1) AND (official = 0 OR organiser_id IS NOT NULL))"
    )
    op.create_index(op.f("ix_shows_organiser_id_id"), "shows", ["organiser_id", "id"])
    op.execute(
        "ALTER TABLE tickets ADD COLUMN origin TEXT NOT NULL DEFAULT 'imported' "
        "CONSTRAINT ck_tickets_origin CHECK (origin IN ('issued', 'imported'))"
    )
    op.execute(f"ALTER TABLE tickets ADD COLUMN face_amount {number}")
    op.execute(
        "ALTER TABLE tickets ADD COLUMN face_currency TEXT "
        f"CONSTRAINT ck_tickets_face_value CHECK ({FACE_VALUE})"
    )


def _organiser() -> None:
    op.execute("ALTER TABLE shows ADD COLUMN organiser_id TEXT")
    if op.get_bind().dialect.name == Backend.SQLITE:
        refers = "CONSTRAINT fk_shows_organiser_id FOREIGN KEY(organiser_id) "
        key = "CONSTRAINT pk_shows"
        remake("shows", {rf"{key}\b": f"{refers} REFERENCES organisers (id), {key}"})
        return
    op.create_foreign_key(
        op.f("fk_shows_organiser_id"), "shows", "organisers", ["organiser_id"], ["id"]
    )
