"""What a model says that nobody said: loops, tails behind the audio's end, words in silence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ....text.tokens import token_key
from ....utils.streaming.contract.events import Word

_LONGEST_PHRASE = 10
_MOST_WORDS = 8
"""How often a single word may stand in a row: people say "no" as often, and spell out numbers."""
_MOST_PHRASES = 4
_SHORTEST_S = 0.06
"""No word is said again in less."""
_SLACK_S = 0.25
"""How far a word's times may be off, at least (Whisper's alignment is coarse): so much around it counts, too."""


def without_loops(words: Sequence[Word]) -> tuple[Word, ...]:
    """Return the words up to a loop, with its phrase once: more than 8 times the same word, 4 times the same phrase.

    What stands behind a loop isn't to be trusted either. A word said again faster than anybody can is left out.
    """
    words = [
        word
        for at, word in enumerate(words)
        if not at or word.end_s - word.start_s >= _SHORTEST_S or token_key(word.text) != token_key(words[at - 1].text)
    ]
    keys = [token_key(word.text) for word in words]
    for start in range(len(keys)):
        for length in range(1, min(_LONGEST_PHRASE, (len(keys) - start) // 2) + 1):
            most = _MOST_WORDS if length == 1 else _MOST_PHRASES
            end = start + length * (most + 1)
            if end <= len(keys) and all(keys[at] == keys[at - length] for at in range(start + length, end)):
                return tuple(words[: start + length])
    return tuple(words)


def only_heard(words: Sequence[Word], end_s: float, speech_in: Callable[[float, float], bool]) -> tuple[Word, ...]:
    """Return the words that lie before the audio's end, `end_s`, and where `speech_in(start_s, end_s)` says so."""
    return tuple(
        word
        for word in words
        if word.start_s < end_s and speech_in(word.start_s - _SLACK_S, max(word.end_s, word.start_s) + _SLACK_S)
    )
