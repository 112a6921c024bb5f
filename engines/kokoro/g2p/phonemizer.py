"""Text to tokens with phonemes, in a segment's language."""

from __future__ import annotations

import importlib.metadata
import unicodedata
from collections.abc import Callable

from ..common.errors import KokoroError
from ..common.languages import LANGUAGES, KokoroLanguage
from ..common.tokens import Token, is_spoken, spell
from .chinese import ChineseG2P
from .clean_text import CleanText
from .english import EnglishG2P, has_model
from .espeak_voices import EspeakVoices
from .japanese import JapaneseG2P
from .mixed_scripts import G2P, MixedScriptG2P
from .overrides import Override, find_overrides
from .scripts import script_of
from .token_splitting import split_long_token, split_marks

_ESPEAK_NAMES = {"e": "es", "f": "fr-fr", "h": "hi", "i": "it", "p": "pt-br"}
_LATIN = frozenset({"latin"})
_OWN_SCRIPTS = {"h": _LATIN | {"devanagari"}, "j": frozenset({"han", "kana"}), "z": frozenset({"han"})}
"""Scripts that a language's own G2P reads: eSpeak NG's Hindi reads Latin letters as English."""
_WIDE = "jz"
_SHOWN_SIGNS = 8


class Phonemizer:
    """The G2Ps of Kokoro's nine languages, each loaded on first use. Not thread-safe."""

    def __init__(self, alphabet: frozenset[str], note: Callable[[str], None]) -> None:
        """Store the arguments; nothing is loaded yet.

        Args:
            alphabet: The model's symbols.
            note: Called with messages for the user, about characters that can't be pronounced.
        """
        self._alphabet = alphabet
        self._note = note
        self._voices = EspeakVoices()
        self._g2ps: dict[str, G2P] = {}
        self._has_english_model: bool | None = None

    def close(self) -> None:
        """Unload the libraries and remove their temporary files."""
        self._g2ps.clear()
        self._voices.close()

    def name(self, language: KokoroLanguage) -> str:
        """Return the name and version of a language's G2P: "misaki-en 0.9.4", "espeak-en 1.52.0".

        KokoroLanguageError if its packages are missing.
        """
        code = language.code
        short = language.tag.partition("-")[0]
        self._g2p(language)
        if code in _WIDE or (code in "ab" and self._has_model()):
            return f"misaki-{short} {importlib.metadata.version('misaki')}"
        return f"espeak-{short} {self._voices.version}"

    def tokens(self, text: str, language: KokoroLanguage, start: int, end: int) -> list[Token]:
        """Return the tokens of `text[start:end]` with offsets into `text`. Linear in time.

        Tokens are in order and don't overlap. Each letter and digit is part of one; a token that can't be pronounced
        has no phonemes, and is noted. A number is one token, but no token has more than `token_splitting.MAX_SYMBOLS`
        symbols. Overrides keep the user's phonemes.

        Raises:
            KokoroError: An override has a symbol that isn't in the alphabet.
            KokoroLanguageError: The language's packages are missing.
        """
        overrides = [self._checked(override) for override in find_overrides(text, start, end)]
        clean = CleanText(text, start, end, overrides, wide=language.code in _WIDE)
        if not clean.text:
            return []
        tokens: list[Token] = []
        unpronounced: list[str] = []
        spoken = -1
        for token in self._g2p(language).read(clean.text, clean.override_spans):
            written = clean.text[token.start : token.end]
            phonemes = self._known(token.phonemes)
            # A word or a number of nothing but marks would be silent.
            if not is_spoken(phonemes) and (not phonemes or any(map(str.isalnum, written))):
                phonemes = self._fallback(written)
            if phonemes:
                spoken = len(tokens)
                tokens.append(token._replace(phonemes=phonemes))
                continue
            unpronounced += _signs(written)
            if token.space and spoken >= 0:
                tokens[spoken] = tokens[spoken]._replace(space=True)
            if any(map(str.isalnum, written)):
                tokens.append(token._replace(phonemes="", space=False))
        if unpronounced:
            signs = " ".join(list(dict.fromkeys(unpronounced))[:_SHOWN_SIGNS])
            self._note(f"left out, since {language.title} has no pronunciation for them: {signs}")
        if spoken >= 0:
            tokens[spoken] = tokens[spoken]._replace(space=False)
        mapped = clean.to_source(part for token in tokens for part in split_marks(token, clean.text))
        return [part for token in mapped for part in split_long_token(token)]

    def _has_model(self) -> bool:
        if self._has_english_model is None:
            self._has_english_model = has_model()
        return self._has_english_model

    def _g2p(self, language: KokoroLanguage) -> G2P:
        g2p = self._g2ps.get(language.code)
        if g2p is None:
            g2p = self._g2ps[language.code] = self._make(language.code)
        return g2p

    def _make(self, code: str) -> G2P:
        if code in "ab":
            british = code == "b"
            voice = MixedScriptG2P(self._voices.english(british=british), _LATIN, self._voices.foreign)
            if self._has_model():
                other = self._g2ps.get("a" if british else "b")
                model = other.model if isinstance(other, EnglishG2P) else None
                return EnglishG2P(british=british, voice=voice, model=model)
            return voice
        if code in _ESPEAK_NAMES:
            voice_of = self._voices.voice(_ESPEAK_NAMES[code])
            return MixedScriptG2P(voice_of, _OWN_SCRIPTS.get(code, _LATIN), self._voices.foreign)
        native: G2P = JapaneseG2P() if code == "j" else ChineseG2P()
        return MixedScriptG2P(native, _OWN_SCRIPTS[code], self._foreign_in_unspaced)

    def _foreign_in_unspaced(self, script: str) -> G2P | None:
        return self._g2p(LANGUAGES["a"]) if script == "latin" else self._voices.foreign(script)

    def _known(self, phonemes: str) -> str:
        """Return the symbols that the model knows; of a letter with an unknown accent, the letter."""
        parts = (symbol if symbol in self._alphabet else unicodedata.normalize("NFD", symbol) for symbol in phonemes)
        known = "".join(symbol for part in parts for symbol in part if symbol in self._alphabet)
        return " ".join(known.split())

    def _fallback(self, word: str) -> str:
        """Return the phonemes of a word without any: by its script's voice, else by the English one."""
        letter = next(filter(str.isalnum, word), None)
        script = script_of(letter) if letter else ""
        # eSpeak NG has a meaningless sound for unknown characters.
        if letter is None or script == "han":
            return ""
        foreign = self._voices.foreign(script)
        for g2p in (foreign, self._voices.english(british=False)):
            phonemes = self._known(spell(g2p.read(word))) if g2p else ""
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
                        f"unknown symbol '{part}' (U+{ord(part):04X}) in the phonemes /{override.phonemes}/; "
                        "Kokoro's are " + " ".join(sorted(self._alphabet - {" "}))
                    )
            symbols += parts
        return override._replace(phonemes="".join(symbols))


def _signs(written: str) -> list[str]:
    """Return the parts of an unpronounced text to report: letters and symbols, not punctuation."""
    if any(map(str.isalnum, written)):
        return [written]
    return [sign for sign in written if unicodedata.category(sign)[0] == "S"]
