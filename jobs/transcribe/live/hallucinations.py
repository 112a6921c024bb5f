"""Remove hallucinated words: loops, words after the end of the audio, words in silence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ....text.tokens import token_key
from ....utils.streaming.contract.events import Word

_MAX_PHRASE_WORDS = 10
_MAX_WORD_REPEATS = 8
"""The limit for a single word: people do repeat "no" that often, and spell out numbers."""
_MAX_PHRASE_REPEATS = 4
_MIN_WORD_S = 0.06
"""The minimum duration of a word that is really spoken again."""
_TOLERANCE_S = 0.25
"""The tolerance for word times, since Whisper's alignment is coarse."""


def remove_loops(words: Sequence[Word]) -> tuple[Word, ...]:
    """Return the words up to the first loop, with its phrase once.

    A loop is the same word more than 8 times or the same phrase more than 4 times. The words after a loop are
    unreliable and dropped too. A repeated word that is too short to be spoken is removed.
    """
    words = [
        word
        for at, word in enumerate(words)
        if not at or word.end_s - word.start_s >= _MIN_WORD_S or token_key(word.text) != token_key(words[at - 1].text)
    ]
    keys = [token_key(word.text) for word in words]
    for start in range(len(keys)):
        for length in range(1, min(_MAX_PHRASE_WORDS, (len(keys) - start) // 2) + 1):
            limit = _MAX_WORD_REPEATS if length == 1 else _MAX_PHRASE_REPEATS
            end = start + length * (limit + 1)
            if end <= len(keys) and all(keys[at] == keys[at - length] for at in range(start + length, end)):
                return tuple(words[: start + length])
    return tuple(words)


def words_in_speech(words: Sequence[Word], end_s: float, speech_in: Callable[[float, float], bool]) -> tuple[Word, ...]:
    """Return the words that start before `end_s`, the end of the audio, and overlap speech (`speech_in`)."""
    return tuple(
        word
        for word in words
        if word.start_s < end_s and speech_in(word.start_s - _TOLERANCE_S, max(word.end_s, word.start_s) + _TOLERANCE_S)
    )
