"""Flow: which service publishes and handles each event, and which service calls which."""

from __future__ import annotations

from contract.base import Empty, Model
from contract.endpoint import Access, Endpoint


class FlowEvent(Model, frozen=True, kw_only=True):
    """An event, the service that publishes it, and those that handle it in the same transaction.

    The subscribers are in the order in which they run. The feed reads every event after commit.
    """

    name: str
    publisher: str
    subscribers: tuple[str, ...]


class FlowCall(Model, frozen=True, kw_only=True):
    """What a service calls in a lower one to change something. A call may refuse."""

    caller: str
    callee: str
    functions: tuple[str, ...]


class FlowJob(Model, frozen=True, kw_only=True):
    """A kind of job, and the service that does it after commit."""

    kind: str
    service: str


class Flow(Model, frozen=True, kw_only=True):
    """How calls and events pass between the services, which are listed from the top layer down."""

    services: tuple[str, ...]
    events: tuple[FlowEvent, ...]
    calls: tuple[FlowCall, ...]
    jobs: tuple[FlowJob, ...]


VIEW_FLOW = Endpoint(
    method="GET", path="/v1/admin/flow", request=Empty, response=Flow,
    summary="Show how calls and events pass between the services.", access=Access.ADMIN,
)  # fmt: skip
