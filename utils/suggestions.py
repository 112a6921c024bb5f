"""What was meant by a name that doesn't exist: the one place that compares spellings."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from .names import name_key

CUTOFF = 0.5
"""How alike two names must be (difflib's ratio) for one to be suggested for the other."""
MAX_SUGGESTED = 3
MAX_LISTED = 8
_MIN_LETTERS = 4
_SHORT_LETTERS = 2
_MIN_LETTERS_FOR_ANOTHER = 5


def nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return up to `MAX_SUGGESTED` known names that `name` may be a misspelling of, the nearest first.

    Case, width and spaces don't count (`name_key`). A name of one or two letters is near short ones only: it shares
    half of its letters with almost everything.
    """
    key = name_key(name)
    by_key = {name_key(one): one for one in reversed(list(known))}
    if len(key) >= _MIN_LETTERS:
        by_key = {other: one for other, one in by_key.items() if len(other) > _SHORT_LETTERS}
    near = difflib.get_close_matches(key, by_key, n=MAX_SUGGESTED, cutoff=CUTOFF)
    return tuple(by_key[key] for key in near)


def did_you_mean(name: str, known: Iterable[str], *, none: str = "there are none") -> str:
    """Return the end of a message about an unknown name: the nearest known names, else the first of all.

    Args:
        name: The name that isn't known.
        known: The known names, in the order in which to list them.
        none: What to say if nothing is known.

    Returns:
        `; did you mean 'x' or 'y'?`, or `; available: x, y, ...`, or `; ` with the text of `none`.
    """
    listed = list(known)
    near = nearest(name, listed)
    if near:
        return suggested(near)
    if not listed:
        return f"; {none}"
    more = ", ..." if len(listed) > MAX_LISTED else ""
    return f"; available: {', '.join(listed[:MAX_LISTED])}{more}"


def suggested(names: Sequence[str]) -> str:
    """Return `; did you mean 'x', 'y' or 'z'?` for names that are already known to be near; empty for none."""
    quoted = [f"'{name}'" for name in names]
    *first, last = quoted or [""]
    return f"; did you mean {' or '.join([', '.join(first), last] if first else [last])}?" if names else ""


def is_near_miss(written: str, name: str) -> bool:
    """Return whether `written` is certainly a misspelling of `name` and not another word.

    Stricter than `nearest`: the two begin alike and differ by one slip, ignoring case, width and spaces (`name_key`).
    A slip is an extra letter, a missing one, two neighbors swapped or, from five letters on, one letter replaced. Names
    of fewer than four letters are near nothing. So "Alcie" is near "Alice" and "Speaker 3" near "Speaker 2", but "Note"
    isn't near "Nate", nor "Bob" near "Rob".
    """
    left, right = name_key(written), name_key(name)
    if left == right or left[:1] != right[:1] or max(len(left), len(right)) < _MIN_LETTERS:
        return False
    shorter = min(len(left), len(right))
    first = 0
    while first < shorter and left[first] == right[first]:
        first += 1
    last = 0
    while last < shorter - first and left[-1 - last] == right[-1 - last]:
        last += 1
    here, there = left[first : len(left) - last], right[first : len(right) - last]
    if len(here) == len(there) == 1:
        return shorter >= _MIN_LETTERS_FOR_ANOTHER
    return len(here) + len(there) == 1 or (len(here) == len(there) == 2 and here == there[::-1])
