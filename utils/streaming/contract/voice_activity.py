"""The messages of the voice activity helper."""

from __future__ import annotations

import msgspec


class VadRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Frames to score: `pcm` is mono float32, little-endian, `[n_frames * 512]` as bytes, at 16 kHz.

    `state` is the `state` of the reply to the frames before, empty at the beginning of a stream: the helper keeps
    nothing between requests.
    """

    pcm: bytes
    state: bytes = b""


class VadReply(msgspec.Struct, frozen=True, kw_only=True):
    """The probability of speech in each frame, 0 to 1, and the state after the last one."""

    probabilities: tuple[float, ...]
    state: bytes
