"""The languages with words of their own; every other one is read by CLDR and num2words."""

from __future__ import annotations

from .chinese import Chinese
from .english import English
from .french import French
from .german import German
from .hindi import Hindi
from .italian import Italian
from .japanese import Japanese
from .language import SpokenLanguage
from .locale_formats import locale_formats
from .portuguese import Portuguese
from .spanish import Spanish

_LANGUAGES: dict[str, type[SpokenLanguage]] = {
    "de": German,
    "en": English,
    "es": Spanish,
    "fr": French,
    "hi": Hindi,
    "it": Italian,
    "ja": Japanese,
    "pt": Portuguese,
    "yue": Chinese,
    "zh": Chinese,
}


def spoken_language(tag: str) -> SpokenLanguage | None:
    """Return what the rules need to know of a language (BCP-47); None if CLDR doesn't have it."""
    formats = locale_formats(tag)
    return _LANGUAGES.get(formats.base, SpokenLanguage)(formats) if formats else None
