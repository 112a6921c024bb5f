"""English by misaki's lexicon and rules, with spaCy's model for the parts of speech."""

from __future__ import annotations

import copy
import importlib.metadata
import re
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..common.tokens import Token, spell
from .clean_text import GivenPronunciation
from .mixed_scripts import Reader
from .override_spans import edges_of, shape_of, shifted, within, words
from .required_import import required

MODEL = "en_core_web_sm"
INSTALL_COMMAND = f"python -m spacy download {MODEL}"
PACKAGES = '"misaki[en]"'
_WORD = re.compile(r"\S+")
_PIECE = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|.")
_MAX_PIECES = 12
"""Of letters, digits and signs without a space between. misaki's time grows with the third power of their number."""
_ODD_NUMBERS = (ArithmeticError, AssertionError, LookupError, TypeError, ValueError)
"""What misaki and num2words raise on a number of a thousand digits and the like."""


MISSING_MODEL = f"eSpeak NG pronounces English until spaCy's model {MODEL} is installed, with: {INSTALL_COMMAND}"


def has_model() -> bool:
    """Whether spaCy's model is installed. misaki would install it with pip, over the network, where it isn't.

    As `spacy.util.is_package` tells it, which would take seconds to import.
    """
    try:
        importlib.metadata.distribution(MODEL)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


class MisakiEnglish:
    """misaki's English, as kokoro's pipeline sets it up. Only to be made where `has_model()`."""

    def __init__(self, *, british: bool, voice: Reader, model: Any = None) -> None:
        """Load the lexicon and spaCy's model. `voice` reads the words that the lexicon lacks.

        `model` is another's `model`, which then serves both.
        """
        english = required("misaki.en", "English", PACKAGES)
        self._voice = voice
        with warnings.catch_warnings():
            # misaki opens its data in a deprecated way; spaCy compares its version with the model's.
            warnings.simplefilter("ignore")
            if model is not None:
                self._g2p = copy.copy(model)
                self._g2p.british = british
                self._g2p.lexicon = english.Lexicon(british)
                self._g2p.fallback = self._fall_back
                return
            self._g2p = english.G2P(trf=False, british=british, fallback=self._fall_back, unk="")
        # misaki's own way to the user's phonemes counts words where it should count spaCy's tokens.
        tokenize = self._g2p.tokenize
        self._g2p.tokenize = lambda text, _tokens, held: _held_tokens(tokenize(text, [], {}), held)

    @property
    def model(self) -> Any:
        """What another variety can share."""
        return self._g2p

    def read(self, text: str, held: Sequence[GivenPronunciation] = ()) -> list[Token]:
        """Return the tokens of a clean text; what misaki has no reading for has no phonemes."""
        tokens: list[Token] = []
        position = 0
        shape = shape_of(text, held)
        for word in _WORD.finditer(shape):
            if len(_PIECE.findall(word[0])) > _MAX_PIECES:
                tokens += self._part(text, position, word.start(), held)
                tokens += shifted(self._voice.read(word[0]), word.start())
                tokens[-1:] = [token._replace(space=True) for token in tokens[-1:]]
                position = word.end()
        return tokens + self._part(text, position, len(text), held)

    def _part(self, text: str, start: int, end: int, held: Sequence[GivenPronunciation]) -> list[Token]:
        """Read from space to space."""
        while start < end and text[start] == " ":
            start += 1
        part, within_part = text[start:end].rstrip(" "), within(held, start, end)
        try:
            tokens = shifted(self._read(part, within_part), start)
        except _ODD_NUMBERS:  # no sentence may be lost to one word
            tokens = [
                token for word in words(part, within_part) for token in self._word(text, start, word, within_part)
            ]
        if tokens and text[start + len(part) : end]:
            tokens[-1] = tokens[-1]._replace(space=True)
        return tokens

    def _word(self, text: str, offset: int, span: tuple[int, int], held: Sequence[GivenPronunciation]) -> list[Token]:
        start, end = offset + span[0], offset + span[1]
        try:
            tokens = shifted(self._read(text[start:end], within(held, *span)), start)
        except _ODD_NUMBERS:
            tokens = shifted(self._voice.read(text[start:end]), start)
        return [*tokens[:-1], *(token._replace(space=text[end : end + 1] == " ") for token in tokens[-1:])]

    def _fall_back(self, token: Any) -> tuple[str | None, int]:
        return spell(self._voice.read(token.text)) or None, 2

    def _read(self, text: str, held: Sequence[GivenPronunciation]) -> list[Token]:
        if not text:
            return []
        _, read = self._g2p(text, preprocess=lambda clean: (clean, [], held))
        tokens: list[Token] = []
        position = 0
        for token in read:
            start, end = _find(text, token.text, position)
            position = end + len(token.whitespace)
            tokens.append(Token(token.phonemes or "", bool(token.whitespace), start, end))
        return tokens


def _held_tokens(tokens: Sequence[Any], held: Sequence[GivenPronunciation]) -> list[Any]:
    """Give spaCy's tokens in held stretches the user's phonemes, cut where an edge lies within one."""
    result: list[Any] = []
    edges = edges_of(held)
    position = number = 0
    for token in tokens:
        end = position + len(token.text)
        cuts = [position]
        while number < len(edges) and edges[number] < end:
            if edges[number] > position:
                cuts.append(edges[number])
            number += 1
        for first, last in zip(cuts, (*cuts[1:], end), strict=True):
            piece = replace(token, text=token.text[first - position : last - position], _=type(token._)(**token._))
            piece.whitespace = token.whitespace if last == end else ""
            stretch = next((stretch for stretch in held if stretch.start <= first < stretch.end), None)
            if stretch is not None:
                piece.phonemes = stretch.phonemes if first == stretch.start else ""
                piece._.is_head = first == stretch.start
                piece._.rating = 5
            result.append(piece)
        position = end + len(token.whitespace)
    return result


def _find(text: str, word: str, position: int) -> tuple[int, int]:
    """Return where a token's text stands from `position` on: misaki drops apostrophes between digits from it."""
    while position < len(text) and word and text[position] != word[0]:
        position += 1
    end = position
    for character in word:
        while end < len(text) and text[end] != character:
            end += 1
        end += 1
    return (position, end) if end <= len(text) else (position, min(position + len(word), len(text)))
