"""Compare the words of hypotheses, and find where a hypothesis continues after the committed words."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ....text.tokens import token_key, token_spans
from ....utils.streaming.contract.events import Word


def same_word(first: Word, second: Word) -> bool:
    """Return whether two words are equal, ignoring case, punctuation and Unicode forms."""
    return token_key(first.text) == token_key(second.text)


def moved(word: Word, by_s: float) -> Word:
    """Return a word shifted by a time, rounded to milliseconds."""
    return msgspec.structs.replace(word, start_s=round(word.start_s + by_s, 3), end_s=round(word.end_s + by_s, 3))


def spread(text: str, start_s: float, end_s: float) -> tuple[Word, ...]:
    """Return the words of a text without word times, spread over its time in proportion to their characters."""
    spans = token_spans(text)
    starts = [start_s + (end_s - start_s) * span.start / max(1, len(text)) for span in spans] + [end_s]
    ends = [span.end for span in spans]
    return tuple(
        Word(text[before:end], start, following)
        for before, end, start, following in zip([0, *ends], ends, starts, starts[1:], strict=False)
    )


def joined(words: Sequence[Word]) -> str:
    """Return the words as a text. Each word includes the white space before it, if its language uses any."""
    return "".join(word.text for word in words).strip()


def n_repeated(committed: Sequence[Word], recognized: Sequence[Word]) -> int:
    """Return the number of first words of `recognized` that repeat the words of `committed`.

    That is the prefix with the fewest edits (Levenshtein) to `committed`. Of several, the one that ends with the same
    word is preferred, then the one that ends nearest in time. So a hypothesis that differs in one committed word loses
    no other word.
    """
    if not committed:
        return 0
    keys = [token_key(word.text) for word in recognized]
    row = list(range(len(recognized) + 1))
    for number, word in enumerate(committed, start=1):
        key, following = token_key(word.text), [number]
        for column, other in enumerate(keys, start=1):
            following.append(min(row[column - 1] + (key != other), row[column] + 1, following[-1] + 1))
        row = following
    last, last_key = committed[-1], token_key(committed[-1].text)

    def rank(count: int) -> tuple[int, bool, float]:
        end_s = recognized[count - 1].end_s if count else committed[0].start_s
        return row[count], not count or keys[count - 1] != last_key, abs(end_s - last.end_s)

    return min(range(len(recognized) + 1), key=rank)
