"""How the sound of one pass is joined to the next: what is kept of the silence at its ends, and where it lies.

The network predicts silence before its first symbol (the start mark's frames) and behind its last (those of the final
marks and of the end mark). Joined as they are, the two would make one long hole, or a short one for a comma and a long
one for a full stop as chance has it; so the silence is cut to what the text asks for.

Lengths depend on the predicted frames alone and never on the samples: so an estimate made without the sound is exact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 24_000
FRAME_SAMPLES = 600
"""What the network makes of one predicted frame: 25 ms."""

LEAD_KEPT_SAMPLES = 3 * FRAME_SAMPLES
"""Kept before the first symbol, where there is so much: speech may set in up to three frames before its start."""
TAIL_KEPT_SAMPLES = 6 * FRAME_SAMPLES
"""Kept at most behind the last symbol of a segment: a room's decay. What comes after it sets its own pause."""
DECAY_SAMPLES = 2 * FRAME_SAMPLES
"""Kept behind the last symbol whatever the pause, where there is so much: sound that isn't over when its frames are."""

_FADE_IN_SAMPLES = SAMPLE_RATE_HZ * 5 // 1000
_FADE_OUT_SAMPLES = SAMPLE_RATE_HZ * 8 // 1000
_BLOCK_SAMPLES = SAMPLE_RATE_HZ * 5 // 1000
_SPEECH_LEVEL = 0.02
"""What counts as speech in the lead: a block's RMS as a share of the piece's peak (-34 dB), above breath."""


class Joined(NamedTuple):
    """What to send now, float32 `[n_samples]`; `shift` is a sample's place in the segment less that in the piece.

    It is negative where more was cut away than has been sent.
    """

    samples: NDArray[np.float32]
    shift: int


class _Cut(NamedTuple):
    lead: int
    tail: int
    silence: int


def joined_length(n_samples: int, lead_samples: int, tail_samples: int, pause_s: float, *, last: bool) -> int:
    """Return how many samples `Seams.join` makes of a piece of `n_samples`. ValueError as there."""
    cut = _cut(n_samples, lead_samples, tail_samples, pause_s, last=last)
    return n_samples - lead_samples - tail_samples + cut.lead + cut.tail + cut.silence


def _cut(n_samples: int, lead_samples: int, tail_samples: int, pause_s: float, *, last: bool) -> _Cut:
    if min(lead_samples, tail_samples) < 0 or lead_samples + tail_samples > n_samples:
        raise ValueError(f"a piece of {n_samples} samples can't have ends of {lead_samples} and {tail_samples}")
    if not 0 <= pause_s < np.inf:
        raise ValueError(f"a pause can't be {pause_s} s")
    lead = min(lead_samples, LEAD_KEPT_SAMPLES)
    if last:
        return _Cut(lead, min(tail_samples, TAIL_KEPT_SAMPLES), 0)
    pause = round(pause_s * SAMPLE_RATE_HZ)
    tail = min(tail_samples, max(pause, DECAY_SAMPLES))
    return _Cut(lead, tail, max(pause - tail, 0))


class Seams:
    """Joins the pieces of one segment, in their order.

    Between two pieces the distance from the end of the last spoken symbol to the beginning of the next one's first is
    the pause plus what is kept of the next one's lead (75 ms); 50 ms stand in for a shorter pause, so that no decay is
    cut off in mid-air. What the piece itself has behind its last symbol fills the pause as far as it goes, and silence
    the rest. Both ends fade within what is kept (a raised cosine, 5 ms in and 8 ms out); nothing overlaps.

    Where the model speaks earlier than the lead that is kept, a cut there would take the word's onset away. The lengths
    are fixed, so what is sent is another stretch of the same length: it begins as much earlier as the onset does and
    ends earlier, in what would have been pause. The decay's 50 ms stay, so that a pause of 0.30 s spares 0.25 s and the
    segment's end 0.10 s, while no room is left without a pause: there the fade has to do. The listener hears the pause
    as it was asked for, before the onset. `shift` tells where everything went, so that words are at their true places.
    """

    def __init__(self) -> None:
        self._n_sent = 0

    def join(
        self, samples: NDArray[np.float32], lead_samples: int, tail_samples: int, pause_s: float, last: bool
    ) -> Joined:
        """Return what to send of a piece's samples, mono float32 `[n_samples]`, and where they lie in the segment.

        `lead_samples` come before its first spoken symbol, `tail_samples` behind its last; `pause_s` is the pause to
        the next piece, which a `last` one has none of. The input isn't changed. ValueError if the ends are longer than
        the piece, or the pause isn't a length of time.
        """
        cut = _cut(samples.size, lead_samples, tail_samples, pause_s, last=last)
        n_out = joined_length(samples.size, lead_samples, tail_samples, pause_s, last=last)
        # Silence is spared first, then the tail above the decay.
        spare = cut.silence + max(0, cut.tail - DECAY_SAMPLES)
        begin = lead_samples - cut.lead
        begin -= min(spare, _early_samples(samples, begin))
        end = min(begin + n_out, samples.size - tail_samples + cut.tail)
        kept = samples[begin:end].copy()
        fade_in = min(_FADE_IN_SAMPLES, kept.size // 2)
        fade_out = min(_FADE_OUT_SAMPLES, kept.size // 2)
        kept[:fade_in] *= _ramp(fade_in)
        kept[kept.size - fade_out :] *= _ramp(fade_out)[::-1]
        out = np.zeros(n_out, np.float32)
        out[: kept.size] = kept
        joined = Joined(out, self._n_sent - begin)
        self._n_sent += n_out
        return joined


def _early_samples(samples: NDArray[np.float32], begin: int) -> int:
    """Return how much of what lies before `begin` is speech that goes on there, with room for the fade."""
    level = _SPEECH_LEVEL * float(np.abs(samples).max(initial=0.0))
    onset = begin
    while onset > 0:
        block = samples[max(onset - _BLOCK_SAMPLES, 0) : onset]
        if float(np.sqrt(np.mean(np.square(block)))) <= level:
            break
        onset -= block.size
    return 0 if onset == begin else min(begin - onset + _FADE_IN_SAMPLES, begin)


def _ramp(n_samples: int) -> NDArray[np.float32]:
    """Return a raised cosine from nearly 0 to nearly 1."""
    ramp: NDArray[np.float32] = (0.5 - 0.5 * np.cos(np.pi * (np.arange(n_samples) + 0.5) / max(n_samples, 1))).astype(
        np.float32
    )
    return ramp
