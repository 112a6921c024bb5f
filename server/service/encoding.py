"""Audio into bytes for a body: piece by piece, off the event loop where that takes more than a moment."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from typing import BinaryIO, Literal, cast

import numpy as np
from numpy.typing import NDArray

from ...media.audio.encode import AudioEncoder
from ...media.audio.encode import media_type as _media_type
from .speech_request import Piece

BodyFormat = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]
_OPENAI_PCM_HZ = 24_000
_BY_COPYING = ("wav", "pcm")


def media_type(body_format: BodyFormat) -> str:
    """Return the body's media type."""
    return "audio/pcm" if body_format == "pcm" else _media_type(body_format)


def rate_for(body_format: BodyFormat, native_hz: int) -> int:
    """Return the rate for who names none: the engine's own, but for raw samples the one that OpenAI's API has."""
    return _OPENAI_PCM_HZ if body_format == "pcm" else native_hz


class _Sink:
    """What an encoder writes into: a pipe in memory."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def seekable(self) -> bool:
        """What was sent can't be changed."""
        return False

    def take(self) -> bytes:
        """Return what came since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


class BodyEncoder:
    """Encodes float32 mono samples at `sample_rate` Hz into bytes.

    With a `file` they go there, and sizes are put right at the end; else each call returns those that the codec gives.
    """

    def __init__(
        self, body_format: BodyFormat, sample_rate: int, executor: Executor, file: BinaryIO | None = None
    ) -> None:
        self._sink = _Sink()
        # A block of a second is a few milliseconds of work for MP3 or Opus: too long for everybody else.
        self._executor = None if body_format in _BY_COPYING else executor
        target = cast("BinaryIO", self._sink) if file is None else file
        self._encoder = AudioEncoder(target, body_format, sample_rate, flush_each=file is None)

    async def write(self, samples: NDArray[np.float32]) -> bytes:
        """Take `[n_samples]` and return the bytes that are complete with them."""
        if len(samples):
            await self._do(lambda: self._encoder.write(samples))
        return self._sink.take()

    async def close(self) -> bytes:
        """Return the last bytes."""
        await self._do(self._encoder.close)
        return self._sink.take()

    def abandon(self) -> None:
        """Let go of it without an end."""
        self._encoder.abandon()

    async def _do(self, action: Callable[[], None]) -> None:
        if self._executor is None:
            action()
            return
        working = asyncio.get_running_loop().run_in_executor(self._executor, action)
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            # The thread is still in the encoder: what lets go of it must come after.
            await asyncio.wait([working])
            raise


@contextlib.asynccontextmanager
async def encoding(
    body_format: BodyFormat, sample_rate: int, executor: Executor, file: BinaryIO | None = None
) -> AsyncIterator[BodyEncoder]:
    """Give an encoder; one that isn't closed when the block ends is abandoned."""
    encoder = BodyEncoder(body_format, sample_rate, executor, file)
    try:
        yield encoder
    finally:
        encoder.abandon()


async def encode_whole(
    pieces: AsyncIterator[Piece], encoder: BodyEncoder, on_piece: Callable[[Piece], None] = lambda _piece: None
) -> None:
    """Write all pieces and the end."""
    async for piece in pieces:
        on_piece(piece)
        await encoder.write(piece.samples)
    await encoder.close()
