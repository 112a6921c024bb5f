"""A recording as the network continues it: its sound with a silence at the end, and its words with a full stop."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ...text.punctuation import CLOSERS, TERMINATORS, is_ideographic
from .errors import F5Error
from .lengths import HOP_SAMPLES, LIMIT_FRAMES, RATE_HZ, Pace, pace_of
from .package import Package
from .sounds import sounds
from .vocabulary import Vocabulary

_SILENCE_S = 0.05
"""Added at the end: the speech then follows a silence, and its first frame has no part of the recording's last word."""


class Reference(NamedTuple):
    """A prepared recording.

    Args:
        mel: Its mel spectrogram, `[n_frames + 1, channels]`: frames are centered on multiples of `HOP_SAMPLES`, from
            0 to the end.
        text: Its words, with a mark and a space at the end, so that other words can follow.
        n_frames: Its length with the silence.
        pace: That of its speaker.
    """

    mel: Any
    text: str
    n_frames: int
    pace: Pace

    def copy(self) -> Reference:
        """Return an independent copy."""
        return self._replace(mel=self.mel.clone())

    @property
    def n_bytes(self) -> int:
        """Its size."""
        return int(self.mel.numel() * self.mel.element_size()) + len(self.text)


def prepare(package: Package, vocabulary: Vocabulary, samples: NDArray[np.float32], transcript: str) -> Reference:
    """Return a recording, `[n_samples]` at 24 kHz, prepared. F5Error if its transcript can't be used."""
    try:
        text = sentence(vocabulary, transcript)
    except F5Error as error:
        raise F5Error(f"the transcript of the recording can't be used: {error}") from error
    n_frames = math.ceil((samples.size + _SILENCE_S * RATE_HZ) / HOP_SAMPLES)
    n_signs = len(vocabulary.rows(text))
    if n_signs > LIMIT_FRAMES:  # each needs a frame
        raise F5Error(
            f"the transcript of the recording has {n_signs} letters for {samples.size / RATE_HZ:.1f} s; write only "
            "what is said in the recording"
        )
    sound = torch.zeros(1, n_frames * HOP_SAMPLES)
    sound[0, : samples.size] = torch.from_numpy(samples.copy())
    with torch.inference_mode():
        mel = package.mel(sound)[0].T.contiguous()
    return Reference(mel, text, n_frames, pace_of(samples.size / HOP_SAMPLES, sounds(text)))


def sentence(vocabulary: Vocabulary, transcript: str) -> str:
    """Return the words of a recording as a sentence after which another one begins."""
    text = vocabulary.written(transcript).rstrip(" ,;:-–—、，；：")
    if not any(map(str.isalnum, text)):
        raise F5Error("it has no words; write the words of the recording into the text file next to it")
    last = text.rstrip(CLOSERS + " ")[-1:]
    if last not in TERMINATORS:
        text += "。" if is_ideographic(last) and vocabulary.has("。") else "."
    return text if text[-1] in "。！？" else text + " "
