"""Texts of several scripts: foreign words go to a G2P for their script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ..common.tokens import Token
from .clean_text import OverrideSpan
from .override_spans import mask_spans, shift_tokens, spans_within
from .scripts import runs


class G2P(Protocol):
    """A grapheme-to-phoneme converter: turns a clean text into tokens with offsets in it."""

    def read(self, text: str, override_spans: Sequence[OverrideSpan] = ()) -> list[Token]:
        """Return the tokens in order; an override span is one token, with the user's phonemes."""
        ...


class MixedScriptG2P:
    """A language's own G2P, combined with others for foreign scripts."""

    def __init__(self, native: G2P, scripts: frozenset[str], foreign: Callable[[str], G2P | None]) -> None:
        """Store the arguments.

        Args:
            native: The language's own G2P.
            scripts: The scripts that it reads.
            foreign: Returns the G2P for another script, or None to use `native`.
        """
        self._native = native
        self._scripts = scripts
        self._foreign = foreign

    def read(self, text: str, override_spans: Sequence[OverrideSpan] = ()) -> list[Token]:
        """Return the tokens of a clean text."""
        tokens: list[Token] = []
        # An override span goes to the native G2P, whatever its script.
        for run in runs(mask_spans(text, override_spans, " "), self._scripts):
            g2p = (self._foreign(run.script) if run.script else None) or self._native
            part = text[run.start : run.end]
            # After a foreign word a hyphen isn't a minus (COVID-19).
            skipped = len(part) - len(part.lstrip(" -" if tokens and tokens[-1].end == run.start else " "))
            first = run.start + skipped
            read = shift_tokens(
                g2p.read(text[first : run.end].rstrip(" "), spans_within(override_spans, first, run.end)), first
            )
            if tokens and read and (skipped or _are_words(text, tokens[-1], read[0])):
                tokens[-1] = tokens[-1]._replace(space=True)
            if read and part.endswith(" "):
                read[-1] = read[-1]._replace(space=True)
            tokens += read
        return tokens


def _are_words(text: str, left: Token, right: Token) -> bool:
    return text[left.end - 1].isalnum() and text[right.start].isalnum()
