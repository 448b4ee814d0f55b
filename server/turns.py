"""Turns: long work that is done in parts, one part of one request at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from contract.problems import Busy


class Turns:
    """Takes turns, in the order of asking; a bounded number may wait."""

    def __init__(self, name: str, *, waiting: int) -> None:
        """Let `waiting` parts wait besides the one whose turn it is; more are refused."""
        self.name = name
        self._free = asyncio.Semaphore(1)
        self._left = waiting + 1

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn and have it for the block. Raises Busy when too many wait."""
        if self._left == 0:
            raise Busy(f"Too many requests wait for {self.name}. Try again.", retry_after=5)
        self._left -= 1
        try:
            async with self._free:
                yield
        finally:
            self._left += 1
