"""Organisers: approved organisations that own shows and issue their tickets."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from contract.auth import Email
from contract.base import Empty, Event, Id, Model, Page, PageQuery, Request, ShortText
from contract.endpoint import Access, Endpoint
from contract.problems import Problem


class OrganiserStatus(StrEnum):
    """Whether an organiser may create shows and issue tickets."""

    PENDING = "pending"
    APPROVED = "approved"
    SUSPENDED = "suspended"


class MemberRole(StrEnum):
    """What a member may do: a manager everything, the gate role only scan at its gates."""

    MANAGER = "manager"
    GATE = "gate"


class Organiser(Model, frozen=True, kw_only=True):
    """An organiser as its members and operators see it.

    `owner_id` is the account that sells its tickets and receives its money. `role` is that of the
    signed-in account; None for an operator. `suspend_reason` is what the operator wrote.
    """

    id: Id
    name: str
    status: OrganiserStatus
    owner_id: Id
    role: MemberRole | None
    version: int
    created_at: datetime
    suspend_reason: str = ""


class OrganiserMember(Model, frozen=True, kw_only=True):
    """An account that acts for an organiser."""

    user_id: Id
    email: str
    role: MemberRole
    added_at: datetime


class OrganiserDetails(Organiser, frozen=True, kw_only=True):
    """An organiser with its members. Only managers and operators see others than themselves."""

    members: tuple[OrganiserMember, ...]


class CreateOrganiser(Request, frozen=True, kw_only=True):
    """Apply to be an organiser; an operator approves it."""

    name: ShortText


class AddMember(Request, frozen=True, kw_only=True):
    """Let an account act for an organiser, or give it another role."""

    email: Email
    role: MemberRole


class SuspendOrganiser(Request, frozen=True, kw_only=True):
    """Suspend an organiser. Its members read the reason."""

    reason: ShortText


class OrganisersQuery(PageQuery, frozen=True, kw_only=True):
    """Find organisers by status."""

    status: OrganiserStatus | None = None


class _OrganiserEvent(Event, frozen=True, kw_only=True):
    title: str
    status: OrganiserStatus
    owner_id: Id

    @property
    def audience(self) -> str | None:
        return self.owner_id


class OrganiserCreated(_OrganiserEvent, frozen=True, kw_only=True, tag="organiser.created"):
    """Somebody applied to be an organiser."""

    name: ClassVar[str] = "organiser.created"


class OrganiserApproved(_OrganiserEvent, frozen=True, kw_only=True, tag="organiser.approved"):
    """An operator approved an organiser."""

    name: ClassVar[str] = "organiser.approved"


class OrganiserSuspended(_OrganiserEvent, frozen=True, kw_only=True, tag="organiser.suspended"):
    """An operator suspended an organiser."""

    name: ClassVar[str] = "organiser.suspended"


class _MemberEvent(Event, frozen=True, kw_only=True):
    title: str
    user_id: Id
    role: MemberRole

    @property
    def audience(self) -> str | None:
        return self.user_id


class OrganiserMemberAdded(_MemberEvent, frozen=True, kw_only=True, tag="organiser.member_added"):
    """An account acts for an organiser from now on, or has another role there."""

    name: ClassVar[str] = "organiser.member_added"


class OrganiserMemberRemoved(
    _MemberEvent, frozen=True, kw_only=True, tag="organiser.member_removed"
):
    """An account no longer acts for an organiser."""

    name: ClassVar[str] = "organiser.member_removed"


class OrganiserNotFound(Problem, status=404):
    """There is no such organiser."""


class OrganiserNotApproved(Problem, status=409):
    """The organiser is not approved, or was suspended."""


class OrganiserNameTaken(Problem, status=409):
    """Another approved organiser has this name."""


class NotAManager(Problem, status=403):
    """Only managers of the organiser can do this."""


CREATE_ORGANISER = Endpoint(
    method="POST", path="/v1/organisers", request=CreateOrganiser, response=OrganiserDetails,
    status=201, summary="Apply to be an organiser; you are its owner and first manager.",
)  # fmt: skip
LIST_ORGANISERS = Endpoint(
    method="GET", path="/v1/organisers", request=PageQuery, response=Page[Organiser],
    summary="List the organisers that you act for, newest first.",
)  # fmt: skip
VIEW_ORGANISER = Endpoint(
    method="GET", path="/v1/organisers/{organiser_id}", request=Empty, response=OrganiserDetails,
    summary="Show an organiser that you act for.", errors=(OrganiserNotFound,),
)  # fmt: skip
ADD_MEMBER = Endpoint(
    method="POST", path="/v1/organisers/{organiser_id}/members", request=AddMember,
    response=OrganiserDetails,
    summary="Let an account act for your organiser, or give it another role.",
    errors=(OrganiserNotFound, NotAManager),
)  # fmt: skip
REMOVE_MEMBER = Endpoint(
    method="DELETE", path="/v1/organisers/{organiser_id}/members/{user_id}", request=Empty,
    response=OrganiserDetails, summary="Stop an account from acting for your organiser.",
    errors=(OrganiserNotFound, NotAManager),
)  # fmt: skip
ADMIN_LIST_ORGANISERS = Endpoint(
    method="GET", path="/v1/admin/organisers", request=OrganisersQuery, response=Page[Organiser],
    summary="List organisers, newest first.", access=Access.ADMIN,
)  # fmt: skip
APPROVE_ORGANISER = Endpoint(
    method="POST", path="/v1/admin/organisers/{organiser_id}/approve", request=Empty,
    response=OrganiserDetails, summary="Approve an organiser, also after a suspension.",
    access=Access.ADMIN, errors=(OrganiserNotFound, OrganiserNameTaken),
)  # fmt: skip
SUSPEND_ORGANISER = Endpoint(
    method="POST", path="/v1/admin/organisers/{organiser_id}/suspend", request=SuspendOrganiser,
    response=OrganiserDetails, summary="Suspend an organiser.", access=Access.ADMIN,
    errors=(OrganiserNotFound,),
)  # fmt: skip
