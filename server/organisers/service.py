"""The rules of organisers: apply, approve, suspend, and who acts for one.

Services above ask `require_manager` and `role_of`; none of them reads the tables.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from contract.organisers import (
    MemberRole,
    NotAManager,
    Organiser,
    OrganiserApproved,
    OrganiserCreated,
    OrganiserDetails,
    OrganiserMember,
    OrganiserMemberAdded,
    OrganiserMemberRemoved,
    OrganiserNameTaken,
    OrganiserNotFound,
    OrganiserStatus,
    OrganiserSuspended,
)
from contract.problems import FieldError, Invalid
from contract.text_keys import name_key, tidy
from db.statement import Row
from db.types import from_us
from server.auth import service as auth
from server.organisers import statements as sql
from server.tx import Tx

OrganiserEvent = TypeVar("OrganiserEvent", OrganiserCreated, OrganiserApproved, OrganiserSuspended)
MAX_LENGTH = 200
MemberEvent = TypeVar("MemberEvent", OrganiserMemberAdded, OrganiserMemberRemoved)


def create(tx: Tx, *, owner_id: str, name: str) -> OrganiserDetails:
    """Enter an organiser that waits for approval; its owner is its first manager.

    Raises Invalid for a name whose normal form is too long.
    """
    if len(tidy(name)) > MAX_LENGTH:
        raise _invalid("name", "is too long")
    organiser_id = tx.new_id("org")
    tx.execute(
        sql.INSERT,
        id=organiser_id, name=tidy(name), name_key=name_key(name),
        status=OrganiserStatus.PENDING.value, owner_id=owner_id, suspend_reason=None, version=1,
        created_at=tx.now_us,
    )  # fmt: skip
    tx.execute(
        sql.INSERT_MEMBER,
        organiser_id=organiser_id, user_id=owner_id, role=MemberRole.MANAGER.value,
        added_at=tx.now_us,
    )  # fmt: skip
    made = details(tx, organiser_id=organiser_id, user_id=owner_id)
    tx.publish(_event(OrganiserCreated, made))
    return made


def view(tx: Tx, *, organiser_id: str, user_id: str) -> Organiser:
    """Return an organiser with the role that an account has there. Raises OrganiserNotFound."""
    row = tx.first(sql.VIEW, organiser_id=organiser_id, user_id=user_id)
    if row is None:
        raise OrganiserNotFound
    return _from_row(row)


def details(
    tx: Tx, *, organiser_id: str, user_id: str, all_members: bool = False
) -> OrganiserDetails:
    """Return an organiser with the members that a member, or with `all_members` anybody, may see.

    Raises OrganiserNotFound, also for who is not a member.
    """
    organiser = view(tx, organiser_id=organiser_id, user_id=user_id)
    if organiser.role is None and not all_members:
        raise OrganiserNotFound
    sees_all = all_members or organiser.role is MemberRole.MANAGER
    members = tuple(
        OrganiserMember(
            user_id=member_id, email=auth.view(tx, user_id=member_id).account.email,
            role=MemberRole(role), added_at=from_us(added_us),
        )
        for member_id, role, added_us in tx.all(sql.MEMBERS, organiser_id=organiser_id)
        if sees_all or member_id == user_id
    )  # fmt: skip
    return OrganiserDetails(**msgspec.structs.asdict(organiser), members=members)


def list_of_user(tx: Tx, *, user_id: str, before: str, limit: int) -> list[Organiser]:
    """List the organisers that somebody acts for, newest first."""
    rows = tx.all(sql.LIST_OF_USER, user_id=user_id, before=before, limit=limit)
    return [_from_row(row) for row in rows]


def list_all(tx: Tx, *, status: str, before: str, limit: int) -> list[Organiser]:
    """List organisers, newest first."""
    rows = tx.all(sql.LIST, with_status=status, before=before, limit=limit)
    return [_from_row(row) for row in rows]


def require_manager(tx: Tx, *, organiser_id: str, user_id: str) -> Organiser:
    """Return an organiser that this account manages, whatever its status.

    Raises OrganiserNotFound for who is not a member, NotAManager.
    """
    organiser = view(tx, organiser_id=organiser_id, user_id=user_id)
    if organiser.role is None:
        raise OrganiserNotFound
    if organiser.role is not MemberRole.MANAGER:
        raise NotAManager(f"Only managers of {organiser.name} can do this.")
    return organiser


def is_manager(tx: Tx, *, organiser_id: str, user_id: str) -> bool:
    """Tell whether an account manages an organiser, whatever its status."""
    role = view(tx, organiser_id=organiser_id, user_id=user_id).role
    return role is MemberRole.MANAGER


def add_member(tx: Tx, *, organiser_id: str, by: str, email: str, role: MemberRole) -> None:
    """Let an account act for an organiser; one that does already gets the role.

    Raises OrganiserNotFound, NotAManager, and Invalid for an address without an account and for
    another role of the owner.
    """
    organiser = require_manager(tx, organiser_id=organiser_id, user_id=by)
    found = auth.find_by_email(tx, email=email)
    if found is None:
        raise _invalid("email", "has no account here; the person must sign up first")
    user_id = found.account.id
    known = view(tx, organiser_id=organiser_id, user_id=user_id).role
    if known is role:
        return
    if user_id == organiser.owner_id:
        raise _invalid("role", "is fixed for the owner, who stays a manager")
    if known is not None:
        tx.execute(
            sql.SET_MEMBER_ROLE, organiser_id=organiser_id, user_id=user_id, new_role=role.value
        )
    else:
        tx.execute(
            sql.INSERT_MEMBER,
            organiser_id=organiser_id, user_id=user_id, role=role.value, added_at=tx.now_us,
        )  # fmt: skip
    _publish_member(tx, OrganiserMemberAdded, organiser_id, user_id, role)


def remove_member(tx: Tx, *, organiser_id: str, by: str, user_id: str) -> None:
    """Stop an account from acting for an organiser; nothing changes for one that does not.

    Raises OrganiserNotFound, NotAManager, and Invalid for the owner.
    """
    organiser = require_manager(tx, organiser_id=organiser_id, user_id=by)
    if user_id == organiser.owner_id:
        raise _invalid("user_id", "is the owner, who receives the money and cannot be removed")
    row = tx.first(sql.DELETE_MEMBER, organiser_id=organiser_id, user_id=user_id)
    if row is not None:
        _publish_member(tx, OrganiserMemberRemoved, organiser_id, user_id, MemberRole(row[0]))


def approve(tx: Tx, *, organiser_id: str) -> None:
    """Approve an organiser, once. Raises OrganiserNotFound, OrganiserNameTaken."""
    with tx.mapping_integrity_error(OrganiserNameTaken):
        row = tx.first(sql.MOVE["approve"], organiser_id=organiser_id, why=None)
    _moved(tx, OrganiserApproved, row, organiser_id)


def suspend(tx: Tx, *, organiser_id: str, reason: str) -> None:
    """Suspend an organiser, once; its members read the reason. Raises OrganiserNotFound."""
    row = tx.first(sql.MOVE["suspend"], organiser_id=organiser_id, why=reason)
    _moved(tx, OrganiserSuspended, row, organiser_id)


def _moved(tx: Tx, kind: type[OrganiserEvent], row: Row | None, organiser_id: str) -> None:
    """Publish a change of status; one that had that status already must at least exist."""
    if row is None:
        view(tx, organiser_id=organiser_id, user_id="")
        return
    tx.publish(_event(kind, _from_row(row)))


def _publish_member(
    tx: Tx, kind: type[MemberEvent], organiser_id: str, user_id: str, role: MemberRole
) -> None:
    name, version = tx.first(sql.RAISE_VERSION, organiser_id=organiser_id) or ("", 0)
    tx.publish(kind(id=organiser_id, version=version, title=name, user_id=user_id, role=role))


def _event(kind: type[OrganiserEvent], organiser: Organiser) -> OrganiserEvent:
    return kind(
        id=organiser.id, version=organiser.version, title=organiser.name,
        status=organiser.status, owner_id=organiser.owner_id,
    )  # fmt: skip


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(errors=(FieldError(field=field, message=message),))


def _from_row(row: Row) -> Organiser:
    return Organiser(
        id=row[0], name=row[1], status=OrganiserStatus(row[2]), owner_id=row[3], version=row[4],
        created_at=from_us(row[5]), suspend_reason=row[6] or "",
        role=None if row[7] is None else MemberRole(row[7]),
    )  # fmt: skip
