"""Kokoro's nine languages, and the one that a segment's tag and voice select."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from ....utils.streaming.contract.language_tags import normal_tag
from .errors import KokoroLanguageError


class KokoroLanguage(NamedTuple):
    """A language: the first letter of its voices' names, its BCP-47 tag, and its English name."""

    code: str
    tag: str
    title: str


LANGUAGES: Mapping[str, KokoroLanguage] = MappingProxyType(
    {
        language.code: language
        for language in (
            KokoroLanguage("a", "en-US", "American English"),
            KokoroLanguage("b", "en-GB", "British English"),
            KokoroLanguage("e", "es", "Spanish"),
            KokoroLanguage("f", "fr", "French"),
            KokoroLanguage("h", "hi", "Hindi"),
            KokoroLanguage("i", "it", "Italian"),
            KokoroLanguage("j", "ja", "Japanese"),
            KokoroLanguage("p", "pt-BR", "Brazilian Portuguese"),
            KokoroLanguage("z", "zh", "Mandarin Chinese"),
        )
    }
)
"""By code, as in kokoro's `LANG_CODES`."""

_ENGLISH = "ab"
_BRITISH_REGIONS = frozenset({"gb", "uk", "au", "nz", "ie", "za", "in"})
_BY_PRIMARY = {"es": "e", "fr": "f", "hi": "h", "it": "i", "ja": "j", "pt": "p", "zh": "z", "cmn": "z"}
_MANDARIN = "cmn"
_REGION_LETTERS, _EXTENDED_LETTERS = 2, 3


def language_for(tag: str | None, voice_code: str | None) -> KokoroLanguage:
    """Return the language of a segment from its BCP-47 tag (any case, `_` for `-`) and its voice's language.

    The tag takes precedence; without one the voice's language applies, and without either American English. Kokoro has
    one variety of each language except English, and uses it for all regions. "en" alone keeps an English voice's
    variety; Commonwealth regions select the British one.

    Raises:
        KokoroLanguageError: Any other language, including kinds of Chinese other than Mandarin; it lists the nine.
    """
    if voice_code is not None and voice_code not in LANGUAGES:
        raise KokoroLanguageError(f"unknown voice language '{voice_code}'; Kokoro's are {', '.join(LANGUAGES)}")
    if tag is None or not tag.strip():
        return LANGUAGES[voice_code or "a"]
    primary, *subtags = normal_tag(tag).split("-")
    if primary == "en":
        regions = [subtag for subtag in subtags if len(subtag) == _REGION_LETTERS and subtag.isalpha()]
        if regions:
            return LANGUAGES["b" if regions[0] in _BRITISH_REGIONS else "a"]
        return LANGUAGES[voice_code if voice_code in tuple(_ENGLISH) else "a"]
    code = _BY_PRIMARY.get(primary)
    # An extended language subtag names another language: zh-yue is Cantonese.
    extended = subtags[0] if subtags and len(subtags[0]) == _EXTENDED_LETTERS and subtags[0].isalpha() else _MANDARIN
    if code is None or (code == "z" and extended != _MANDARIN):
        raise KokoroLanguageError(f"Kokoro doesn't speak the language '{tag}'; it speaks {_list_languages()}")
    return LANGUAGES[code]


def _list_languages() -> str:
    return ", ".join(f"{language.title} ({language.tag})" for language in LANGUAGES.values())
