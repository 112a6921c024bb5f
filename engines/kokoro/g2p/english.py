"""English with misaki's lexicon and rules, and spaCy's model for parts of speech."""

from __future__ import annotations

import copy
import importlib.metadata
import itertools
import re
import unicodedata
import warnings
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ..common.tokens import Token, spell
from .clean_text import OverrideSpan
from .mixed_scripts import G2P
from .override_spans import mask_spans, shift_tokens, span_edges, spans_within, word_spans
from .required_import import import_required

MODEL = "en_core_web_sm"
INSTALL_COMMAND = f"python -m spacy download {MODEL}"
PACKAGES = '"misaki[en]"'
_WORD = re.compile(r"\S+")
_PIECE = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|.")
_MAX_PIECES = 12
"""Maximum number of letters, digits and signs without a space: misaki's time grows with its third power."""
_CURRENCY_SIGNS = ("$", "£", "€")
"""The signs that misaki reads."""
_CURRENCY_TAG, _NUMBER_TAG, _NOUN_TAG = "$", "CD", "NN"
_NUMBER_ERRORS = (ArithmeticError, AssertionError, LookupError, TypeError, ValueError)
"""Raised by misaki and num2words for input such as a number of a thousand digits."""

MISSING_MODEL = (
    f"eSpeak NG pronounces English until spaCy's model {MODEL} is installed, with: voxweft engines install kokoro; "
    f"if Kokoro runs in the host's Python: {INSTALL_COMMAND}"
)


def has_model() -> bool:
    """Whether spaCy's model is installed; if it isn't, misaki would install it with pip over the network.

    The same check as `spacy.util.is_package`, which takes seconds to import.
    """
    try:
        importlib.metadata.distribution(MODEL)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


@contextmanager
def _without_plugins(spacy: Any) -> Iterator[None]:
    """Don't let spaCy import the plug-ins that are installed: one of misaki's takes longer than all else here.

    The model is built from spaCy's own parts. Plug-ins can't be turned off by any public setting.
    """
    plugins: Any = getattr(spacy.util.registry, "_entry_point_factories", None)
    if not hasattr(plugins, "entry_points"):
        yield
        return
    before = plugins.entry_points
    plugins.entry_points = False
    try:
        yield
    finally:
        plugins.entry_points = before


class EnglishG2P:
    """misaki's English, configured as in kokoro's pipeline. Requires `has_model()`."""

    def __init__(self, *, british: bool, voice: G2P, model: Any = None) -> None:
        """Load the lexicon and spaCy's model.

        Args:
            british: British English instead of American.
            voice: The G2P for words missing from the lexicon.
            model: The `model` of another variety, to be shared.
        """
        english = import_required("misaki.en", "English", PACKAGES)
        self._voice = voice
        with warnings.catch_warnings():
            # misaki opens its data in a deprecated way; spaCy warns about the model's version.
            warnings.simplefilter("ignore")
            if model is not None:
                self._g2p = copy.copy(model)
                self._g2p.british = british
                self._g2p.lexicon = english.Lexicon(british)
                self._g2p.fallback = self._fall_back
                return
            with _without_plugins(english.spacy):
                self._g2p = english.G2P(trf=False, british=british, fallback=self._fall_back, unk="")
        # misaki's own handling of user phonemes counts words where it should count spaCy's tokens.
        tokenize = self._g2p.tokenize
        self._g2p.tokenize = lambda text, _tokens, override_spans: _with_overrides(
            _with_checked_tags(tokenize(text, [], {}), english.PUNCT_TAGS), override_spans
        )

    @property
    def model(self) -> Any:
        """The loaded model, which another variety can share."""
        return self._g2p

    def read(self, text: str, override_spans: Sequence[OverrideSpan] = ()) -> list[Token]:
        """Return the tokens of a clean text; those that misaki can't pronounce have no phonemes."""
        tokens: list[Token] = []
        position = 0
        shape = mask_spans(text, override_spans)
        for word in _WORD.finditer(shape):
            if len(_PIECE.findall(word[0])) > _MAX_PIECES:
                tokens += self._part(text, position, word.start(), override_spans)
                tokens += shift_tokens(self._voice.read(word[0]), word.start())
                tokens[-1:] = [token._replace(space=True) for token in tokens[-1:]]
                position = word.end()
        return tokens + self._part(text, position, len(text), override_spans)

    def _part(self, text: str, start: int, end: int, override_spans: Sequence[OverrideSpan]) -> list[Token]:
        """Convert a part of the text that starts and ends at a space."""
        while start < end and text[start] == " ":
            start += 1
        part, within_part = text[start:end].rstrip(" "), spans_within(override_spans, start, end)
        try:
            tokens = shift_tokens(self._read(part, within_part), start)
        except _NUMBER_ERRORS:  # one word must not make a sentence fail
            tokens = [
                token for word in word_spans(part, within_part) for token in self._word(text, start, word, within_part)
            ]
        if tokens and text[start + len(part) : end]:
            tokens[-1] = tokens[-1]._replace(space=True)
        return tokens

    def _word(
        self, text: str, offset: int, span: tuple[int, int], override_spans: Sequence[OverrideSpan]
    ) -> list[Token]:
        start, end = offset + span[0], offset + span[1]
        try:
            tokens = shift_tokens(self._read(text[start:end], spans_within(override_spans, *span)), start)
        except _NUMBER_ERRORS:
            tokens = shift_tokens(self._voice.read(text[start:end]), start)
        return [*tokens[:-1], *(token._replace(space=text[end : end + 1] == " ") for token in tokens[-1:])]

    def _fall_back(self, token: Any) -> tuple[str | None, int]:
        return spell(self._voice.read(token.text)) or None, 2

    def _read(self, text: str, override_spans: Sequence[OverrideSpan]) -> list[Token]:
        if not text:
            return []
        _, read = self._g2p(text, preprocess=lambda clean: (clean, [], override_spans))
        tokens: list[Token] = []
        position = 0
        sign_start: int | None = None
        for number, token in enumerate(read):
            start, end = _find(text, token.text, position)
            position = end + len(token.whitespace)
            if token.text in _CURRENCY_SIGNS and not token.phonemes and _is_read(token.text, read[number + 1 :]):
                sign_start = start
                continue
            start = start if sign_start is None else sign_start
            sign_start = None
            tokens.append(Token(token.phonemes or "", bool(token.whitespace), start, end))
        return tokens


def _is_read(sign: str, following: Sequence[Any]) -> bool:
    """Whether misaki says the name of a currency after the numbers behind its sign ("$5 million")."""
    numbers = itertools.takewhile(lambda token: token.tag == _NUMBER_TAG, following)
    return any(token._.currency == sign for token in numbers)


def _with_checked_tags(tokens: Sequence[Any], mark_tags: Container[str]) -> Sequence[Any]:
    """Correct spaCy's tags where they would make misaki leave out a word.

    misaki reads a token with the tag of a mark as that mark, also "-5" in "-5°C", which spaCy takes for a quote. It
    names a currency only if its sign and the number behind it are tagged as such.
    """
    has_sign = False
    for token in tokens:
        is_sign = token.text[-1:] in _CURRENCY_SIGNS
        if is_sign:
            token.tag = _CURRENCY_TAG
        elif any(map(str.isdigit, token.text)) and (has_sign or token.tag in mark_tags):
            token.tag = _NUMBER_TAG
        elif token.tag in mark_tags and any(map(_has_sound, token.text)):
            token.tag = _NOUN_TAG
        has_sign = is_sign
    return tokens


def _has_sound(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character) in ("Sm", "So")


def _with_overrides(tokens: Sequence[Any], override_spans: Sequence[OverrideSpan]) -> list[Any]:
    """Set the user's phonemes on spaCy's tokens in override spans; tokens are split at the spans' edges."""
    result: list[Any] = []
    edges = span_edges(override_spans)
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
            span = next((span for span in override_spans if span.start <= first < span.end), None)
            if span is not None:
                piece.phonemes = span.phonemes if first == span.start else ""
                piece._.is_head = first == span.start
                piece._.rating = 5
            result.append(piece)
        position = end + len(token.whitespace)
    return result


def _find(text: str, word: str, position: int) -> tuple[int, int]:
    """Find a token's text from `position` on, allowing for apostrophes between digits, which misaki drops."""
    while position < len(text) and word and text[position] != word[0]:
        position += 1
    end = position
    for character in word:
        while end < len(text) and text[end] != character:
            end += 1
        end += 1
    return (position, end) if end <= len(text) else (position, min(position + len(word), len(text)))
