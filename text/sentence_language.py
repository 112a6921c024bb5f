"""Recognize the language of a sentence by its letters and frequent words, if it is beyond doubt."""

from __future__ import annotations

import functools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from .language_words import FREQUENT_WORDS, OWN_LETTERS

_KANA = ("ja",)
_CHINESE_CHARACTERS = ("zh", "ja")
_LONG_WITHOUT_KANA = 8
_BY_SCRIPT: dict[str, tuple[str, ...]] = {
    r"[\u0370-\u03ff\u1f00-\u1fff]": ("el",),
    r"[\u0400-\u052f]": ("ru", "uk", "bg", "sr"),
    r"[\u0531-\u058f]": ("hy",),
    r"[\u0590-\u05ff]": ("he",),
    r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]": ("ar", "fa", "ur"),
    r"[\u0900-\u097f]": ("hi", "mr", "ne"),
    r"[\u0980-\u09ff]": ("bn",),
    r"[\u0a00-\u0a7f]": ("pa",),
    r"[\u0a80-\u0aff]": ("gu",),
    r"[\u0b80-\u0bff]": ("ta",),
    r"[\u0c00-\u0c7f]": ("te",),
    r"[\u0c80-\u0cff]": ("kn",),
    r"[\u0d00-\u0d7f]": ("ml",),
    r"[\u0d80-\u0dff]": ("si",),
    r"[\u0e00-\u0e7f]": ("th",),
    r"[\u1000-\u109f]": ("my",),
    r"[\u10a0-\u10ff]": ("ka",),
    r"[\u1200-\u137f]": ("am",),
    r"[\uac00-\ud7af\u1100-\u11ff]": ("ko",),
    r"[\u3041-\u309f\u30a0-\u30ff]": _KANA,
    r"[\u3400-\u4dbf\u4e00-\u9fff]": _CHINESE_CHARACTERS,
}
"""The languages of letters other than Latin ones, the most likely first. Kana decides a sentence in both kinds."""
_SCRIPTS = [(re.compile(letters), languages) for letters, languages in _BY_SCRIPT.items()]
_WORD = re.compile(r"(?:[^\W\d_]|[\u0900-\u0903\u093a-\u094f])+(?:['’][^\W\d_]+)*")
_LATIN = tuple(
    language for language in FREQUENT_WORDS if not any(language in languages for languages in _BY_SCRIPT.values())
)
_MAX_CHARS = 400

RECOGNIZED = frozenset([*FREQUENT_WORDS, *(language for languages in _BY_SCRIPT.values() for language in languages)])
"""The languages that can be recognized, as primary tags."""


def sentence_language(sentence: str, candidates: Iterable[str], default: str) -> str:
    """Return the language of a sentence: one of `candidates` if it is beyond doubt, else `default`.

    All are primary tags (`pt`). A name or a quoted word of another language changes nothing: the candidate must account
    for most of the frequent words, of which a short sentence needs one and a longer one more.
    """
    known = frozenset(candidates) | {default}
    sentence = sentence[:_MAX_CHARS]
    languages = _languages_of_letters(sentence)
    possible = [language for language in languages if language in known]
    if len(possible) < 2 or len(languages) == 1:
        return possible[0] if possible else default
    if languages == _CHINESE_CHARACTERS:
        # No Japanese sentence of some length is without kana.
        n_letters = sum(map(str.isalpha, sentence))
        return default if default in possible and n_letters < _LONG_WITHOUT_KANA else possible[0]
    sure = _by_words(sentence, tuple(possible), default)
    if sure is not None:
        return sure
    return default if default in possible or languages is _LATIN else possible[0]


def _languages_of_letters(sentence: str) -> tuple[str, ...]:
    """Return the languages whose letters most of the sentence is in."""
    counts: Counter[tuple[str, ...]] = Counter()
    letters = [letter for letter in sentence if letter.isalpha()]
    for pattern, languages in _SCRIPTS:
        found = len(pattern.findall(sentence))
        if found:
            counts[languages] = found
    n_other = sum(counts.values())
    if n_other * 2 < len(letters) or not n_other:
        return _LATIN
    # A Japanese sentence has as many Chinese characters as kana.
    return _KANA if counts[_KANA] else max(counts, key=lambda languages: counts[languages])


def _by_words(sentence: str, possible: tuple[str, ...], default: str) -> str | None:
    """Return the language of most frequent words and letters; None if that isn't beyond doubt."""
    words = [word.replace("’", "'") for word in _WORD.findall(sentence.lower())]
    if not words:
        return None
    known, letters = _words_of(possible), _letters_of(possible)
    scores: defaultdict[str, float] = defaultdict(float)
    for word in words:
        for language in known.get(word, ()):
            scores[language] += 1 / len(known[word]) + 1
    for letter in sorted(set(sentence.lower())):
        for language in letters.get(letter, ()):
            scores[language] += 1.5 / len(letters[letter])
    if not scores:
        return None
    (best, score), *others = sorted(scores.items(), key=lambda item: -item[1])
    second = others[0][1] if others else 0.0
    if best == default:
        return best
    is_enough = score >= max(1.5, 0.5 * min(len(words), 8)) and score > scores.get(default, 0.0) + 1
    return best if is_enough and score - second >= min(1.0, 0.2 * score) else None


@functools.lru_cache(maxsize=256)
def _words_of(possible: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for language in possible:
        for word in dict.fromkeys(FREQUENT_WORDS.get(language, "").split()):
            found[word] = (*found.get(word, ()), language)
    return found


@functools.lru_cache(maxsize=256)
def _letters_of(possible: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for language in possible:
        for letter in OWN_LETTERS.get(language, ""):
            found[letter] = (*found.get(letter, ()), language)
    return found
