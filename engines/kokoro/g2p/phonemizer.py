"""Text to tokens, in the language that a segment is in."""

from __future__ import annotations

import importlib.metadata
import unicodedata
from collections.abc import Callable

from ..common.errors import KokoroError
from ..common.languages import LANGUAGES, KokoroLanguage
from ..common.tokens import Token, spell
from .chinese import ChineseReader
from .clean_text import CleanText
from .english import MISSING_MODEL, MisakiEnglish, has_model
from .espeak_voices import EspeakVoices
from .japanese import JapaneseReader
from .mixed_scripts import MixedReader, Reader
from .overrides import Override, find_overrides
from .scripts import script_of
from .token_splitting import divide, part_marks

_ESPEAK_NAMES = {"e": "es", "f": "fr-fr", "h": "hi", "i": "it", "p": "pt-br"}
_LATIN = frozenset({"latin"})
_OWN_SCRIPTS = {"h": _LATIN | {"devanagari"}, "j": frozenset({"han", "kana"}), "z": frozenset({"han"})}
"""eSpeak NG's Hindi reads Latin letters as English itself."""
_WIDE = "jz"
_SHOWN_SIGNS = 8


class Phonemizer:
    """The ways to phonemes of Kokoro's nine languages, each loaded when first needed. One text at a time."""

    def __init__(self, alphabet: frozenset[str], note: Callable[[str], None]) -> None:
        """Load nothing yet. `alphabet` holds the model's symbols.

        `note` gets what a user should read once: a way that had to be taken for lack of a package, and signs of the
        text that have no reading.
        """
        self._alphabet = alphabet
        self._note = note
        self._voices = EspeakVoices()
        self._readers: dict[str, Reader] = {}
        self._has_english_model: bool | None = None

    def close(self) -> None:
        """Remove what the libraries keep in temporary folders, which they do themselves only at Python's own exit."""
        self._readers.clear()
        self._voices.close()

    def name(self, language: KokoroLanguage) -> str:
        """Return which way is taken for a language and its version: "misaki-en 0.9.4", "espeak-en 1.52.0".

        LanguageError if its packages are missing.
        """
        code = language.code
        short = language.tag.partition("-")[0]
        self._reader(language)
        if code in _WIDE or (code in "ab" and self._has_model()):
            return f"misaki-{short} {importlib.metadata.version('misaki')}"
        return f"espeak-{short} {self._voices.version}"

    def tokens(self, text: str, language: KokoroLanguage, start: int, end: int) -> list[Token]:
        """Return the tokens of `text[start:end]` with offsets into `text`. Linear in time.

        Tokens are in order and don't overlap. Each letter and digit lies in one; one that has no reading has no
        phonemes, and is noted. A number is one token, whatever is said for it, but no token has more than
        `MAX_SYMBOLS` (of `tidy`) symbols. Overrides are taken as they are:
        KokoroError names a symbol that isn't in the alphabet. LanguageError if the language's packages are missing.
        """
        overrides = [self._checked(override) for override in find_overrides(text, start, end)]
        clean = CleanText(text, start, end, overrides, wide=language.code in _WIDE)
        if not clean.text:
            return []
        read = self._reader(language).read(clean.text, clean.held)
        said: list[Token] = []
        unread: list[str] = []
        spoken = -1
        for token in read:
            written = clean.text[token.start : token.end]
            phonemes = self._known(token.phonemes) or self._rescue(written)
            if phonemes:
                spoken = len(said)
                said.append(token._replace(phonemes=phonemes))
                continue
            unread += _signs(written)
            if token.space and spoken >= 0:
                said[spoken] = said[spoken]._replace(space=True)
            if any(map(str.isalnum, written)):
                said.append(token._replace(phonemes="", space=False))
        if unread:
            signs = " ".join(list(dict.fromkeys(unread))[:_SHOWN_SIGNS])
            self._note(f"left out, for want of a reading in {language.title}: {signs}")
        if spoken >= 0:
            said[spoken] = said[spoken]._replace(space=False)
        placed = clean.to_source(part for token in said for part in part_marks(token, clean.text))
        return [part for token in placed for part in divide(token)]

    def _has_model(self) -> bool:
        if self._has_english_model is None:
            self._has_english_model = has_model()
            if not self._has_english_model:
                self._note(MISSING_MODEL)
        return self._has_english_model

    def _reader(self, language: KokoroLanguage) -> Reader:
        reader = self._readers.get(language.code)
        if reader is None:
            reader = self._readers[language.code] = self._make(language.code)
        return reader

    def _make(self, code: str) -> Reader:
        if code in "ab":
            british = code == "b"
            voice = MixedReader(self._voices.english(british=british), _LATIN, self._voices.foreign)
            if self._has_model():
                other = self._readers.get("a" if british else "b")
                model = other.model if isinstance(other, MisakiEnglish) else None
                return MisakiEnglish(british=british, voice=voice, model=model)
            return voice
        if code in _ESPEAK_NAMES:
            voice_of = self._voices.voice(_ESPEAK_NAMES[code])
            return MixedReader(voice_of, _OWN_SCRIPTS.get(code, _LATIN), self._voices.foreign)
        native: Reader = JapaneseReader() if code == "j" else ChineseReader()
        return MixedReader(native, _OWN_SCRIPTS[code], self._foreign_in_unspaced)

    def _foreign_in_unspaced(self, script: str) -> Reader | None:
        return self._reader(LANGUAGES["a"]) if script == "latin" else self._voices.foreign(script)

    def _known(self, phonemes: str) -> str:
        """Return what the model has symbols for, as it drops the rest itself; an accent it lacks leaves its letter."""
        parts = (symbol if symbol in self._alphabet else unicodedata.normalize("NFD", symbol) for symbol in phonemes)
        known = "".join(symbol for part in parts for symbol in part if symbol in self._alphabet)
        return " ".join(known.split())

    def _rescue(self, word: str) -> str:
        """Return another reading of a word that has none: by its script's voice, else by the English one."""
        letter = next(filter(str.isalnum, word), None)
        script = script_of(letter) if letter else ""
        # eSpeak NG has a sound for a character that it doesn't know; it means nothing.
        if letter is None or script == "han":
            return ""
        foreign = self._voices.foreign(script)
        for reader in (foreign, self._voices.english(british=False)):
            phonemes = self._known(spell(reader.read(word))) if reader else ""
            if phonemes:
                return phonemes
        return ""

    def _checked(self, override: Override) -> Override:
        symbols: list[str] = []
        for symbol in unicodedata.normalize("NFC", override.phonemes.replace("g", "ɡ")):
            parts = symbol if symbol in self._alphabet else unicodedata.normalize("NFD", symbol)
            for part in parts:
                if part not in self._alphabet:
                    raise KokoroError(
                        f"'{part}' (U+{ord(part):04X}) in the phonemes /{override.phonemes}/ isn't one of Kokoro's "
                        "symbols; they are " + " ".join(sorted(self._alphabet - {" "}))
                    )
            symbols += parts
        return override._replace(phonemes="".join(symbols))


def _signs(written: str) -> list[str]:
    """Return what should be missed of a stretch without a reading: letters and symbols, not punctuation."""
    if any(map(str.isalnum, written)):
        return [written]
    return [sign for sign in written if unicodedata.category(sign)[0] == "S"]
