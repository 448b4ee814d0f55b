"""Scripts: short stories of a purchase, in the words of `steps`."""

from __future__ import annotations

import random

#: What the story is about -> its steps. Each is played with every mishap it has room for.
SCRIPTS: dict[str, str] = {
    "a plain sale": "lock open-page card letters jobs",
    "a sale nobody writes of": "lock open-page card letters-lost poll",
    "letters come twice and in another order": "lock open-page card letters-shuffled jobs poll",
    "a decline, then a good card": "lock open-page bad-card letters jobs card letters-twice jobs",
    "three declines": "lock open-page bad-card bad-card jobs bad-card poll card work",
    "a challenge passed": "lock open-page card-with-challenge poll pass-challenge letters jobs",
    "a challenge failed, then a good card":
        "lock open-page card-with-challenge fail-challenge work card work",
    "a challenge abandoned": "lock open-page card-with-challenge minute deadline alarm work",
    "cancelled before paying": "lock open-page cancel jobs card work",
    "cancelled while paying": "lock open-page card cancel letters jobs",
    "cancelled with the letters under way": "lock open-page card letters cancel jobs",
    "nobody pays": "lock open-page minute deadline alarm jobs card work",
    "paid just in time, heard of too late": "lock open-page almost card deadline jobs alarm jobs",
    "paid just in time, heard of in time":
        "lock open-page almost card letters to-the-claim deadline alarm jobs",
    "two pages, both paid": "lock open-page second-page card card-on-first-page letters jobs",
    "two pages, one paid": "lock open-page second-page card-on-first-page poll card work",
    "the hold dies after the claim": "lock open-page card letters to-the-claim bank-cancels jobs",
    "the hold dies before it is heard of, and another card is good":
        "lock open-page card bank-cancels poll open-page card work",
    "the page is closed at the bank": "lock open-page bank-closes-page poll open-page card work",
    "the gateway is away when the page is to be opened":
        "lock away open-page minute back minute card work",
    "the gateway is away when the order ends":
        "lock open-page card away deadline alarm jobs back minute",
    "the gateway is away when the money is taken":
        "lock open-page card letters to-the-claim away jobs deadline alarm back minute",
    "the shop restarts all the time":
        "lock restart open-page restart card letters restart to-the-claim restart jobs",
    "a rival gets what was let go": "lock open-page deadline alarm rival card work",
    "somebody takes the money by hand": "lock open-page card cancel bank-captures letters jobs",
}  # fmt: skip

#: The words of shuffled scripts, the commoner ones more than once.
WORDS = (
    "open-page", "card", "card", "card", "card-on-first-page", "second-page", "bad-card",
    "card-with-challenge", "pass-challenge", "fail-challenge", "cancel", "almost", "deadline",
    "alarm", "jobs", "jobs", "one-job", "to-the-claim", "poll", "poll", "minute", "restart",
    "letters", "letters", "letters-twice", "letters-lost", "letters-shuffled", "away", "back",
    "bank-cancels", "bank-closes-page", "rival",
)  # fmt: skip


def shuffled(seed: int) -> str:
    """Return a script made by rng, the same for the same seed."""
    rng = random.Random(seed)
    words = rng.choices(WORDS, k=rng.randint(4, 10))
    return " ".join(["lock", "open-page", *words])
