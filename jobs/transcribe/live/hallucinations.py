"""Remove hallucinated words: loops, repeated prompts, words that are too fast, and words outside speech."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ....text.tokens import spoken_words, token_key
from ....utils.streaming.contract.events import Word

_MAX_PHRASE_WORDS = 10
_MAX_WORD_REPEATS = 8
"""The limit for a single word: people do repeat "no" that often, and spell out numbers."""
_MAX_PHRASE_REPEATS = 4
_MIN_WORD_S = 0.06
"""The minimum duration of a word that is really spoken again."""
_TOLERANCE_S = 0.25
"""How long before speech a word may end, since Whisper's alignment is coarse."""
_MIN_IN_SPEECH_S = 0.05
"""The minimum of a word's time that must be speech. An invented last word begins where the speech ends."""
_RUN_WORDS = 3
_MIN_RUN_S = 0.15
"""Nobody speaks three words in less. Invented words get the rest of the audio, however short."""
_MIN_LAST_PROBABILITY = 0.1
"""Of the last words, if the audio ends in speech: Whisper completes a sentence that is cut off."""
_LAST_S = 0.4
"""How near to the end of the audio such a word ends."""
_ECHO_WORDS = 4
"""The number of successive words that are taken for a repetition of the prompt."""


def plausible_words(words: Sequence[Word], end_s: float, speech_s: Callable[[float, float], float]) -> tuple[Word, ...]:
    """Return the words of audio that ends at `end_s` without hallucinated ones.

    `speech_s` returns the length of the speech between two times.
    """
    heard = remove_too_fast(remove_loops(words))
    if speech_s(end_s - _MIN_IN_SPEECH_S, end_s):
        heard = remove_guesses(heard, end_s)
    return words_in_speech(heard, end_s, speech_s)


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


def remove_too_fast(words: Sequence[Word]) -> tuple[Word, ...]:
    """Return the words up to the first run that is faster than speech, without last words of no length."""
    count = len(words)
    for start in range(len(words) - _RUN_WORDS + 1):
        if words[start + _RUN_WORDS - 1].end_s - words[start].start_s < _MIN_RUN_S:
            count = start
            break
    while count and words[count - 1].end_s <= words[count - 1].start_s:
        count -= 1
    return tuple(words[:count])


def remove_guesses(words: Sequence[Word], end_s: float) -> tuple[Word, ...]:
    """Return the words without improbable ones at `end_s`, the end of the audio."""

    def is_guess(word: Word) -> bool:
        certain = word.probability is None or word.probability >= _MIN_LAST_PROBABILITY
        return not certain and word.end_s > end_s - _LAST_S

    count = len(words)
    while count and is_guess(words[count - 1]):
        count -= 1
    return tuple(words[:count])


def words_in_speech(words: Sequence[Word], end_s: float, speech_s: Callable[[float, float], float]) -> tuple[Word, ...]:
    """Return the words that start before `end_s`, the end of the audio, and are in speech."""
    return tuple(
        word
        for word in words
        if word.start_s < end_s
        and speech_s(word.start_s, max(word.end_s, word.start_s) + _TOLERANCE_S) >= _MIN_IN_SPEECH_S
    )


def repeats_prompt(prompt: str, words: Sequence[Word]) -> bool:
    """Return whether four successive words are also successive words of the prompt."""
    said = spoken_words(prompt)
    heard = spoken_words("".join(word.text for word in words))
    runs = {tuple(said[at : at + _ECHO_WORDS]) for at in range(len(said) - _ECHO_WORDS + 1)}
    return any(tuple(heard[at : at + _ECHO_WORDS]) in runs for at in range(len(heard) - _ECHO_WORDS + 1))
