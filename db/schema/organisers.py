"""Organisers and their members."""

from sqlalchemy import Index, PrimaryKeyConstraint, Table, TypedColumns, column

from contract.organisers import MemberRole, OrganiserStatus
from db.dialect import STRICT, partial_index
from db.types import (
    METADATA,
    enum_check,
    foreign_key,
    integer,
    max_length,
    nullable_text,
    primary_key,
    text,
    timestamp,
)


class OrganiserColumns(TypedColumns):
    """An organiser. `owner_id` sells its tickets and receives its money.

    `name_key` is what a name is compared by: two approved organisers never have one name.
    """

    id = primary_key()
    name = text()
    name_key = text()
    status = text()
    owner_id = foreign_key("accounts.id")
    suspend_reason = nullable_text()
    version = integer()
    created_at = timestamp()


class MemberColumns(TypedColumns):
    """An account that acts for an organiser."""

    organiser_id = foreign_key("organisers.id")
    user_id = foreign_key("accounts.id")
    role = text()
    added_at = timestamp()


APPROVED = column("status") == OrganiserStatus.APPROVED.value
organisers = Table(
    "organisers", METADATA, OrganiserColumns,
    enum_check("status", OrganiserStatus), max_length("name", 200),
    partial_index("ux_organisers_approved", "name_key", unique=True, where=APPROVED),
    Index(None, "status", "id"),
    **STRICT,
)  # fmt: skip
members = Table(
    "organiser_members", METADATA, MemberColumns,
    PrimaryKeyConstraint("organiser_id", "user_id"), enum_check("role", MemberRole),
    Index(None, "user_id", "organiser_id"),
    **STRICT,
)  # fmt: skip
