"""The sound of one piece, while its tokens are drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..speech_tokens.windows import Window, WindowPlan
from .codec import RATE_HZ, TOKEN_SAMPLES, Codec
from .prompt import VoiceTokens
from .upsampler import FACTOR, FlashSR, PieceUpsampler

_CONTEXT_TOKENS = 60
"""Further back, no token changes what is heard."""


class PieceSound:
    """Decodes a piece's tokens in windows, whose cost doesn't depend on what was spoken before.

    Args:
        codec: The model's codec.
        voice: Whose voice.
        upsampler: What makes 48 kHz of its sound; None for 16 kHz.
        chunk_tokens: How many tokens a window adds.
        ahead_tokens: How many tokens after them it needs.
    """

    def __init__(
        self, codec: Codec, voice: VoiceTokens, upsampler: FlashSR | None, *, chunk_tokens: int, ahead_tokens: int
    ) -> None:
        self._codec = codec
        self._voice = voice
        self._upsampler = PieceUpsampler(upsampler) if upsampler is not None else None
        self.sample_rate = RATE_HZ * (FACTOR if upsampler is not None else 1)
        self._plan = WindowPlan(first=chunk_tokens, longest=chunk_tokens, context=_CONTEXT_TOKENS, ahead=ahead_tokens)
        self._tokens: list[int] = []

    def push(self, token: int) -> NDArray[np.float32]:
        """Return the samples that a token makes final, often none."""
        self._tokens.append(token)
        window = self._plan.next(len(self._tokens))
        return np.zeros(0, dtype=np.float32) if window is None else self._decoded(window, last=False)

    def finish(self, n_good: int) -> NDArray[np.float32]:
        """Return the samples that are left, up to a number of tokens (all that were sent stay)."""
        n_tokens = max(self._plan.n_sent, min(n_good, len(self._tokens)))
        return self._decoded(self._plan.last(n_tokens), last=True)

    def _decoded(self, window: Window, *, last: bool) -> NDArray[np.float32]:
        sound: NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        if window.final > window.new:
            decoded = self._codec.decode(self._tokens[window.begin : window.end], self._voice)
            begin, end = (TOKEN_SAMPLES * (place - window.begin) for place in (window.new, window.final))
            sound = np.clip(decoded[begin:end], -1.0, 1.0)
        return sound if self._upsampler is None else np.clip(self._upsampler.push(sound, last=last), -1.0, 1.0)
