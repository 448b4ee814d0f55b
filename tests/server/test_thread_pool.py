"""Thread pools: bounded, and independent of each other."""

from __future__ import annotations

import asyncio
import threading

import pytest

from contract.problems import Busy
from server.thread_pool import ThreadPool

#: Far more than any of this takes; only a broken pool waits so long.
PATIENCE = 20


def test_a_full_pool_refuses_with_a_time_to_retry_after() -> None:
    release = threading.Event()

    async def fill() -> None:
        pool = ThreadPool("tests", threads=2, queue=1)
        held = [asyncio.create_task(pool.run_blocking(release.wait, PATIENCE)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Busy) as refused:
            await pool.run_blocking(int)
        assert refused.value.retry_after == 1
        release.set()
        assert await asyncio.gather(*held) == [True] * 3
        assert await pool.run_blocking(int) == 0
        pool.close()

    asyncio.run(fill())


def test_a_blocked_pool_does_not_delay_another() -> None:
    release = threading.Event()

    async def block() -> None:
        slow, fast = (ThreadPool(name, threads=1, queue=1) for name in ("slow", "fast"))
        blocked = asyncio.create_task(slow.run_blocking(release.wait, PATIENCE))
        async with asyncio.timeout(PATIENCE):
            assert await fast.run_blocking(int) == 0
        assert not blocked.done()
        release.set()
        await blocked
        slow.close()
        fast.close()

    asyncio.run(block())


def test_work_whose_client_disconnected_keeps_its_slot_until_it_ends() -> None:
    begun, release = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert release.wait(PATIENCE)

    async def leave() -> None:
        pool = ThreadPool("tests", threads=1, queue=0)
        left = asyncio.create_task(pool.run_blocking(work))
        await asyncio.to_thread(begun.wait, PATIENCE)
        left.cancel()
        await asyncio.gather(left, return_exceptions=True)
        with pytest.raises(Busy):
            await pool.run_blocking(int)
        release.set()
        pool.close()

    asyncio.run(leave())


def test_a_call_without_a_result_is_refused_after_the_patience_of_its_pool() -> None:
    release = threading.Event()

    async def wait() -> None:
        pool = ThreadPool("tests", threads=1, queue=1, patience=0.01)
        for _ in range(2):  # one that hangs, and one behind it
            with pytest.raises(Busy) as refused:
                await pool.run_blocking(release.wait, PATIENCE)
            assert refused.value.retry_after
        release.set()
        pool.close()

    asyncio.run(wait())
