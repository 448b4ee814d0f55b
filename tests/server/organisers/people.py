"""People of an organiser: who owns it, manages it and works at its gate."""

from __future__ import annotations

from contract.auth import Role
from contract.organisers import (
    ADD_MEMBER,
    APPROVE_ORGANISER,
    CREATE_ORGANISER,
    AddMember,
    CreateOrganiser,
    MemberRole,
    OrganiserDetails,
)
from server.principal import Principal
from tests.world import World


def apply(world: World, owner: Principal, name: str = "Halle Tony Garnier") -> OrganiserDetails:
    """Apply to be an organiser."""
    return world.call(CREATE_ORGANISER, owner, CreateOrganiser(name=name))


def approved(world: World, owner: Principal, name: str = "Halle Tony Garnier") -> OrganiserDetails:
    """Return an organiser that an operator has approved."""
    organiser = apply(world, owner, name)
    return world.call(APPROVE_ORGANISER, OPERATOR, organiser_id=organiser.id)


def add(
    world: World, manager: Principal, organiser: OrganiserDetails, name: str, role: MemberRole
) -> OrganiserDetails:
    """Add the account with a name to an organiser."""
    body = AddMember(email=f"{name}@example.org", role=role)
    return world.call(ADD_MEMBER, manager, body, organiser_id=organiser.id)


OPERATOR = Principal(user_id="usr_operator", role=Role.ADMIN, session_id="ses_operator")
