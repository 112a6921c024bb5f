"""Join chunks of speech: trim the silence at their ends to the pause that the text requires, and fade.

The network makes 0.3 s of silence before the first sound of a chunk and 0.2 to 0.6 s after the last. Without trimming,
pauses would have random lengths, and mostly too long ones.

Lengths depend on predictions only (`sound_map`), never on the samples, so estimates made without synthesis are exact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .sound_map import ENERGY_SAMPLES, SAMPLE_RATE_HZ

LEAD_KEPT_SAMPLES = ENERGY_SAMPLES
"""Maximum kept before the first sound: 12.5 ms."""
TAIL_KEPT_SAMPLES = 2 * ENERGY_SAMPLES
"""Kept after the last sound, if available, at any pause, for the decay: 25 ms. It is the maximum at a segment's end."""

_FADE_IN_SAMPLES = SAMPLE_RATE_HZ * 5 // 1000
_FADE_OUT_SAMPLES = SAMPLE_RATE_HZ * 8 // 1000
_FADE_OVER_SAMPLES = SAMPLE_RATE_HZ * 10 // 1000
_BLOCK_SAMPLES = SAMPLE_RATE_HZ * 5 // 1000
_SPEECH_LEVEL = 0.02
"""Threshold of speech in the lead: a block's RMS relative to the chunk's peak (-34 dB), above breath."""


class JoinedChunk(NamedTuple):
    """The samples to send, float32 `[n_samples]`; `shift` is a sample's offset in the segment minus that in the chunk.

    It is negative if more was trimmed than has been sent.
    """

    samples: NDArray[np.float32]
    shift: int


class _Trim(NamedTuple):
    """Samples kept of a chunk's lead and tail, and the silence appended."""

    lead: int
    tail: int
    silence: int


def joined_length(n_samples: int, lead_samples: int, tail_samples: int, pause_s: float, *, last: bool) -> int:
    """Return the number of samples that `ChunkJoiner.join` returns for a chunk of `n_samples`. ValueError as there."""
    trim = _trim(n_samples, lead_samples, tail_samples, pause_s, last=last)
    return n_samples - lead_samples - tail_samples + trim.lead + trim.tail + trim.silence


def _trim(n_samples: int, lead_samples: int, tail_samples: int, pause_s: float, *, last: bool) -> _Trim:
    if min(lead_samples, tail_samples) < 0 or lead_samples + tail_samples > n_samples:
        raise ValueError(f"a chunk of {n_samples} samples can't have ends of {lead_samples} and {tail_samples}")
    if not 0 <= pause_s < np.inf:
        raise ValueError(f"invalid pause '{pause_s}' s; it must be finite and at least 0")
    lead = min(lead_samples, LEAD_KEPT_SAMPLES)
    if last:
        return _Trim(lead, min(tail_samples, TAIL_KEPT_SAMPLES), 0)
    # The lead of the next chunk is part of the pause.
    pause = max(round(pause_s * SAMPLE_RATE_HZ) - LEAD_KEPT_SAMPLES, 0)
    tail = min(tail_samples, max(pause, TAIL_KEPT_SAMPLES))
    return _Trim(lead, tail, max(pause - tail, 0))


class ChunkJoiner:
    """Joins the chunks of one segment, in order.

    - From the last sound of a chunk to the first of the next there is the pause, at least 37.5 ms. The chunk's own tail
      fills it, then silence.
    - Both ends fade within what is kept (a raised cosine, 5 ms in and 8 ms out); chunks don't overlap.
    - If the chunk is loud before the kept lead, trimming there would cut the word's onset. Lengths are fixed, so the
      window moves instead: it starts and ends earlier, at the expense of the pause but not of the 25 ms of decay. A
      segment's end has no pause to spare, and neither has a cut between words; there, only the fade applies.
    - `shift` reports the move, so that word times stay exact.
    """

    def __init__(self) -> None:
        self._n_sent = 0

    def join(
        self,
        samples: NDArray[np.float32],
        lead_samples: int,
        tail_samples: int,
        pause_s: float,
        last: bool,
        *,
        begins: bool = True,
        ends: bool = True,
    ) -> JoinedChunk:
        """Trim and fade a chunk's samples, mono float32 `[n_samples]`; the input isn't changed.

        A part of a chunk is joined the same way: only the one that `begins` the chunk has a lead and a fade at its
        start, and only the one that `ends` it a tail, a pause and a fade at its end.

        Args:
            samples: The chunk's samples.
            lead_samples: Samples before its first sound.
            tail_samples: Samples after its last sound.
            pause_s: The pause before the next chunk, ignored if it is the `last`.
            last: Whether it is the segment's last chunk.
            begins: Whether the samples begin with those of the chunk.
            ends: Whether they end with those of the chunk.

        Raises:
            ValueError: The ends are longer than the chunk, or the pause is negative or not finite.
        """
        trim = _trim(samples.size, lead_samples, tail_samples, pause_s, last=last)
        n_out = joined_length(samples.size, lead_samples, tail_samples, pause_s, last=last)
        # The move uses up the silence first, then the tail beyond the decay.
        spare = trim.silence + max(0, trim.tail - TAIL_KEPT_SAMPLES)
        begin = lead_samples - trim.lead
        begin -= min(spare, _early_samples(samples, begin))
        end = min(begin + n_out, samples.size - tail_samples + trim.tail)
        kept = samples[begin:end].copy()
        fade_in = min(_FADE_IN_SAMPLES, kept.size // 2)
        fade_out = min(_FADE_OUT_SAMPLES, kept.size // 2)
        if begins:
            kept[:fade_in] *= _fade(fade_in)
        if ends:
            kept[kept.size - fade_out :] *= _fade(fade_out)[::-1]
        out = np.zeros(n_out, np.float32)
        out[: kept.size] = kept
        joined = JoinedChunk(out, self._n_sent - begin)
        self._n_sent += n_out
        return joined


def fade_over(before: NDArray[np.float32], samples: NDArray[np.float32]) -> None:
    """Fade from one part of a chunk into the next one in place: `before` holds what follows the part before."""
    fade = _fade(min(before.size, samples.size, _FADE_OVER_SAMPLES))
    samples[: fade.size] *= fade
    samples[: fade.size] += before[: fade.size] * fade[::-1]


def _early_samples(samples: NDArray[np.float32], begin: int) -> int:
    """Return the length of speech directly before `begin`, plus room for the fade; 0 if there is none."""
    level = _SPEECH_LEVEL * float(np.abs(samples).max(initial=0.0))
    onset = begin
    while onset > 0:
        block = samples[max(onset - _BLOCK_SAMPLES, 0) : onset]
        if float(np.sqrt(np.mean(np.square(block)))) <= level:
            break
        onset -= block.size
    return 0 if onset == begin else min(begin - onset + _FADE_IN_SAMPLES, begin)


def _fade(n_samples: int) -> NDArray[np.float32]:
    """Return a raised cosine from nearly 0 to nearly 1."""
    fade: NDArray[np.float32] = (0.5 - 0.5 * np.cos(np.pi * (np.arange(n_samples) + 0.5) / max(n_samples, 1))).astype(
        np.float32
    )
    return fade
