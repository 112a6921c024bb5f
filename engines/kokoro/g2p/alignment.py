"""Align a clause's phoneme string with its words.

eSpeak NG and the Japanese G2P return one string for a clause, in which words may be joined ("of the"), expanded ("25")
or changed by their neighbors. The string is split by comparison with the phonemes of each word alone. No symbol is
changed, so the clause sounds the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

_STRESS = str.maketrans("", "", "ˈˌ")
_MODIFIERS = frozenset("ːʰʲᵝ̃↓→↗↘")
"""Symbols that belong to the one before them."""
_MAX_CELLS = 40_000
"""Larger comparisons are replaced by a split in proportion to length."""
_EXACT_CELLS = 8_000
"""Smaller clauses are compared symbol by symbol; larger ones only between their equal words."""
_SUBSTITUTION, _GAP, _SPACE_FOR_SYMBOL = 10, 7, 40
_VOWELS = frozenset("aeiouyɑɐɒæɔəɛɜɪɨʊʌøœɯɤᵻAIOQWY")


class _Part(NamedTuple):
    """A word of a unit's phonemes; `unit` is that unit's index."""

    symbols: str
    unit: int


def align(whole: str, alone: Sequence[str]) -> list[str]:
    """Split `whole` into one part per unit. Linear in time except for differing stretches, which are short.

    Args:
        whole: The phonemes of the clause.
        alone: The phonemes of each unit (a word of the text) alone.

    Returns:
        As many parts as `alone` has, in order; joined they are `whole`. A space between two words ends the first one's
        part. A unit without phonemes in the clause has an empty part.
    """
    if len(alone) < 2:
        return [whole] * len(alone)
    words = whole.split(" ")
    spoken = [unit for unit, symbols in enumerate(alone) if symbols]
    if len(words) == len(spoken) and all(_alike(word, alone[unit]) for word, unit in zip(words, spoken, strict=True)):
        whole_words = dict(zip(spoken, (*(word + " " for word in words[:-1]), words[-1]), strict=True))
        return [whole_words.get(unit, "") for unit in range(len(alone))]
    parts = [_Part(word, unit) for unit, symbols in enumerate(alone) for word in symbols.split()]
    if not parts:
        return [whole] + [""] * (len(alone) - 1)
    owners = _owners(words, parts)
    return _cut(whole, owners, len(alone))


def _alike(word: str, alone: str) -> bool:
    """Whether a word of the clause is similar enough to a unit's phonemes to be assigned without a comparison."""
    if " " in alone or not word or not alone:
        return False
    left, right = set(word.translate(_STRESS)), set(alone.translate(_STRESS))
    return 2 * len(left & right) >= max(len(left), len(right))


def _owners(words: Sequence[str], parts: Sequence[_Part]) -> list[int]:
    """Return the unit that each symbol of the words joined by spaces belongs to, in ascending order."""
    left = [part.symbols.translate(_STRESS) for part in parts]
    right = [word.translate(_STRESS) for word in words]
    owners: list[int] = []
    at_part = at_word = 0
    if sum(map(len, left)) * sum(map(len, right)) <= _EXACT_CELLS:
        return _owners_in_gap(words, parts, 0)
    for block in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks():
        if at_word < block.b:
            owners += _owners_in_gap(words[at_word : block.b], parts[at_part : block.a], owners[-1] if owners else 0)
        for offset in range(block.size):
            unit = parts[block.a + offset].unit
            owners += [unit] * (len(words[block.b + offset]) + 1)
        at_part, at_word = block.a + block.size, block.b + block.size
    return owners


def _owners_in_gap(words: Sequence[str], parts: Sequence[_Part], before: int) -> list[int]:
    text = "".join(word + " " for word in words)
    if not parts:
        return [before] * len(text)
    model: list[str] = []
    units: list[int] = []
    for part in parts:
        model += [*part.symbols, " "]
        units += [part.unit] * (len(part.symbols) + 1)
    if len(text) * len(model) > _MAX_CELLS:
        return [units[place * len(units) // len(text)] for place in range(len(text))]
    return [units[place] for place in _path(model, text)]


def _path(model: Sequence[str], text: str) -> list[int]:
    """Return for each symbol of `text` its index in `model` (ascending), by the minimum edit distance."""
    rows, columns = len(model), len(text)
    cost = [[column * _GAP for column in range(columns + 1)]]
    for row in range(1, rows + 1):
        above, symbol = cost[-1], model[row - 1]
        line = [row * _GAP]
        for column in range(1, columns + 1):
            line.append(
                min(
                    above[column - 1] + _difference(symbol, text[column - 1]),
                    above[column] + _GAP,
                    line[-1] + _GAP,
                )
            )
        cost.append(line)
    places = [0] * columns
    row, column = rows, columns
    while column:
        here = cost[row][column]
        if row and here == cost[row - 1][column - 1] + _difference(model[row - 1], text[column - 1]):
            row, column = row - 1, column - 1
            places[column] = row
        elif row and here == cost[row - 1][column] + _GAP:
            row -= 1
        else:
            column -= 1
            # A symbol missing from the model belongs to the one after it, unless a word begins there.
            places[column] = max(row - 1, 0)
    return places


def _difference(left: str, right: str) -> int:
    if left == right:
        return 0
    if left == " " or right == " ":
        return _SPACE_FOR_SYMBOL
    if left in "ˈˌ" and right in "ˈˌ":
        return 1
    return _SUBSTITUTION // 2 if (left in _VOWELS) == (right in _VOWELS) else _SUBSTITUTION


def _cut(whole: str, owners: Sequence[int], n_units: int) -> list[str]:
    """Cut where the owner changes, but never before a modifier, nor between a stress mark and its syllable."""
    cuts = [0]
    place = 0
    for unit in range(1, n_units):
        while place < len(whole) and owners[place] < unit:
            place += 1
        cut = place
        while cut < len(whole) and cut > 0 and (_modifies(whole[cut]) or whole[cut] == " "):
            cut += 1
        while cut > cuts[-1] and cut < len(whole) and whole[cut - 1] in "ˈˌ":
            cut -= 1
        cuts.append(max(cut, cuts[-1]))
    cuts.append(len(whole))
    return [whole[start:end] for start, end in pairwise(cuts)]


def _modifies(symbol: str) -> bool:
    return symbol in _MODIFIERS or unicodedata.category(symbol) == "Mn"
