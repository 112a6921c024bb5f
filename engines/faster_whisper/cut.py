"""Find where to cut a long recording: in the longest silence of a part's last minutes, or at its quietest position."""

from __future__ import annotations

import numpy as np
from faster_whisper.vad import VadOptions, get_speech_timestamps
from numpy.typing import NDArray

from .decode import INT16_SCALE, RATE_HZ

QUIET_S = 0.2
"""Length of the window for the quietest position, if there is no silence."""
_STEP_S = 0.01

# No padding around speech, so that each silence keeps its full length.
_VAD = VadOptions(min_silence_duration_ms=100, speech_pad_ms=0)


def find_cut(samples: NDArray[np.int16], search_s: float) -> int:
    """Return the sample to cut at, within the last `search_s` of int16 `[n]` at 16 kHz; 0 for no samples.

    It is the middle of the longest silence that Silero VAD finds there, else of the quietest 200 ms.
    """
    begin = max(samples.size - round(search_s * RATE_HZ), 0)
    tail = samples[begin:].astype(np.float32) / INT16_SCALE
    if not tail.size:
        return begin
    silence = _longest_silence(tail)
    return begin + (_quietest(tail) if silence is None else silence)


def _longest_silence(audio: NDArray[np.float32]) -> int | None:
    spoken = get_speech_timestamps(audio, _VAD)
    edges: list[int] = [0, *(edge for speech in spoken for edge in (speech["start"], speech["end"])), audio.size]
    silences = [(end - start, start) for start, end in zip(edges[::2], edges[1::2], strict=True) if end > start]
    if not silences:
        return None
    length, start = max(silences)
    return start + length // 2


def _quietest(audio: NDArray[np.float32]) -> int:
    step, n_steps = round(_STEP_S * RATE_HZ), round(QUIET_S / _STEP_S)
    energy = np.add.reduceat(audio.astype(np.float64) ** 2, np.arange(0, audio.size, step))
    if energy.size <= n_steps:
        return audio.size // 2
    sums = np.convolve(energy, np.ones(n_steps), "valid")
    return int(np.argmin(sums)) * step + n_steps * step // 2
