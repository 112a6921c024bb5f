"""Parts of a chunk for low latency: the first ones are short, later ones longer, without a gap in playback."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .acoustic.model import CONTEXT_FRAMES, Timing
from .chunks import Chunk
from .common.tokens import is_spoken
from .phrase_grouping import Rank, group_phrases
from .sound_map import ENERGY_SAMPLES, FRAME_SAMPLES, SAMPLE_RATE_HZ, SoundMap

MAX_SYMBOLS = 200
"""Longer sentences become several chunks, so that what precedes the first sound stays short: a pass without the vocoder
takes a tenth of the chunk's duration."""

_TINY = 1e-6
_FRAME_S = FRAME_SAMPLES / SAMPLE_RATE_HZ
_ENERGIES_PER_FRAME = FRAME_SAMPLES // ENERGY_SAMPLES


class Cut(NamedTuple):
    """A place to cut a chunk's audio: a frame between two words, at a mark or not, and the energy there."""

    frame: int
    at_mark: bool
    energy: float


def cuts_of(text: str, chunk: Chunk, timing: Timing, sound: SoundMap) -> list[Cut]:
    """Return the places between a chunk's words, in order, each in the middle of the silence there, if there is one.

    `text` is the segment's.
    """
    cuts: list[Cut] = []
    position = 0
    end: int | None = None
    at_mark = False
    for phrase in group_phrases(text, chunk.tokens, len(chunk.symbols)):
        following = position + phrase.n_symbols + phrase.n_spaces
        places = [place for place in range(position, following) if is_spoken(chunk.symbols[place : place + 1])]
        position = following
        if not places:
            continue
        span = sound.word(places[0], places[-1])
        if end is not None:
            frame = round((end + span.begin) / 2 / FRAME_SAMPLES)
            if frame > (cuts[-1].frame if cuts else 0):
                near = timing.energy[_ENERGIES_PER_FRAME * (frame - 1) : _ENERGIES_PER_FRAME * (frame + 1)]
                cuts.append(Cut(frame, at_mark, float(np.max(near))))
        end, at_mark = span.end, phrase.rank >= Rank.COMMA
    return [cut for cut in cuts if cut.frame < int(timing.frames.sum())]


class ChunkRamp:
    """The lengths of the parts in which the chunks of one segment are sent.

    A player starts when the first part arrives; parts are made one after the other. Before a chunk's first part the
    network works on the whole chunk (`prepare_factor` of its duration), then the vocoder on each part
    (`vocoder_factor`, also for the part's context). A part must arrive before the player has used up the sound made so
    far, so with `buffered_s` of it left, at most `limit_s`:

        fixed_s + prepare_factor * chunk_s + vocoder_factor * (limit_s + context_s) = buffered_s

    Invariants:
    - No clock: lengths are a function of the chunks so far, so the load doesn't change how a segment is cut.
    - A part ends at a mark. Only if there is none for long, it ends between two words, where it is quietest. It never
      ends within a word, and isn't shorter than a second then, so it may come late.
    - As soon as the rest of a chunk would be in time, it is one part.
    """

    def __init__(
        self,
        *,
        min_mark_s: float = 0.7,
        max_mark_s: float = 2.5,
        max_first_s: float = 2.0,
        min_s: float = 1.0,
        prepare_factor: float = 0.12,
        vocoder_factor: float = 0.48,
        fixed_s: float = 0.04,
    ) -> None:
        """Set the figures above.

        The first part ends at the first mark from `min_mark_s` to `max_mark_s`; without one, between words before
        `max_first_s`. Parts that end between words have at least `min_s`, others `min_mark_s`.
        """
        self._min_mark_s, self._max_mark_s = min_mark_s, max_mark_s
        self._min_s, self._max_first_s = min_s, max_first_s
        self._prepare_factor, self._vocoder_factor, self._fixed_s = prepare_factor, vocoder_factor, fixed_s
        self._buffered_s: float | None = None

    def cut(self, cuts: Sequence[Cut], first_frame: int, last_frame: int) -> list[int]:
        """Return the frames at which a chunk is cut, which has sound from one frame up to another."""
        found: list[int] = []
        preparation_s = self._prepare_factor * (last_frame - first_frame) * _FRAME_S
        begin: int | None = first_frame
        while begin is not None:
            end = self._next(cuts, begin, last_frame, preparation_s)
            self._play(((last_frame if end is None else end) - begin) * _FRAME_S, preparation_s)
            found += [] if end is None else [end]
            begin, preparation_s = end, 0.0
        return found

    def _next(self, cuts: Sequence[Cut], begin: int, last_frame: int, preparation_s: float) -> int | None:
        """Return where the part ends that begins at a frame; None if it is the rest."""
        rest_s = (last_frame - begin) * _FRAME_S

        def between(least_s: float, most_s: float, *, marks: bool = False) -> list[Cut]:
            # What is left isn't shorter than a part. In whole frames, since sums of seconds aren't exact.
            least = math.ceil(least_s / _FRAME_S - _TINY)
            most = min(int(most_s / _FRAME_S + _TINY), last_frame - begin - least)
            in_range = [cut for cut in cuts if least <= cut.frame - begin <= most]
            return [cut for cut in in_range if cut.at_mark or not marks]

        if self._buffered_s is None:
            marks = between(self._min_mark_s, self._max_mark_s, marks=True)[:1]
            if not marks and rest_s <= self._max_mark_s:
                return None
            quiet = between(self._min_s, self._max_first_s)
        else:
            limit_s = (self._buffered_s - self._cost_s(0.0, preparation_s)) / self._vocoder_factor
            if rest_s <= limit_s:
                return None
            marks = between(self._min_mark_s, limit_s, marks=True)[-1:]
            quiet = between(max(self._min_s, limit_s / 2), limit_s)
        if marks:
            return marks[0].frame
        if quiet:
            return min(quiet, key=lambda cut: (cut.energy, -cut.frame)).frame
        late = between(self._min_s, rest_s)
        return late[0].frame if late else None

    def _cost_s(self, audio_s: float, preparation_s: float) -> float:
        return self._fixed_s + preparation_s + self._vocoder_factor * (audio_s + 2 * CONTEXT_FRAMES * _FRAME_S)

    def _play(self, audio_s: float, preparation_s: float) -> None:
        # The player starts with the first part, and again after an underrun.
        left_s = 0.0 if self._buffered_s is None else self._buffered_s - self._cost_s(audio_s, preparation_s)
        self._buffered_s = max(0.0, left_s) + audio_s
