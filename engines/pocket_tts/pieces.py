"""Text in pieces that the model speaks whole: above a number of tokens it skips words."""

from __future__ import annotations

import re
from collections.abc import Callable

_CLOSERS = "\"'”’»)\\]"
_CUTS = (
    re.compile(rf"(?<=[.!?…][{_CLOSERS}])\s+|(?<=[.!?…])\s+"),  # sentences
    re.compile(rf"(?<=[,;:–—][{_CLOSERS}])\s+|(?<=[,;:–—])\s+|\s+(?=[–—(])"),  # clauses
    re.compile(r"\s+"),  # words
)
"""Where a text may be cut, the best places first."""


def cut_pieces(text: str, n_tokens: Callable[[str], int], limit: int) -> list[str]:
    """Cut a text into pieces of at most `limit` tokens, at sentences, else clauses, else words, else anywhere.

    Pieces are about equally long, because the model speaks very short ones badly. Joined by spaces they are the text
    (a word that is cut excepted); a piece above the limit is a single character.

    Args:
        text: The text, without surrounding spaces.
        n_tokens: Counts the tokens of a piece as the model gets it.
        limit: The maximum number of tokens.
    """
    return _cut(text, n_tokens, limit, 0)


def _cut(text: str, n_tokens: Callable[[str], int], limit: int, level: int) -> list[str]:
    total = n_tokens(text)
    if total <= limit or len(text) == 1:
        return [text]
    if level == len(_CUTS):
        middle = len(text) // 2
        return [piece for half in (text[:middle], text[middle:]) for piece in _cut(half, n_tokens, limit, level)]
    aim = -(-total // -(-total // limit))
    pieces: list[str] = []
    for part in _CUTS[level].split(text):
        if pieces and n_tokens(pieces[-1]) < aim and n_tokens(f"{pieces[-1]} {part}") <= limit:
            pieces[-1] = f"{pieces[-1]} {part}"
        else:
            pieces += _cut(part, n_tokens, limit, level + 1)
    return pieces
