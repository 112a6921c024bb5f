"""Foreign words in a text: each script by a reader that knows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ..common.tokens import Token
from .clean_text import GivenPronunciation
from .override_spans import shape_of, shifted, within
from .scripts import runs


class Reader(Protocol):
    """What turns a clean text into tokens with offsets in it."""

    def read(self, text: str, held: Sequence[GivenPronunciation] = ()) -> list[Token]:
        """Return the tokens in order; a held stretch is one, with the phonemes it came with."""
        ...


class MixedReader:
    """A language's reader, and others for what is written in scripts that aren't its own."""

    def __init__(self, native: Reader, scripts: frozenset[str], foreign: Callable[[str], Reader | None]) -> None:
        """`foreign` returns the reader for a script; where it returns None the language's own does what it can."""
        self._native = native
        self._scripts = scripts
        self._foreign = foreign

    def read(self, text: str, held: Sequence[GivenPronunciation] = ()) -> list[Token]:
        """Return the tokens of a clean text."""
        tokens: list[Token] = []
        # A held stretch is left to the native reader, whatever it is written in.
        for run in runs(shape_of(text, held, " "), self._scripts):
            reader = (self._foreign(run.script) if run.script else None) or self._native
            part = text[run.start : run.end]
            # Behind a foreign word a hyphen is no minus (COVID-19).
            skipped = len(part) - len(part.lstrip(" -" if tokens and tokens[-1].end == run.start else " "))
            first = run.start + skipped
            read = shifted(reader.read(text[first : run.end].rstrip(" "), within(held, first, run.end)), first)
            if tokens and read and (skipped or _are_words(text, tokens[-1], read[0])):
                tokens[-1] = tokens[-1]._replace(space=True)
            if read and part.endswith(" "):
                read[-1] = read[-1]._replace(space=True)
            tokens += read
        return tokens


def _are_words(text: str, left: Token, right: Token) -> bool:
    return text[left.end - 1].isalnum() and text[right.start].isalnum()
