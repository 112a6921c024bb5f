"""Segment text that arrives incrementally, for example from a language model, as early as it can be spoken."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Sequence
from typing import Literal

import msgspec

from ..utils.streaming.contract.segment import SourceSpan
from .periods import is_title, token_before
from .punctuation import CLOSERS, SPEAKABLE, STRONG_CLAUSE_MARKS, TERMINATORS, WEAK_CLAUSE_MARKS, WIDE_CLAUSE_MARKS
from .script_types import ScriptPassage, SoundTag
from .segmenter import segment_text, span_text
from .sound_tags import sounds_by_sentence, take_sounds, without_open_tag

CutEnd = Literal["clause", "sentence", "paragraph"]
FIRST_CLAUSE_CHARS = 12
"""The minimum length of the first clause, short for a low latency."""
LATER_CLAUSE_CHARS = 96
"""The highest minimum length of later clauses: each cut costs some intonation."""

_CLAUSE_END = re.compile(
    rf"(?:[{re.escape(STRONG_CLAUSE_MARKS + WEAK_CLAUSE_MARKS)}][{re.escape(CLOSERS)}]*(?=\s)|[{WIDE_CLAUSE_MARKS}])"
)
_SENTENCE_END = re.compile(rf"[{re.escape(TERMINATORS)}][{re.escape(CLOSERS)}]*\s*$")


class ReadySegment(msgspec.Struct, frozen=True):
    """A segment to speak with its tags, on one line and trimmed, and the unit that it ends."""

    text: str
    end: CutEnd


class IncrementalSegmenter:
    """Segments text as it arrives. Pure: add text with `push`, get the rest with `flush`.

    Every character except white space is returned once, in order, however the input is split. A sentence, as defined by
    `segment_text`, is returned after the next one has started. A clause of an incomplete sentence is returned if it is
    long enough: `FIRST_CLAUSE_CHARS` for the first one, then twice as long each time, up to `LATER_CLAUSE_CHARS`.

    Tags of sounds and moods belong to the text around them and count for no length. A bracket that is still open waits.

    `others` are further names of sounds, see `sound_name`.
    """

    def __init__(self, others: Collection[str] = ()) -> None:
        self._others = others
        self._buffer = ""
        self._min_clause_chars = FIRST_CLAUSE_CHARS

    @property
    def buffered_chars(self) -> int:
        """The number of buffered characters."""
        return len(self._buffer)

    @property
    def ends_sentence(self) -> bool:
        """Whether the buffered text ends like a sentence, so that it can be flushed if no more text arrives."""
        return ends_sentence(take_sounds(_passage(self._buffer), self._others).text)

    def push(self, text: str) -> list[ReadySegment]:
        """Add text. Return the segments that can be spoken now."""
        self._buffer += text
        ready = self._sentences()
        clause = self._clause()
        return [*ready, *([clause] if clause else [])]

    def flush(self) -> list[ReadySegment]:
        """Return the rest of the text, which is complete."""
        whole = take_sounds(_passage(self._buffer), self._others)
        sentences = list(sounds_by_sentence(segment_text(whole.text), whole.sounds))
        if not whole.text and whole.sounds:
            sentences = [(SourceSpan(0, 0), list(whole.sounds))]
        ready = [self._ready(whole, span, sounds, "sentence") for span, sounds in sentences]
        self.clear()
        return ready

    def clear(self) -> None:
        """Discard the buffered text."""
        self._buffer = ""
        self._min_clause_chars = FIRST_CLAUSE_CHARS

    def _complete(self) -> ScriptPassage:
        """Return the buffered text up to a bracket that is still open, without its tags."""
        return take_sounds(_passage(without_open_tag(self._buffer)), self._others)

    def _sentences(self) -> list[ReadySegment]:
        """Remove and return the sentences that are followed by the start of another."""
        whole = self._complete()
        sentences = list(sounds_by_sentence(segment_text(whole.text), whole.sounds))
        ready = []
        for (span, sounds), (following, _) in itertools.pairwise(sentences):
            between = whole.text[span.end : following.start]
            end: CutEnd = "paragraph" if len((between + ".").splitlines()) > 2 else "sentence"
            ready.append(self._ready(whole, span, sounds, end))
        if ready:
            span, sounds = sentences[-1]
            self._cut(whole, span.start, sounds)
            self._raise_minimum()
        return ready

    def _clause(self) -> ReadySegment | None:
        """Remove and return the clauses at the start of the sentence, if they are long enough."""
        whole = self._complete()
        cut = clauses_end(whole.text, self._min_clause_chars)
        if not cut:
            return None
        sounds = [tag for tag in whole.sounds if tag.position < cut or (tag.position == cut and not tag.leads)]
        clause = self._ready(whole, SourceSpan(0, cut), sounds, "clause")
        self._cut(whole, cut, whole.sounds[len(sounds) :])
        self._raise_minimum()
        return clause

    def _ready(self, whole: ScriptPassage, span: SourceSpan, sounds: Sequence[SoundTag], end: CutEnd) -> ReadySegment:
        spans = [tag.source for tag in sounds]
        if span.end > span.start:
            spans.append(whole.source_of(span.start, span.end))
        written = SourceSpan(min(one.start for one in spans), max(one.end for one in spans))
        text = span_text(self._buffer, written)
        return ReadySegment(" ".join(text.split()) if end == "clause" else text, end)

    def _cut(self, whole: ScriptPassage, position: int, sounds: Sequence[SoundTag]) -> None:
        """Remove the buffered text before a position of `whole`, except the tags that belong to the text after it."""
        starts = [tag.source.start for tag in sounds]
        self._buffer = self._buffer[min([whole.source_of(position, position + 1).start, *starts]) :]

    def _raise_minimum(self) -> None:
        self._min_clause_chars = longer_clause(self._min_clause_chars)


def ends_sentence(text: str) -> bool:
    """Return whether a text without tags ends like a sentence."""
    end = _SENTENCE_END.search(text)
    if end is None or is_title(token_before(text, 0, end.start())):
        return False
    return SPEAKABLE.search(text) is not None


def clauses_end(text: str, min_chars: int) -> int:
    """Return the end of the complete clauses of a sentence that isn't complete; 0 if they are shorter than that."""
    cut = 0
    for found in _CLAUSE_END.finditer(text):
        # A closing quote or a digit may still follow a mark at the very end.
        following = SPEAKABLE.search(text, found.end())
        if following is None:
            break
        is_number = text[: found.start()][-1:].isdecimal() and text[following.start()].isdecimal()
        if not is_number and SPEAKABLE.search(text, cut, found.start()):
            cut = found.end()
    return cut if len(" ".join(text[:cut].split())) >= min_chars else 0


def longer_clause(min_chars: int) -> int:
    """Return the minimum length of the clause after one of a minimum length."""
    return min(2 * min_chars, LATER_CLAUSE_CHARS)


def _passage(text: str) -> ScriptPassage:
    return ScriptPassage(source=SourceSpan(0, len(text)), text=text)
