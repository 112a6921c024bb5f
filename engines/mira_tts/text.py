"""A segment's text in pieces, and a piece as the model reads it."""

from __future__ import annotations

from ...text.punctuation import CLOSERS, TERMINATORS, is_ideographic
from ..speech_tokens.pieces import cut_pieces

MAX_CHARS = 250
"""About 20 seconds of speech, which is what the model was trained to speak in one go."""
_ENDS = (*TERMINATORS, *",，、;；:：—-")


def pieces_of(text: str) -> list[str]:
    """Return the pieces of a text, each of which is one pass of the model: as many sentences as it speaks in one go."""
    return cut_pieces(text, longest=MAX_CHARS, shortest=MAX_CHARS)


def normal_text(text: str) -> str:
    """Return a text on one line, with a mark at its end, and without anything that reads as a mark of the model."""
    text = " ".join(text.split()).replace("<|", "< |")
    if not text or text.rstrip(CLOSERS).endswith(_ENDS):
        return text
    return text + ("。" if is_ideographic(text[-1]) else ".")


def with_transcript(transcript: str, text: str) -> str:
    """Return the text of a recording and then that to speak, both normal, as one that goes on."""
    if not transcript:
        return text
    return transcript + ("" if is_ideographic(text[0]) else " ") + text
