"""A check that the time of a function grows with the size of its input, and no faster."""

from __future__ import annotations

import time
from collections.abc import Callable

GROWTH = 8
"""How many times larger the large input is: eight times the work if linear, sixty-four times if quadratic."""
FACTOR = 3
"""How much more than linear is still linear: caches of the processor, and lists that are moved as they grow."""
TRIES = 20


def _processor_s(work: Callable[[], object]) -> float:
    began_s = time.thread_time()
    work()
    return time.thread_time() - began_s


def grows_linearly(function: Callable[[str], object], make_input: Callable[[int], str], size: int) -> bool:
    """Tell whether inputs of `size` and of eight times `size` characters take times in about that proportion.

    A busy machine can only add to a time. So each input counts with its least time of all tries so far, and only a
    proportion that stays bad in every try is bad.
    """
    small, large = make_input(size), make_input(GROWTH * size)
    # A clock may tick in steps that are longer than the work.
    small_s = large_s = float("inf")
    step_s = 2 * time.get_clock_info("thread_time").resolution
    for _ in range(TRIES):
        small_s = min(small_s, _processor_s(lambda: function(small)))
        large_s = min(large_s, _processor_s(lambda: function(large)))
        if large_s <= FACTOR * GROWTH * small_s + step_s:
            return True
    return False
