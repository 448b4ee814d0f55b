"""Progress: the state of a checkout, and the sentence that explains it."""

from __future__ import annotations

from dataclasses import dataclass

from client.validity import entry_code, void_notice
from contract.orders import CancelReason, Order, OrderStatus, WalletTicket
from contract.payments import Payment, PaymentStatus
from contract.tickets import Ticket
from tui.widgets.styled_text import StyledText, Tone

#: The step of each status in the progress line.
STEP_OF_STATUS = {
    OrderStatus.AWAITING_PAYMENT: 1, OrderStatus.CONFIRMING: 2, OrderStatus.COMPLETE: 4,
    OrderStatus.CANCELLED: 1,
}  # fmt: skip
END_LABELS = {
    CancelReason.EXPIRED: "expired",
    CancelReason.BUYER: "released",
    CancelReason.PAYMENT_FAILED: "payment failed",
    CancelReason.ADMIN: "cancelled by an operator",
    CancelReason.SHOW_CANCELLED: "show cancelled",
    CancelReason.LISTING_WITHDRAWN: "taken off sale",
}
NO_MONEY = "No money was taken."
PENDING = "A declined card may show a pending entry for some days."


@dataclass(frozen=True, kw_only=True)
class CheckoutState:
    """All that is known of a checkout at one moment.

    `left` is in seconds; `tries` is the number of attempts left after a decline. `bought` is the
    ticket once it is paid, `alternative` the cheapest other seat once this one is lost.
    """

    order: Order
    left: float
    ticket: Ticket | None = None
    payment: Payment | None = None
    bought: WalletTicket | None = None
    alternative: Ticket | None = None
    paying: str = ""
    tries: int | None = None

    @property
    def payable(self) -> bool:
        """Whether the order can be paid now."""
        return self.order.status is OrderStatus.AWAITING_PAYMENT and self.left > 0

    @property
    def entry_code(self) -> str:
        """The entry code of the paid ticket; empty before, and once the ticket is void."""
        return "" if self.bought is None else entry_code(self.bought)

    @property
    def message(self) -> StyledText:
        """What is happening and what to do, in a sentence or two."""
        if self.order.status is OrderStatus.AWAITING_PAYMENT:
            return self._waiting()
        if self.order.status is OrderStatus.CONFIRMING:
            return StyledText(
                "Your bank approved the payment. Confirming takes a few seconds.", Tone.GOOD
            )
        if self.order.status is OrderStatus.COMPLETE:
            if self.bought is not None and (notice := void_notice(self.bought)):
                return StyledText(notice, Tone.LOSS)
            card = (self.payment and self.payment.card) or ""
            with_ = f" with {card[:1].upper()}{card[1:]}" if card else ""
            return StyledText(f"Paid{with_}. The seat is yours.", Tone.GOOD)
        return StyledText(self._ended(), Tone.LOSS)

    def _waiting(self) -> StyledText:
        if self.left <= 0:
            return StyledText("Time is up. This order can no longer be paid.", Tone.WARN)
        if self.paying:
            return StyledText(f"Charging {self.paying} …", Tone.ACCENT)
        payment = self.payment
        if payment is None or not payment.declined:
            return StyledText("", Tone.PLAIN)
        if payment.status is PaymentStatus.VOID and not payment.declines:
            return StyledText(
                "Your bank wants you to confirm: pay on the payment page (o).", Tone.WARN
            )
        why = payment.declined.rstrip(".")
        tries = "" if self.tries is None else f" {self.tries} {_tries(self.tries)} left."
        return StyledText(
            f"Declined: {why}.{tries} Try another card; the seat stays reserved.", Tone.LOSS
        )

    def _ended(self) -> str:
        reason = self.order.reason
        if self.order.show_cancelled or reason is CancelReason.SHOW_CANCELLED:
            return f"The show was cancelled, and your order with it. {NO_MONEY}"
        if reason is CancelReason.LISTING_WITHDRAWN:
            return f"An operator took this ticket off sale. {NO_MONEY}"
        if reason is CancelReason.EXPIRED:
            at = f"{self.order.expires_at.astimezone():%H:%M}"
            return f"Your reservation expired at {at}. {NO_MONEY} {PENDING}"
        if reason is CancelReason.PAYMENT_FAILED:
            return f"The payment failed, and the seat is on sale again. {NO_MONEY}"
        by = "An operator cancelled the order." if reason is CancelReason.ADMIN else (
            "You released the ticket.")  # fmt: skip
        return f"{by} {NO_MONEY}"


def _tries(count: int) -> str:
    return "try" if count == 1 else "tries"
