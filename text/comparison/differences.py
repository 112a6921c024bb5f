"""Where a recognizer heard other words than a text has, and where two hearings agree that they are other words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..lcs import common_subsequence
from ..wer import Wer
from .said_text import SaidText, SaidWord, said_text
from .sound_key import differ_in_last_stop, sounds_alike

_MAX_JOINED = 3
"""The most words that are written as one, or the other way round."""
_CONTEXT = 2
"""The words before and after a difference in a hint. The whole text would be written whatever was said."""
_RUN = 8
"""Equal words in a row, in the middle of which a long text is divided: an alignment takes quadratic time."""
_VOWELS = ("", *"aeiou")


class Difference(NamedTuple):
    """The words `start` to `end` of a text (none: words were added there), and what was heard in their place.

    `is_repeated`: more was heard, and some of it twice. A recognizer leaves repeated words out rather than adding them.
    """

    start: int
    end: int
    heard: tuple[str, ...]
    is_repeated: bool = False


class Comparison(NamedTuple):
    """What a text says, and where something else was heard, in order."""

    said: SaidText
    differences: tuple[Difference, ...]

    @property
    def errors(self) -> Wer:
        """The differences as word errors."""
        counts = [(one.end - one.start, len(one.heard)) for one in self.differences]
        return Wer(
            words=len(self.said.words),
            substitutions=sum(min(count) for count in counts),
            insertions=sum(max(0, heard - said) for said, heard in counts),
            deletions=sum(max(0, said - heard) for said, heard in counts),
        )

    @property
    def hint(self) -> str:
        """The text around the differences, without repeated words, for a recognizer to expect.

        The dots keep it from being taken for what was said before the recording, and left out.
        """
        parts = []
        for one in self.differences:
            if one.is_repeated:
                continue
            around = self.said.words[max(0, one.start - _CONTEXT) : one.end + _CONTEXT]
            parts += [self.said.text[around[0].span.start : around[-1].span.end]] if around else []
        return f"... {' ... '.join(parts)} ..." if parts else ""


def compare(text: str, heard: str, language: str | None) -> Comparison:
    """Compare what a text says in a language (BCP-47; None: unknown) with what was heard of it.

    Words are compared as `said_text` has them. Equal are, too: words that are only joined or separated (goodbye, good
    bye), a name and a word of about its sound (Eleanor, a leaner), and words with and without a last t or d, which
    nobody hears before a consonant (past the, pass the). Linear for texts that are mostly equal (5,000 words: a
    second), quadratic where they aren't.
    """
    said, other = said_text(text, language), [word.word for word in said_text(heard, language).words]
    found: list[Difference] = []
    position = 0
    for piece, heard_piece in _pieces(said.words, other):
        ends = (
            one._replace(start=one.start + position, end=one.end + position) for one in _aligned(piece, heard_piece)
        )
        found += [one._replace(is_repeated=_is_repeated(said.words, one)) for one in ends]
        position += len(piece)
    return Comparison(said, tuple(found))


def agreed(first: Comparison, second: Comparison, *, and_repeated: bool = False) -> Comparison:
    """Return the differences of the first hearing in whose places the second one differs from the text, too.

    With `and_repeated`, also those of repeated words.
    """
    kept = [
        one
        for one in first.differences
        if (and_repeated and one.is_repeated) or any(_is_at(one, other) for other in second.differences)
    ]
    return first._replace(differences=tuple(kept))


def _is_at(one: Difference, other: Difference) -> bool:
    # A doubled word may count as the first or the second of both: places next to each other are one.
    return max(one.start, other.start) <= min(one.end, other.end)


def _pieces(said: Sequence[SaidWord], heard: Sequence[str]) -> Iterator[tuple[Sequence[SaidWord], Sequence[str]]]:
    """Divide both texts within every run of equal words, where no alignment could cost less."""
    start = heard_start = run = 0
    before = (-1, -1)
    for pair in common_subsequence([word.word for word in said], heard):
        run = run + 1 if pair == (before[0] + 1, before[1] + 1) else 1
        before = pair
        if run == _RUN:
            cut, heard_cut = (position - _RUN // 2 for position in pair)
            yield said[start:cut], heard[heard_start:heard_cut]
            start, heard_start, run = cut, heard_cut, 0
    yield said[start:], heard[heard_start:]


def _aligned(said: Sequence[SaidWord], heard: Sequence[str]) -> list[Difference]:
    """Return the places of a cheapest alignment (Levenshtein, with the equalities of `compare`), joined if adjacent."""
    rows, columns = len(said) + 1, len(heard) + 1
    cost = [[0] * columns for _ in range(rows)]
    step: list[list[tuple[int, int]]] = [[(0, 0)] * columns for _ in range(rows)]
    for row in range(rows):
        for column in range(columns):
            if row or column:
                cost[row][column], step[row][column] = min(_steps(cost, said, heard, row, column))
    found: list[Difference] = []
    row, column = rows - 1, columns - 1
    while row or column:
        up, left = step[row][column]
        if cost[row][column] > cost[row - up][column - left]:
            one = Difference(row - up, row, tuple(heard[column - left : column]))
            if found and found[-1].start == row:
                one = Difference(one.start, found[-1].end, one.heard + found[-1].heard)
                found.pop()
            found.append(one)
        row, column = row - up, column - left
    return found[::-1]


def _is_repeated(said: Sequence[SaidWord], one: Difference) -> bool:
    if len(one.heard) <= one.end - one.start:
        return False
    around = {
        word.word for word in (*said[max(0, one.start - _CONTEXT) : one.start], *said[one.end : one.end + _CONTEXT])
    }
    return any(word in around for word in one.heard)


def _steps(
    cost: Sequence[Sequence[int]], said: Sequence[SaidWord], heard: Sequence[str], row: int, column: int
) -> list[tuple[int, tuple[int, int]]]:
    """Return the cost of each last step of an alignment of `row` words with `column` heard ones."""
    steps = []
    if row:
        steps.append((cost[row - 1][column] + 2, (1, 0)))
    if column:
        steps.append((cost[row][column - 1] + 2, (0, 1)))
    if row and column:
        is_same = said[row - 1].word == heard[column - 1] or _is_elided(said, row - 1, heard[column - 1])
        steps.append((cost[row - 1][column - 1] + (0 if is_same else 3), (1, 1)))
        if not is_same:
            steps += [
                (cost[row - up][column - left], (up, left))
                for up in range(1, min(row, _MAX_JOINED) + 1)
                for left in range(1, min(column, _MAX_JOINED) + 1)
                if _are_equal(said[row - up : row], heard[column - left : column])
            ]
    return steps


def _is_elided(said: Sequence[SaidWord], position: int, heard: str) -> bool:
    following = said[position + 1].word if position + 1 < len(said) else ""
    return following[:1] not in _VOWELS and differ_in_last_stop(said[position].word, heard)


def _are_equal(said: Sequence[SaidWord], heard: Sequence[str]) -> bool:
    word, other = "".join(word.word for word in said), "".join(heard)
    if word == other:
        return True
    # Equal words next to a name would make it sound more like any other.
    has_equal_edge = said[0].word == heard[0] or said[-1].word == heard[-1]
    return not has_equal_edge and all(one.is_name for one in said) and sounds_alike(word, other)
