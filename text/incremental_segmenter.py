"""Segment text that arrives incrementally, for example from a language model, as early as it can be spoken."""

from __future__ import annotations

import itertools
import re
from typing import Literal

import msgspec

from .punctuation import CLOSERS, SPEAKABLE, STRONG_CLAUSE_MARKS, TERMINATORS, WEAK_CLAUSE_MARKS, WIDE_CLAUSE_MARKS
from .segmenter import segment_text, span_text

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
    """A segment to speak, on one line and trimmed, and the unit that it ends."""

    text: str
    end: CutEnd


class IncrementalSegmenter:
    """Segments text as it arrives. Pure: add text with `push`, get the rest with `flush`.

    Every character except white space is returned once, in order, however the input is split. A sentence, as defined by
    `segment_text`, is returned after the next one has started. A clause of an incomplete sentence is returned if it is
    long enough: `FIRST_CLAUSE_CHARS` for the first one, then twice as long each time, up to `LATER_CLAUSE_CHARS`.
    """

    def __init__(self) -> None:
        self._buffer = ""
        self._min_clause_chars = FIRST_CLAUSE_CHARS

    @property
    def buffered_chars(self) -> int:
        """The number of buffered characters."""
        return len(self._buffer)

    @property
    def ends_sentence(self) -> bool:
        """Whether the buffered text ends like a sentence, so that it can be flushed if no more text arrives."""
        return _SENTENCE_END.search(self._buffer) is not None and SPEAKABLE.search(self._buffer) is not None

    def push(self, text: str) -> list[ReadySegment]:
        """Add text. Return the segments that can be spoken now."""
        self._buffer += text
        ready = self._sentences()
        clause = self._clause()
        return [*ready, *([clause] if clause else [])]

    def flush(self) -> list[ReadySegment]:
        """Return the rest of the text, which is complete."""
        text, self._buffer = self._buffer, ""
        self._min_clause_chars = FIRST_CLAUSE_CHARS
        return [ReadySegment(span_text(text, span), "sentence") for span in segment_text(text)]

    def clear(self) -> None:
        """Discard the buffered text."""
        self._buffer = ""
        self._min_clause_chars = FIRST_CLAUSE_CHARS

    def _sentences(self) -> list[ReadySegment]:
        """Remove and return the sentences that are followed by the start of another."""
        spans = list(segment_text(self._buffer))
        ready = []
        for span, following in itertools.pairwise(spans):
            between = self._buffer[span.end : following.start]
            end: CutEnd = "paragraph" if len((between + ".").splitlines()) > 2 else "sentence"
            ready.append(ReadySegment(span_text(self._buffer, span), end))
        if ready:
            self._buffer = self._buffer[spans[-1].start :]
            self._raise_minimum()
        return ready

    def _clause(self) -> ReadySegment | None:
        """Remove and return the clauses at the start of the sentence, if they are long enough."""
        cut = 0
        for found in _CLAUSE_END.finditer(self._buffer):
            # A closing quote or a digit may still follow a mark at the very end.
            following = SPEAKABLE.search(self._buffer, found.end())
            if following is None:
                break
            is_number = self._buffer[: found.start()][-1:].isdecimal() and self._buffer[following.start()].isdecimal()
            if not is_number and SPEAKABLE.search(self._buffer, cut, found.start()):
                cut = found.end()
        clause = " ".join(self._buffer[:cut].split())
        if len(clause) < self._min_clause_chars:
            return None
        self._buffer = self._buffer[cut:]
        self._raise_minimum()
        return ReadySegment(clause, "clause")

    def _raise_minimum(self) -> None:
        self._min_clause_chars = min(2 * self._min_clause_chars, LATER_CLAUSE_CHARS)
