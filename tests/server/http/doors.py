"""Every endpoint of the contract, found where it is written."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from contract.endpoint import Endpoint

_NOUNS = ("auth", "shows", "tickets", "orders", "payments", "expiration", "feed")
ENDPOINTS: tuple[Endpoint[Any, Any], ...] = tuple(
    dict.fromkeys(
        value
        for noun in _NOUNS
        for value in vars(import_module(f"contract.{noun}")).values()
        if isinstance(value, Endpoint)
    )
)
