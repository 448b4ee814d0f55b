"""Sparkline: many numbers as one line of block characters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[int], width: int) -> str:
    """Return the values as blocks between their minimum and maximum, at most `width` of them.

    If there are more values, groups are averaged, and the last block contains the last value. Equal
    values draw a line in the middle; no values draw nothing.
    """
    if not values or width < 1:
        return ""
    count = min(width, len(values))
    bounds = [round(n * len(values) / count) for n in range(count + 1)]
    means = [sum(values[a:b]) / (b - a) for a, b in pairwise(bounds)]
    low, high = min(means), max(means)
    if low == high:
        return BLOCKS[3] * count
    step = (len(BLOCKS) - 1) / (high - low)
    return "".join(BLOCKS[round((mean - low) * step)] for mean in means)
