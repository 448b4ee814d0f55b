"""A purchase, played on a real server and recorded: which service calls, publishes and handles."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import groupby
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

from contract.base import Event
from contract.orders import PLACE_ORDER, Order
from docs.generators.mermaid import diagram
from server.flow import SERVICES, function_name, service_of
from server.jobs import Claimed, Runner
from server.tx import Tx
from tests.databases import make_sqlite_template
from tests.world import CARD, World

Handler = Callable[..., Any]

STRIPE = "Stripe"
#: The id of an object in the path of a request to Stripe.
OBJECT = re.compile(r"(?<=/)[a-z]+_\w*\d\w*")
#: Who sends and who receives, in a line of the diagram.
ENDS = re.compile(r"\w+(?= -?->>)|(?<=>> )\w+")
#: The background of a transaction; it works on a light page and on a dark one.
SHADE = "rgba(128, 128, 128, 0.15)"


def paid() -> str:
    """Return the sequence diagram of a purchase that is paid."""
    with _recording() as (world, order, recorder):
        recorder.line("buyer ->> payments: GET /p/CODE")
        with recorder.inside("payments"):
            page = world.visit("GET", order.payment_url).headers["Location"]
        recorder.line(f"buyer ->> {STRIPE}: pays on the hosted page")
        form = f"card_number={CARD}&exp=12%2F34&cvc=123"
        world.visit("POST", page, form, "application/json")
        world.work()
    return recorder.diagram("A purchase that is paid")


def unpaid() -> str:
    """Return the sequence diagram of a purchase that nobody pays."""
    with _recording() as (world, _, recorder), recorder.inside("expiration"):
        world.pass_time(world.settings.lock_for)
    return recorder.diagram("A purchase that is not paid in time")


@contextmanager
def _recording() -> Iterator[tuple[World, Order, _Recorder]]:
    """Yield a marketplace where an order has been placed, and what records all that happens."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        world = World(f"sqlite:///{make_sqlite_template(Path(folder))}")
        stack.callback(world.close)
        ticket, buyer = world.list_ticket(world.user("seller")), world.user("buyer")
        recorder = _Recorder()
        stack.enter_context(recorder.watching(world))
        recorder.line(f"buyer ->> orders: {PLACE_ORDER.method} {PLACE_ORDER.path}")
        with recorder.inside("orders"):
            order = world.lock(buyer, ticket)
        yield world, order, recorder


class _Recorder:
    """Writes a line for each call between services, each event, job, and request to Stripe."""

    def __init__(self) -> None:
        self._lines: list[tuple[Tx | None, str]] = []
        self._inside: list[str] = []

    def line(self, text: str, tx: Tx | None = None) -> None:
        """Add a line to the diagram, inside a transaction or outside."""
        self._lines.append((tx, text))

    @contextmanager
    def inside(self, service: str) -> Iterator[None]:
        """Attribute what happens meanwhile to `service`."""
        self._inside.append(service)
        yield
        self._inside.pop()

    @contextmanager
    def watching(self, world: World) -> Iterator[None]:
        """Record what happens in `world`."""
        handlers = world.bus.handlers
        publishers = {event.name: event.publisher for event in world.app.flow.events}
        jobs = {job.kind: job.service for job in world.app.flow.jobs}
        publish, perform = Tx.publish, Runner.perform
        deliver, handle = world.sandbox.deliver, world.sandbox.handle

        def publishing(tx: Tx, event: Event, **more: Any) -> None:
            if type(event) not in handlers:
                self.line(f"Note over {publishers[event.name]}: {event.name}", tx)
            publish(tx, event, **more)

        def performing(runner: Runner, job: Claimed) -> None:
            self.line(f"jobs ->> {jobs[job.kind]}: {job.kind}")
            with self.inside(jobs[job.kind]):
                perform(runner, job)

        def delivering(raw: bytes, signature: str) -> bool:
            self.line(f"{STRIPE} ->> payments: {json.loads(raw)['type']}")
            return deliver is not None and deliver(raw, signature)

        def handling(method: str, path: str, *rest: Any) -> Any:  # noqa: ANN401  passed on
            self.line(f"{self._inside[-1]} ->> {STRIPE}: {method.upper()} {OBJECT.sub('ID', path)}")
            return handle(method, path, *rest)

        with ExitStack() as stack:
            stack.enter_context(patch.object(Tx, "publish", publishing))
            stack.enter_context(patch.object(Runner, "perform", performing))
            stack.enter_context(patch.object(world.sandbox, "deliver", delivering))
            stack.enter_context(patch.object(world.sandbox, "handle", handling))
            for module, name, recorded in self._recorded_calls():
                stack.enter_context(patch.object(module, name, recorded))
            for event, subscribed in handlers.items():
                arrow = f"-->> {{}}: {event.name}"
                handlers[event] = tuple(
                    self._recorded(f, arrow, sender=publishers[event.name]) for f in subscribed
                )
            yield

    def _recorded_calls(self) -> Iterator[tuple[ModuleType, str, Handler]]:
        """Yield each function that a service calls in another: its module, its name, a recorder."""
        for function in {f for service in SERVICES for f in getattr(service, "CALLS", ())}:
            recorded = self._recorded(function, f"->> {{}}: {function_name(function)}")
            yield sys.modules[function.__module__], function.__name__, recorded

    def _recorded(self, function: Handler, arrow: str, sender: str = "") -> Handler:
        """Return a function that draws an arrow to its service, then does the same."""
        receiver = service_of(function)

        def recorded(tx: Tx, *arguments: Any, **more: Any) -> Any:  # noqa: ANN401  passed on
            self.line(f"{sender or self._inside[-1]} {arrow.format(receiver)}", tx)
            with self.inside(receiver):
                return function(tx, *arguments, **more)

        return recorded

    def diagram(self, title: str) -> str:
        """Return the diagram. A transaction has a background; without an event it is left out."""
        lines: list[str] = []
        for tx, recorded in groupby(self._lines, key=lambda line: line[0]):
            texts = [text for _, text in recorded]
            if tx is None:
                lines += texts
            elif any("Note" in text or "-->>" in text for text in texts):
                lines += [f"rect {SHADE}", *(f"  {text}" for text in texts), "end"]
        names = dict.fromkeys(name for line in lines for name in re.findall(ENDS, line))
        services = [name for name in names if name not in ("buyer", STRIPE)]
        heads = ["actor buyer", *(f"participant {name}" for name in services)]
        heads += [f"participant {STRIPE}"] if STRIPE in names else []
        return diagram("sequenceDiagram", title=title, lines=[*heads, *lines])
