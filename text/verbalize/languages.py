"""The languages with words of their own; every other one is read by CLDR and num2words."""

from __future__ import annotations

from .english import English
from .language import SpokenLanguage
from .locale_formats import locale_formats

_LANGUAGES: dict[str, type[SpokenLanguage]] = {"en": English}


def spoken_language(tag: str) -> SpokenLanguage | None:
    """Return what the rules need to know of a language (BCP-47); None if CLDR doesn't have it."""
    formats = locale_formats(tag)
    return _LANGUAGES.get(formats.base, SpokenLanguage)(formats) if formats else None
