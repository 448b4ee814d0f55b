"""The server: owns the state, and is the only one that speaks to Stripe."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Let the libraries that are imported inside the block do without these packages.

    They are installed for the clients, a library would use them if it could, and the server never
    does: rich, for structlog's tracebacks, and httpx, for Stripe's asynchronous client, are 7 MB.
    """
    # A None there is how Python's import is told that there is no such module.
    hidden = [name for name in names if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


with without("rich"):
    import structlog  # noqa: F401  for every module that imports it later
