"""Words of hypotheses: how two are compared, and where one goes on from what is certain already."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ....text.tokens import token_key, token_spans
from ....utils.streaming.contract.events import Word


def same_word(first: Word, second: Word) -> bool:
    """Return whether two words are the same but for case, punctuation and forms of writing."""
    return token_key(first.text) == token_key(second.text)


def moved(word: Word, by_s: float) -> Word:
    """Return a word so much later, to the millisecond."""
    return msgspec.structs.replace(word, start_s=round(word.start_s + by_s, 3), end_s=round(word.end_s + by_s, 3))


def spread(text: str, start_s: float, end_s: float) -> tuple[Word, ...]:
    """Return the words of a text that came without times: they share its time out by their characters."""
    spans = token_spans(text)
    places = [start_s + (end_s - start_s) * span.start / max(1, len(text)) for span in spans] + [end_s]
    ends = [span.end for span in spans]
    return tuple(
        Word(text[before:end], place, following)
        for before, end, place, following in zip([0, *ends], ends, places, places[1:], strict=False)
    )


def joined(words: Sequence[Word]) -> str:
    """Return the words as a text: they hold the white space before them, where their language has any."""
    return "".join(word.text for word in words).strip()


def n_repeated(certain: Sequence[Word], heard: Sequence[Word]) -> int:
    """Return how many of the first words of `heard` are those of `certain`, heard again.

    That is the prefix with the fewest edits (Levenshtein) to `certain`; of several one that ends with the same word, or
    else the one that ends nearest in time.
    A hypothesis that has changed its mind about a word that is certain thereby costs no other one.
    """
    if not certain:
        return 0
    keys = [token_key(word.text) for word in heard]
    row = list(range(len(heard) + 1))
    for number, word in enumerate(certain, start=1):
        key, following = token_key(word.text), [number]
        for column, other in enumerate(keys, start=1):
            following.append(min(row[column - 1] + (key != other), row[column] + 1, following[-1] + 1))
        row = following
    last, last_key = certain[-1], token_key(certain[-1].text)

    def rank(count: int) -> tuple[int, bool, float]:
        end_s = heard[count - 1].end_s if count else certain[0].start_s
        return row[count], not count or keys[count - 1] != last_key, abs(end_s - last.end_s)

    return min(range(len(heard) + 1), key=rank)
