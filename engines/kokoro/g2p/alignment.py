"""Which symbols of a phoneme string belong to which word.

eSpeak NG and the Japanese G2P give one string for a clause: words may be joined in it ("of the"), expanded ("25") or
changed by their neighbours. The string is taken apart by comparison with what the same G2P says for each word alone;
nothing in it is changed, so that the sound stays that of the clause.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

_STRESS = str.maketrans("", "", "ˈˌ")
_MODIFIERS = frozenset("ːʰʲᵝ̃↓→↗↘")
"""They belong to the symbol before them."""
_MAX_CELLS = 40_000
"""Beyond that a stretch is shared out by length instead of compared symbol by symbol."""
_EXACT_CELLS = 8_000
"""Up to here a clause is compared symbol by symbol throughout; a longer one is first hung up at its equal words."""
_SUBSTITUTION, _GAP, _SPACE_FOR_SYMBOL = 10, 7, 40
_VOWELS = frozenset("aeiouyɑɐɒæɔəɛɜɪɨʊʌøœɯɤᵻAIOQWY")


class _Part(NamedTuple):
    """A word of what is said for a unit alone."""

    symbols: str
    unit: int


def align(whole: str, alone: Sequence[str]) -> list[str]:
    """Return `whole` cut into as many parts as `alone` has, in order: joined they are `whole`.

    `alone[i]` is what is said for the i-th word alone. A space between two words stands at the end of the first's part.
    A word for which nothing is left has an empty part. Linear in time but for stretches that differ, which are short.
    """
    if len(alone) < 2:
        return [whole] * len(alone)
    words = whole.split(" ")
    said = [unit for unit, symbols in enumerate(alone) if symbols]
    if len(words) == len(said) and all(_alike(word, alone[unit]) for word, unit in zip(words, said, strict=True)):
        whole_words = dict(zip(said, (*(word + " " for word in words[:-1]), words[-1]), strict=True))
        return [whole_words.get(unit, "") for unit in range(len(alone))]
    parts = [_Part(word, unit) for unit, said in enumerate(alone) for word in said.split()]
    if not parts:
        return [whole] + [""] * (len(alone) - 1)
    owners = _owners(words, parts)
    return _cut(whole, owners, len(alone))


def _alike(word: str, alone: str) -> bool:
    """Whether a word of the clause may be taken for what is said alone, without a closer look."""
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
    """Return for each symbol of `text` the place in `model` that it stands for (ascending): least edit distance."""
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
            # A symbol that the model lacks: it goes with the one behind it, unless a word begins there.
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
