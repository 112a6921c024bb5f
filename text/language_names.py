"""Languages by name: BCP-47 tags to the English names that OpenAI's API sends, and names of any kind to tags."""

from __future__ import annotations

import functools
import unicodedata

import langcodes
from babel import Locale
from babel.localedata import locale_identifiers

from ..utils.streaming.contract.language_tags import primary_tag

_ENGLISH = Locale("en")
_WHISPER_NAMES = {"bn": "bengali", "fil": "tagalog", "mi": "maori", "my": "myanmar", "nb": "norwegian", "nn": "nynorsk"}
"""Names in OpenAI's API that differ from CLDR's."""
_OTHER_NAMES = {
    "brazilian": "pt-BR",
    "burmese": "my",
    "castilian": "es",
    "farsi": "fa",
    "flemish": "nl",
    "haitian": "ht",
    "letzeburgesch": "lb",
    "mandarin": "zh",
    "moldavian": "ro",
    "moldovan": "ro",
    "panjabi": "pa",
    "pushto": "ps",
    "sinhalese": "si",
    "valencian": "ca",
}


def language_name(tag: str) -> str:
    """Return the English name of a tag's language in lower case, as OpenAI's API sends it: `english` for `en-GB`.

    A tag without a known name is returned as it is.
    """
    language = primary_tag(tag)
    return _WHISPER_NAMES.get(language) or _ENGLISH.languages.get(language, tag).lower()


def language_tag_of(name: str) -> str:
    """Return the BCP-47 tag of a language's English name, its own name, or a code of ISO 639-2 or 639-3.

    `English`, `Deutsch`, `American English`, `eng` and `en_us` have one. Any other text is returned as it is.
    """
    key = _key(name)
    if key in _english_names():
        return _english_names()[key]
    if langcodes.tag_is_valid(name.strip()):
        return langcodes.standardize_tag(name.strip())
    return _own_names().get(key, name)


@functools.cache
def _english_names() -> dict[str, str]:
    names = {_key(name): tag.replace("_", "-") for tag, name in _ENGLISH.languages.items()}
    return names | {name: tag for tag, name in _WHISPER_NAMES.items() if name not in names} | _OTHER_NAMES


@functools.cache
def _own_names() -> dict[str, str]:
    """Return the languages' names in themselves. It reads every locale, which takes about a second."""
    names: dict[str, str] = {}
    for code in locale_identifiers():
        own = None if "_" in code else Locale.parse(code).languages.get(code)
        if own:
            names[_key(own)] = code
    return names


def _key(name: str) -> str:
    """Return a name without case, accents and spaces around it."""
    letters = unicodedata.normalize("NFD", " ".join(name.casefold().split()))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
