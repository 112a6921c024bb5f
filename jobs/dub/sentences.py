"""Sentences that run over cues: their parts are spoken in one breath, as one segment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ...text.punctuation import CLOSERS, DASHES, IDEOGRAPHIC, TERMINATORS
from .cue_parts import CuePart
from .slots import Slot

MAX_PARTS = 4
MAX_CHARS = 300
MAX_GAP_S = 1.0
"""After a longer gap, the speaker of the film has paused as well."""
_PUNCTUATED = 1 / 3
"""If fewer cues end like a sentence, their ends say nothing: captions without punctuation, lyrics, Thai."""
_OPENING, _CLOSING = frozenset("([（［【"), frozenset(")]）］】")


class SegmentText(NamedTuple):
    """The text of a segment: that of consecutive parts. `offsets` are the characters at which each part starts."""

    parts: range
    text: str
    offsets: tuple[int, ...]


def segment_texts(
    parts: Sequence[CuePart], slots: Sequence[Slot], sample_rate: int, can_join: Callable[[int], bool]
) -> list[SegmentText]:
    """Return what the segments of a dub speak: each part, or the parts of a sentence together.

    Args:
        parts: The parts in order.
        slots: Their slots.
        sample_rate: Of the slots.
        can_join: Whether the speaker of a part can tell where words are, so that the audio can be divided.
    """
    ends = [_ends(part.spoken) for part in parts]
    is_punctuated = sum(ends) >= _PUNCTUATED * len(parts)
    texts: list[SegmentText] = []
    for index, part in enumerate(parts):
        before = texts[-1] if texts else None
        if (
            is_punctuated
            and before is not None
            and len(before.parts) < MAX_PARTS
            and len(before.text) + len(part.payload) < MAX_CHARS
            and _goes_on(parts[index - 1], part)
            and _follows(slots[index - 1], slots[index], sample_rate)
            and can_join(index)
        ):
            wide = IDEOGRAPHIC.match(before.text[-1]) and IDEOGRAPHIC.match(part.payload[0])
            text = before.text + ("" if wide else " ")
            texts[-1] = SegmentText(
                range(before.parts.start, index + 1), text + part.payload, (*before.offsets, len(text))
            )
        else:
            texts.append(SegmentText(range(index, index + 1), part.payload, (0,)))
    return texts


def _follows(before: Slot, after: Slot, sample_rate: int) -> bool:
    has_length = before.end > before.start and after.end > after.start
    return has_length and before.start < after.start and after.start - before.end <= MAX_GAP_S * sample_rate


def _goes_on(before: CuePart, after: CuePart) -> bool:
    """Return whether a sentence goes on from one part to the next."""
    if before.parts > 1 or after.parts > 1 or (before.speaker, before.in_cast) != (after.speaker, after.in_cast):
        return False
    trails_off = before.spoken.rstrip().endswith(("...", "…"))
    return not _ends(before.spoken) or (trails_off and after.spoken[:1].islower())


def _ends(text: str) -> bool:
    """Return whether a text ends like a sentence, is broken off, or is a description in brackets."""
    text = text.rstrip()
    is_bracketed = text[:1] in _OPENING and text[-1:] in _CLOSING
    return is_bracketed or text.rstrip(CLOSERS).rstrip()[-1:] in {*TERMINATORS, *DASHES, ""}
