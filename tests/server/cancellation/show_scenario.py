"""A show with tickets in every state, and the operator who cancels it."""

from __future__ import annotations

from dataclasses import dataclass, field

from contract.orders import Order
from contract.shows import CANCEL_SHOW, VIEW_CANCELLATION, ShowCancellation
from contract.tickets import Ticket
from server.jobs import Claimed, claim
from server.principal import Principal
from tests.world import CARD, World


@dataclass
class ShowScenario:
    """A show whose tickets are on sale."""

    world: World
    seller: Principal
    operator: Principal
    buyers: list[Principal] = field(default_factory=list)

    def lists(self, amount: int = 4500) -> Ticket:
        """List one more ticket."""
        return self.world.list_ticket(self.seller, amount=amount)

    def buyer(self) -> Principal:
        """Sign up a new buyer."""
        self.buyers.append(self.world.user(f"buyer{len(self.buyers)}"))
        return self.buyers[-1]

    def locks(self) -> Order:
        """Let a new buyer lock a new ticket."""
        return self.world.lock(self.buyer(), self.lists())

    def sells(self, card: str = CARD) -> Order:
        """Let a new buyer buy a new ticket."""
        order = self.locks()
        assert self.world.pay(order, card) == "paid"
        return self.now(order)

    def now(self, order: Order) -> Order:
        """Return an order as it is now."""
        return self.world.order(self.operator, order)

    @property
    def id(self) -> str:
        """Return the show's id, from one more ticket."""
        return self.lists().show.id

    def cancel(self, show_id: str) -> ShowCancellation:
        """Cancel a show, and run no job yet."""
        return self.world.call(CANCEL_SHOW, self.operator, show_id=show_id)

    def progress(self, show_id: str) -> ShowCancellation:
        """Return the progress of the cancellation."""
        return self.world.call(VIEW_CANCELLATION, self.operator, show_id=show_id)


def new_show(world: World) -> ShowScenario:
    """Return a new show."""
    return ShowScenario(world, world.user("seller"), world.user("operator", admin=True))


def run_jobs(world: World, kind: str) -> int:
    """Run the due jobs of one kind; return how many there were."""
    due: list[Claimed] = [job for job in world.bus.write_now(claim) if job.kind == kind]
    for job in due:
        world.app.runner.perform(job)
    return len(due)
