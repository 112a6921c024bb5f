"""Whether a word is a slip of the finger for a name."""

from __future__ import annotations

from .names import name_key

_MIN_LETTERS = 4
_MIN_LETTERS_FOR_ANOTHER = 5


def is_near_miss(written: str, name: str) -> bool:
    """Whether `written` is so near to a name that it must have been meant, and no other word.

    Without regard to case, width and spaces (`name_key`) they begin alike and differ by one slip: a letter too many,
    one missing, two neighbours swapped, or, from five letters on, one letter for another. Shorter than four letters
    nothing is near anything. So "Alcie" is near "Alice" and "Speaker 3" near "Speaker 2", but "Note" isn't near "Nate",
    nor "Bob" near "Rob".
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
