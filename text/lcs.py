"""Longest common subsequence."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import isqrt


def common_subsequence(first: Sequence[Hashable], second: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return a longest common subsequence, as ascending pairs of indices in `first` and `second`.

    Common starts and ends are always matched; otherwise ties are broken deterministically. The columns of the table are
    bits of integers (Hyyrö, "Bit-Parallel LCS-length Computation Revisited", 2004), and one row in sqrt(n) is kept: ten
    thousand words take 0.1 s and a few megabytes.
    """
    n_first, n_second, start = len(first), len(second), 0
    while start < min(n_first, n_second) and first[start] == second[start]:
        start += 1
    tail = 0
    while tail < min(n_first, n_second) - start and first[n_first - 1 - tail] == second[n_second - 1 - tail]:
        tail += 1
    middle = _pairs(first[start : n_first - tail], second[start : n_second - tail])
    return [
        *((index, index) for index in range(start)),
        *((start + index_in_first, start + index_in_second) for index_in_first, index_in_second in middle),
        *((n_first - from_end, n_second - from_end) for from_end in range(tail, 0, -1)),
    ]


def _pairs(first: Sequence[Hashable], second: Sequence[Hashable]) -> list[tuple[int, int]]:
    bits_of: dict[Hashable, int] = {}
    for at, item in enumerate(second):
        bits_of[item] = bits_of.get(item, 0) | 1 << at
    every_bit = (1 << len(second)) - 1
    every_rows = isqrt(len(first)) + 1

    def following(row: int, item: Hashable) -> int:
        matches = row & bits_of.get(item, 0)
        return (row + matches | row - matches) & every_bit

    # Invariant: in row i, bit j is 0 if LCS(first[:i], second[:j + 1]) is one longer than LCS(first[:i], second[:j]).
    row = every_bit
    kept = [row]
    for at, item in enumerate(first, 1):
        row = following(row, item)
        if at % every_rows == 0:
            kept.append(row)
    pairs: list[tuple[int, int]] = []
    column = len(second)
    for block in reversed(range(len(kept))):
        base = block * every_rows
        rows = [kept[block]]
        for item in first[base : base + every_rows]:
            rows.append(following(rows[-1], item))
        # The last row of a block is the first of the next.
        for at in reversed(range(base, min(base + every_rows, len(first)))):
            while column and rows[at - base + 1] >> (column - 1) & 1:
                column -= 1
            if column and rows[at - base] >> (column - 1) & 1:
                column -= 1
                pairs.append((at, column))
    return pairs[::-1]
