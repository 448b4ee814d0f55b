"""Tui: the app's first frame, its response to a key in a busy market, and its memory."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from bench import child, stock
from bench.pace import Pace, PaceResult
from bench.report import Table, middle
from bench.screen import Screen, bars
from bench.stock import DAY, Stock, ident, seller
from server.auth import tokens

APP = (sys.executable, "-m", "ticketing_cli", "tui")
#: Seconds and bare interpreters until the first frame; milliseconds from key to paint.
FIRST, FIRST_RATIO, PAINT = 0.8, 45.0, 50.0
EACH_SECOND = 200
#: The column between the lists of shows and tickets.
MIDDLE = 55


def run(folder: Path, *, quick: bool, minutes: float = 1.0) -> Iterator[Table]:
    """Start the app a few times, then keep one open while prices change."""
    market = stock.build(folder / "tui.db", 2_000 if quick else 50_000)
    sellers = _sessions_of(market)
    seconds = 6.0 if quick else minutes * 60.0
    with child.server(market.path) as server:
        base = {
            **os.environ, "TICKETING_SERVER": f"http://127.0.0.1:{server.port}",
            "TICKETING_TOKEN": market.tokens[0], "TICKETING_CONFIG_DIR": str(folder / "config"),
            "TERM": "xterm-256color", "COLORTERM": "truecolor",
        }  # fmt: skip
        yield _opening(base, rounds=2 if quick else 7)
        yield _busy(base, server.port, sellers, market, seconds)


def _sessions_of(market: Stock) -> list[str]:
    """Create sessions for the sellers, and return the tokens."""
    rng = random.Random(11)
    keys = [tokens.new(rng) for _ in range(20)]
    with sqlite3.connect(market.path) as raw:
        raw.executemany(
            "INSERT INTO sessions (id, user_id, token_hash, client, created_at, last_used_at,"
            " expires_at) VALUES (?, ?, ?, 'bench', ?, ?, ?)",
            [
                (ident("ses", 10**12 + n), ident("usr", n), tokens.digest(key), market.now,
                 market.now, market.now + 30 * DAY)
                for n, key in enumerate(keys)
            ],
        )  # fmt: skip
    raw.close()
    return keys


def _opening(base: Mapping[str, str], rounds: int) -> Table:
    table = Table(
        f"Opening the app, 120x40 on a pty, median of {rounds} rounds",
        ("until", "ms", "CPU ms", "bare ms", "ratio", "budget", "verdict"),
    )
    frames: list[float] = []
    work: list[float] = []
    filled: list[float] = []
    bare: list[float] = []
    for turn in range(rounds + 1):
        with Screen((sys.executable, "-c", "print('x')"), base) as screen:
            nothing = screen.seconds_until(lambda seen: b"x" in seen)
        with Screen(APP, base) as screen:
            frame = screen.seconds_until(lambda seen: b"commands" in seen)
            used = screen.cpu
            more = screen.seconds_until(lambda seen: b"available" in seen)
        if turn:  # the first fills caches
            work.append(used)
            bare.append(nothing)
            frames.append(frame)
            filled.append(frame + more)
    for name, spent, budget in (
        ("first full frame", frames, f"{FIRST * 1000:.0f} ms or {FIRST_RATIO:.0f}x"),
        ("shows and tickets read", filled, ""),
    ):
        ratio = middle([a / b for a, b in zip(spent, bare, strict=True)])
        within = middle(spent) <= FIRST or ratio <= FIRST_RATIO
        verdict = ("PASS" if within else "OVER") if budget else ""
        cpu = f"{middle(work) * 1000:.0f}" if budget else ""
        table.rows.append(
            (name, middle(spent) * 1000, cpu, middle(bare) * 1000, ratio, budget, verdict)
        )
    table.notes += [
        "from the start of the process to the last bytes of the frame, the line of keys included",
        "CPU ms: processor time of the app until then, valid on a busy machine too",
    ]
    return table


def _busy(
    base: Mapping[str, str], port: int, sellers: list[str], market: Stock, seconds: float
) -> Table:
    """Press keys while prices change, half of them in the selected show."""
    pace = Pace(port, EACH_SECOND, seconds + 10, _changed(market, sellers))
    table = Table(
        f"The app in a market of {market.size:,} tickets, {EACH_SECOND} events a second",
        ("key", "keys", "p50 ms", "p99 ms", "worst ms", "in time", "budget p99", "verdict"),
    )
    with Screen(APP, base) as screen:
        screen.seconds_until(lambda seen: b"available" in seen)
        screen.rest(0.5)
        with subprocess.Popen(
            [sys.executable, "-m", "bench.pace"], cwd=child.TOP,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        ) as pacing:  # fmt: skip
            assert pacing.stdin is not None
            pacing.stdin.write(msgspec.json.encode(pace))
            pacing.stdin.close()
            memory = _type(screen, table, seconds)
            assert pacing.stdout is not None
            kept = msgspec.json.decode(pacing.stdout.read(), type=PaceResult)
    rate, (first, half, last, load) = kept.changes / kept.seconds, memory
    table.notes += [
        "from writing the key to the pty until the bytes that draw the cursor in its new row",
        "includes the reader's own delay, which dominates the worst on a busy machine",
        f"{rate:.0f} events a second came; the app used {load:.0%} of its core",
        f"memory: {first:.1f} MB at first, {half:.1f} halfway, {last:.1f} after {seconds:.0f} s",
    ]
    return table


def _changed(market: Stock, sellers: list[str]) -> list[tuple[str, str]]:
    """Return the tickets to change: every other one belongs to the first show, the selected one."""
    rng = random.Random(3)
    order = []
    for n in range(2_000):
        ticket = n // 2 % stock.SEATS if n % 2 else rng.randrange(stock.SEATS, market.size)
        order.append((ident("tkt", ticket), sellers[seller(ticket) + 20]))
    return order


def _type(screen: Screen, table: Table, seconds: float) -> tuple[float, float, float, float]:
    """Move in both lists; return the memory at the start, halfway and at the end, and the load."""
    began, used, first = time.perf_counter(), screen.cpu, screen.megabytes
    table.rows.append(_row("among shows", _walk(screen, seconds / 2, left=True)))
    half = screen.megabytes
    screen.type("\r")
    screen.rest(1.0)
    table.rows.append(_row("among tickets", _walk(screen, seconds / 2, left=False)))
    load = (screen.cpu - used) / (time.perf_counter() - began)
    return first, half, screen.megabytes, load


def _walk(screen: Screen, seconds: float, *, left: bool) -> list[float]:
    """Move the cursor of a list up and down for a while, and return the time of each key."""
    spent: list[float] = []
    top = row = _calibrated(screen, left=left)
    rng, way = random.Random(5), 1
    end = time.perf_counter() + seconds

    def is_there(seen: bytes) -> bool:
        return any(y == row and (x < MIDDLE) == left for y, x in bars(seen))

    while time.perf_counter() < end:
        way = -1 if row >= top + 12 else 1 if row <= top else way
        row += way
        screen.type("j" if way > 0 else "k")
        spent.append(screen.seconds_until(is_there))
        screen.rest(0.04 + 0.03 * rng.random())
    return spent


def _calibrated(screen: Screen, *, left: bool) -> int:
    """Move down and up once, and return the row of the cursor then."""
    screen.type("j")
    screen.rest(1.0)
    screen.type("k")
    rows = [y for y, x in bars(screen.rest(1.0)) if (x < MIDDLE) == left]
    assert rows, "the cursor was not found"
    return min(rows)


def _row(name: str, spent: list[float]) -> tuple[str | int | float, ...]:
    ordered = sorted(each * 1000 for each in spent)
    high = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    verdict = "PASS" if high < PAINT else "OVER"
    in_time = f"{sum(each < PAINT for each in ordered) / len(ordered):.1%}"
    return (
        name, len(ordered), middle(ordered), high, ordered[-1], in_time, f"{PAINT:.0f} ms", verdict
    )  # fmt: skip
