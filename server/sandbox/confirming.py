"""Confirming: on which terms a card is tried, and what is done when its bank asks something."""

from __future__ import annotations

from dataclasses import dataclass

from server.sandbox import cards
from server.sandbox.cards import Decline
from server.sandbox.params import Params
from server.sandbox.refusals import invalid
from server.sandbox.shapes import Data
from server.sandbox.turn import Turn

#: Says that a customer is not there to answer the bank; either may be so in one more way.
AWAY = ("true", "one_off", "recurring")


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Where the customer can come back to, and the decline that a question of the bank becomes."""

    return_url: str | None
    instead: Decline | None

    def challenge(self, turn: Turn, intent_id: str) -> Data | Decline:
        """Return what becomes of a payment when the bank asks."""
        return self.question(turn, intent_id) if self.instead is None else self.instead

    def question(self, turn: Turn, intent_id: str) -> Data:
        """Return what a client must do when the bank asks: open our page, if it can come back."""
        url = f"{turn.base_url}/sandbox/pay/{intent_id}/challenge"
        if self.return_url is None:
            return {"type": "use_stripe_sdk", "use_stripe_sdk": {"stripe_js": url}}
        return {
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": self.return_url, "url": url},
        }


def read(params: Params, *, confirms: bool, pays: bool = True) -> Terms:
    """Take the terms from a form: none unless it `confirms`, and some only where it `pays`."""
    return_url = params.text("return_url")
    away = pays and params.choice("off_session", (*AWAY, "false")) in AWAY
    fails = pays and params.flag("error_on_requires_action")
    given = {
        "return_url": return_url is not None,
        "off_session": away,
        "error_on_requires_action": fails,
    }
    for name, said in given.items():
        if said and not confirms:
            raise invalid(f"{name} goes with confirm=true.", param=name)
    instead = cards.UNHANDLED if fails else None
    return Terms(return_url=return_url, instead=cards.UNATTENDED if away else instead)
