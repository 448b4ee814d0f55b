"""The flow: which service publishes and handles each event, and which service calls which.

A service declares in its `__init__` the events it publishes (`EVENTS`) and the functions of lower
services that it calls to change something (`CALLS`). Who handles an event and who does a job
follows from where the function is. A test holds the declarations equal to what the code does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from types import ModuleType

from contract.base import Empty, Event
from contract.flow import VIEW_FLOW, Flow, FlowCall, FlowEvent, FlowJob
from server import (
    alerts,
    auth,
    cancellation,
    cards,
    expiration,
    gate,
    jobs,
    ledger,
    moderation,
    orders,
    organisers,
    payments,
    shows,
    tickets,
    transfers,
)
from server.bus import Subscription
from server.principal import Principal
from server.routing import Route, route
from server.tx import Tx

AnyFunction = Callable[..., object]

#: From the top layer down. The job runner is the lowest: it publishes, and calls no service.
SERVICES = (
    gate, cancellation, moderation, ledger, payments, expiration, transfers, orders, cards, tickets,
    shows, organisers,
    alerts, auth, jobs,
)  # fmt: skip


def flow_of(subscriptions: Iterable[Subscription], kinds: Iterable[jobs.Job]) -> Flow:
    """Return the flow between the services, given who subscribes to what and every kind of job."""
    handled: dict[type[Event], tuple[str, ...]] = {}
    for subscription in subscriptions:
        known = handled.get(subscription.event, ())
        handled[subscription.event] = (*known, service_of(subscription.handler))
    return Flow(
        services=tuple(map(_name, SERVICES)),
        events=tuple(
            FlowEvent(name=event.name, publisher=_name(service), subscribers=handled.get(event, ()))
            for service in SERVICES
            for event in getattr(service, "EVENTS", ())
        ),
        calls=tuple(
            FlowCall(caller=_name(service), callee=callee, functions=tuple(map(function_name, of)))
            for service in SERVICES
            for callee, of in groupby(getattr(service, "CALLS", ()), key=service_of)
        ),
        jobs=tuple(FlowJob(kind=job.kind, service=service_of(job.run)) for job in kinds),
    )


def routes(flow: Flow) -> tuple[Route, ...]:
    """Return the route that shows operators the flow."""

    def view(tx: Tx, principal: Principal, query: Empty) -> Flow:
        return flow

    return (route(VIEW_FLOW, view),)


def service_of(function: AnyFunction) -> str:
    """Return the service that a function belongs to."""
    return function.__module__.split(".")[1]


def function_name(function: AnyFunction) -> str:
    """Return a function's name within its service: `lock`, `refunds.begin`."""
    modules = function.__module__.split(".")[2:]
    return ".".join([*(name for name in modules if name != "service"), function.__name__])


def _name(service: ModuleType) -> str:
    return service.__name__.rpartition(".")[2]
