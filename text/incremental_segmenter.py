"""Text that arrives bit by bit, from a language model say, cut where it can be spoken without waiting for the rest."""

from __future__ import annotations

import itertools
import re
from typing import Literal

import msgspec

from .punctuation import CLOSERS, SPEAKABLE, STRONG_CLAUSE_MARKS, TERMINATORS, WEAK_CLAUSE_MARKS, WIDE_CLAUSE_MARKS
from .segmenter import segment_text, span_text

CutEnd = Literal["clause", "sentence", "paragraph"]
FIRST_CHARS = 12
"""A first clause may be so short: somebody waits for it."""
MOST_CHARS = 96
"""Later clauses are at least so long, or their sentence ends before: each cut costs some of the melody."""

_CLAUSE_END = re.compile(
    rf"(?:[{re.escape(STRONG_CLAUSE_MARKS + WEAK_CLAUSE_MARKS)}][{re.escape(CLOSERS)}]*(?=\s)|[{WIDE_CLAUSE_MARKS}])"
)
_SENTENCE_END = re.compile(rf"[{re.escape(TERMINATORS)}][{re.escape(CLOSERS)}]*\s*$")


class ArrivedText(msgspec.Struct, frozen=True):
    """A piece to speak, on one line and without white space around, and what ends with it."""

    text: str
    end: CutEnd


class ArrivingText:
    """Cuts text into pieces as it comes. Pure: give it text with `push`, and take the rest with `flush`.

    Every character but white space comes out once, in order, whatever way the text was cut on its way in. A sentence is
    a piece as `segment_text` defines it, as soon as the next one has begun. A clause of a sentence that isn't complete
    is a piece of its own if it is long enough: `FIRST_CHARS` for the first one, then twice as much each time, up to
    `MOST_CHARS`.
    """

    def __init__(self) -> None:
        self._held = ""
        self._least_chars = FIRST_CHARS

    @property
    def held_chars(self) -> int:
        """How much waits for more."""
        return len(self._held)

    @property
    def ends_sentence(self) -> bool:
        """Whether what is held looks complete: if nothing comes for a while, it can be flushed."""
        return _SENTENCE_END.search(self._held) is not None and SPEAKABLE.search(self._held) is not None

    def push(self, text: str) -> list[ArrivedText]:
        """Take text in and return what can be spoken now."""
        self._held += text
        ready = self._sentences()
        clause = self._clause()
        return [*ready, *([clause] if clause else [])]

    def flush(self) -> list[ArrivedText]:
        """Return all that is held: nothing that belongs to it will come."""
        held, self._held = self._held, ""
        self._least_chars = FIRST_CHARS
        return [ArrivedText(span_text(held, span), "sentence") for span in segment_text(held)]

    def clear(self) -> None:
        """Forget what is held."""
        self._held = ""
        self._least_chars = FIRST_CHARS

    def _sentences(self) -> list[ArrivedText]:
        """Take out the sentences behind which another one has begun."""
        spans = list(segment_text(self._held))
        ready = []
        for span, following in itertools.pairwise(spans):
            between = self._held[span.end : following.start]
            end: CutEnd = "paragraph" if len((between + ".").splitlines()) > 2 else "sentence"
            ready.append(ArrivedText(span_text(self._held, span), end))
        if ready:
            self._held = self._held[spans[-1].start :]
            self._longer()
        return ready

    def _clause(self) -> ArrivedText | None:
        """Take out the clauses that the sentence begins with, if they are long enough."""
        cut = 0
        for found in _CLAUSE_END.finditer(self._held):
            # Something must have begun behind it: a mark at the very end may get a closing quote, or be a number's.
            following = SPEAKABLE.search(self._held, found.end())
            if following is None:
                break
            is_number = self._held[: found.start()][-1:].isdecimal() and self._held[following.start()].isdecimal()
            if not is_number and SPEAKABLE.search(self._held, cut, found.start()):
                cut = found.end()
        piece = " ".join(self._held[:cut].split())
        if len(piece) < self._least_chars:
            return None
        self._held = self._held[cut:]
        self._longer()
        return ArrivedText(piece, "clause")

    def _longer(self) -> None:
        self._least_chars = min(2 * self._least_chars, MOST_CHARS)
