"""Every state with every verb: a card setup makes exactly the moves of its states."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contract.cards import CardSetupStatus
from server.cards import service
from server.cards.states import MOVES
from server.stripe import SetupState, StoredCard
from server.tx import Tx
from tests.server.rows import change
from tests.world import World

VERBS = sorted({verb for verbs in MOVES.values() for verb in verbs})
PAIRS = [(state, verb) for state in CardSetupStatus for verb in VERBS]


def seen(method: StoredCard | None, *, page_open: bool) -> SetupState:
    """Return a state that Stripe may have of a setup."""
    return SetupState(
        session_id="cs_1", url="http://shop.test/x", page_open=page_open, live=False, method=method
    )


def act(verb: str, setup_id: str) -> Callable[[Tx], object]:
    """Return the function that applies a verb, from the state of the setup at Stripe."""
    card = StoredCard(
        id="pm_1", fingerprint="f", brand="visa", last4="4242", exp_month=1, exp_year=2030
    )
    return {
        "open": lambda tx: service.opened(tx, setup_id, seen(None, page_open=True)),
        "finish": lambda tx: service.apply(tx, setup_id, seen(card, page_open=False)),
        "void": lambda tx: service.apply(tx, setup_id, seen(None, page_open=False)),
    }[verb]


@pytest.mark.parametrize(("state", "verb"), PAIRS, ids=str)
def test_a_verb_moves_a_setup_only_from_the_states_that_allow_it(
    world: World, state: CardSetupStatus, verb: str
) -> None:
    user = world.user("buyer")
    setup = world.bus.write_now(lambda tx: service.begin(tx, user_id=user.user_id))
    change(world, "UPDATE card_setups SET status = :s", s=state.value)
    events = len(world.events())
    for _ in range(2):
        world.bus.write_now(act(verb, setup.id))
    now = world.bus.read_now(lambda tx: service.view_setup(tx, setup_id=setup.id))
    allowed = MOVES[state].get(verb)
    assert now.status is (allowed or state)
    saved = verb == "finish" and allowed is not None
    assert (now.card_id is not None) == saved
    assert len(world.events()) - events == saved


def test_every_status_has_its_moves() -> None:
    assert set(MOVES) == set(CardSetupStatus)
