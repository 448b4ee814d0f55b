"""Outcome: what a command that changed something says: one line, the id, and the next command."""

from __future__ import annotations

from msgspec import Struct

from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.output import Fields, as_json


def tell(run: Run, changed: Struct, *, fields: Fields | None, sentence: str, then: str) -> None:
    """Print the sentence, or the chosen fields as JSON; `then` is what to run next."""
    if fields is not None:
        run.out.line(as_json(changed, fields))
        return
    run.out.line(sentence)
    run.out.say(f"next: {then}")
