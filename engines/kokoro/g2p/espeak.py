"""Phonemes from eSpeak NG, mapped by misaki and aligned with words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from ....text.periods import ends_sentence, looks_abbreviated, token_before
from ..common.tokens import Token
from .alignment import align
from .clean_text import OverrideSpan
from .override_spans import apply_overrides, mask_spans, span_edges, split_spans_at

MAX_CHUNK_CHARS = 400
"""Maximum length without a mark before a cut at a space: that of kokoro's pipeline; eSpeak NG's is twice that."""
LONGEST_WORD_CHARS = 45
"""Longer words are split: eSpeak NG stops after 200 phonemes of a word."""
_WORD_PART_CHARS = 24
"""eSpeak NG spells words that it can't pronounce, with up to seven phonemes per letter."""
_CACHED_WORDS = 4096
_MARK = re.compile(r'(?:(?!(?<=\d)[.,:](?=\d))[;:,.!?¡¿—…"«»“”(){}\[\]])+')
"""The marks that phonemizer hides from eSpeak NG, except within numbers: 10.000 would be spoken as "10" and "000"."""
_MARK_SYMBOLS = str.maketrans("«»", "“”")
_WORD = re.compile(r"\S+")
_ABBREVIATION = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_FOLLOWING = re.compile(r" \w")
_JOINING_MARKS = frozenset(".:")
"""Marks that don't end a word (example.com)."""


class EspeakG2P:
    """A voice of eSpeak NG as a G2P. `speak` returns the phonemes of a text without marks."""

    def __init__(self, speak: Callable[[str], str]) -> None:
        self._speak = speak
        self._speak_word = lru_cache(_CACHED_WORDS)(self._say)

    def read(self, text: str, override_spans: Sequence[OverrideSpan] = ()) -> list[Token]:
        """Return the tokens of a clean text. An override span is one token, converted in context and then replaced."""
        shape = mask_spans(text, override_spans)
        edges = span_edges(override_spans)
        tokens: list[Token] = []
        position = 0
        for mark in _MARK.finditer(shape):
            tokens += self._clause(text, shape, position, mark.start(), edges)
            position = mark.end()
            if tokens and tokens[-1].end == mark.start() and _is_abbreviation(shape, mark):
                tokens[-1] = tokens[-1]._replace(end=mark.end(), space=True)
                continue
            tokens.append(_from_text(text, mark[0].translate(_MARK_SYMBOLS), mark.start(), mark.end()))
        tokens += self._clause(text, shape, position, len(text), edges)
        return _join(apply_overrides(tokens, override_spans), text)

    def _say(self, text: str) -> str:
        return " ".join(self._speak(text).split())

    def _clause(self, text: str, shape: str, start: int, end: int, edges: Sequence[int]) -> list[Token]:
        spans = [(word.start(), word.end()) for word in _WORD.finditer(shape, start, end)]
        tokens: list[Token] = []
        for chunk_spans in _chunks(split_spans_at(spans, edges)):
            tokens += self._chunk(text, chunk_spans, edges)
        return tokens

    def _chunk(self, text: str, spans: Sequence[tuple[int, int]], edges: Sequence[int]) -> list[Token]:
        whole = self._say(text[spans[0][0] : spans[-1][1]])
        alone = [self._speak_word(text[start:end]) for start, end in spans] if len(spans) > 1 else [whole]
        tokens: list[Token] = []
        for (start, end), part, own in zip(spans, align(whole, alone), alone, strict=True):
            phonemes = part.strip(" ")
            if own and not phonemes and start not in edges:
                _absorb(tokens, start, end, edges)
            else:
                tokens.append(Token(phonemes, part.endswith(" "), start, end))
        tokens[-1] = _from_text(text, tokens[-1].phonemes, tokens[-1].start, tokens[-1].end)
        return tokens


def _is_abbreviation(text: str, mark: re.Match[str]) -> bool:
    """Whether a mark is the full stop of an abbreviation within a sentence, which would be heard as a pause."""
    stop = mark.start()
    if mark[0] != "." or not _FOLLOWING.match(text, mark.end()):
        return False
    token = token_before(text, 0, stop)
    is_number = token[-1:].isdecimal() or stop - len(token) <= 0
    return (
        bool(token) and not is_number and looks_abbreviated(token) and not ends_sentence(text, 0, stop, mark.end() + 1)
    )


def _absorb(tokens: list[Token], start: int, end: int, edges: Sequence[int]) -> None:
    """Merge a word without phonemes, which the voice joined to a neighbor, into the token before it."""
    last = len(tokens) - 1
    while last > 0 and not tokens[last].phonemes and tokens[last].start not in edges:
        last -= 1
    if last >= 0 and tokens[last].phonemes:
        tokens[last:] = [tokens[last]._replace(end=end, space=tokens[-1].space or tokens[last].space)]
    else:
        tokens.append(Token("", False, start, end))


def _from_text(text: str, phonemes: str, start: int, end: int) -> Token:
    return Token(phonemes, text[end : end + 1] == " ", start, end)


def _chunks(spans: Sequence[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    chunk: list[tuple[int, int]] = []
    for start, end in spans:
        is_too_long = end - start > LONGEST_WORD_CHARS
        if chunk and (is_too_long or end - chunk[0][0] > MAX_CHUNK_CHARS):
            yield chunk
            chunk = []
        if is_too_long:
            # Each part is a separate chunk; together they would be one word again.
            yield from ([(at, min(at + _WORD_PART_CHARS, end))] for at in range(start, end, _WORD_PART_CHARS))
        else:
            chunk.append((start, end))
    if chunk:
        yield chunk


def _join(tokens: Sequence[Token], text: str) -> list[Token]:
    """Merge the tokens of a word with a mark inside it."""
    joined: list[Token] = []
    for number, token in enumerate(tokens):
        following = tokens[number + 1] if number + 1 < len(tokens) else None
        last = joined[-1] if joined else None
        if last is not None and last.end == token.start and not last.space and _is_word(text, last):
            inside = following is not None and following.start == token.end and _is_word(text, following)
            mark = text[token.start : token.end]
            is_abbreviation = mark == "." and _ABBREVIATION.fullmatch(text, last.start, last.end)
            if (inside and mark in _JOINING_MARKS) or is_abbreviation or text[token.start - 1] in _JOINING_MARKS:
                joined[-1] = Token(last.phonemes + token.phonemes, token.space, last.start, token.end)
                continue
        joined.append(token)
    return joined


def _is_word(text: str, token: Token) -> bool:
    return any(map(str.isalnum, text[token.start : token.end]))
