"""Scripts: short histories of a purchase, as names of steps."""

from __future__ import annotations

import random

#: Name -> steps. Each is played with every injection that fits.
SCRIPTS: dict[str, str] = {
    "a plain sale": "lock open-page card webhooks jobs",
    "a sale without webhooks": "lock open-page card webhooks-lost poll",
    "webhooks arrive in another order": "lock open-page card webhooks-shuffled jobs poll",
    "a decline, then a good card": "lock open-page bad-card webhooks jobs card webhooks-twice jobs",
    "three declines": "lock open-page bad-card bad-card jobs bad-card poll card work",
    "a challenge passed": "lock open-page card-with-challenge poll pass-challenge webhooks jobs",
    "a challenge failed, then a good card":
        "lock open-page card-with-challenge fail-challenge work card work",
    "a challenge abandoned": "lock open-page card-with-challenge minute deadline expire work",
    "cancelled before paying": "lock open-page cancel jobs card work",
    "cancelled while paying": "lock open-page card cancel webhooks jobs",
    "cancelled after the webhooks": "lock open-page card webhooks cancel jobs",
    "nobody pays": "lock open-page minute deadline expire jobs card work",
    "paid in time, noticed too late":
        "lock open-page before-deadline card deadline jobs expire jobs",
    "paid and noticed in time":
        "lock open-page before-deadline card webhooks to-the-claim deadline expire jobs",
    "two pages, both paid": "lock open-page second-page card card-on-first-page webhooks jobs",
    "two pages, one paid": "lock open-page second-page card-on-first-page poll card work",
    "the hold is released after the claim":
        "lock open-page card webhooks to-the-claim provider-cancels jobs",
    "the hold is released before it is noticed, then a good card":
        "lock open-page card provider-cancels poll open-page card work",
    "the page is closed at the provider":
        "lock open-page provider-closes-page poll open-page card work",
    "the gateway is down when the page is opened":
        "lock gateway-down open-page minute gateway-up minute card work",
    "the gateway is down when the order ends":
        "lock open-page card gateway-down deadline expire jobs gateway-up minute",
    "the gateway is down at the capture":
        "lock open-page card webhooks to-the-claim gateway-down jobs deadline expire gateway-up "
        "minute",
    "the server restarts all the time":
        "lock restart open-page restart card webhooks restart to-the-claim restart jobs",
    "a rival gets the ticket after the expiry": "lock open-page deadline expire rival card work",
    "somebody captures the money by hand":
        "lock open-page card cancel provider-captures webhooks jobs",
}  # fmt: skip

#: The steps of random scripts; the more common ones are repeated.
WORDS = (
    "open-page", "card", "card", "card", "card-on-first-page", "second-page", "bad-card",
    "card-with-challenge", "pass-challenge", "fail-challenge", "cancel", "before-deadline",
    "deadline", "expire", "jobs", "jobs", "one-job", "to-the-claim", "poll", "poll", "minute",
    "restart",
    "webhooks", "webhooks", "webhooks-twice", "webhooks-lost", "webhooks-shuffled",
    "gateway-down", "gateway-up",
    "provider-cancels", "provider-closes-page", "rival",
)  # fmt: skip


def shuffled(seed: int) -> str:
    """Return a random script, the same for the same seed."""
    rng = random.Random(seed)
    words = rng.choices(WORDS, k=rng.randint(4, 10))
    return " ".join(["lock", "open-page", *words])
