"""Encode audio for a response body chunk by chunk, in a thread if the codec is slow."""

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
from .speech_request import SpeechChunk

BodyFormat = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]
_OPENAI_PCM_HZ = 24_000
_UNCOMPRESSED = ("wav", "pcm")


def media_type(body_format: BodyFormat) -> str:
    """Return the body's media type."""
    return "audio/pcm" if body_format == "pcm" else _media_type(body_format)


def default_rate(body_format: BodyFormat, native_hz: int) -> int:
    """Return the default sample rate in Hz: the engine's rate, but 24,000 for PCM, as in OpenAI's API."""
    return _OPENAI_PCM_HZ if body_format == "pcm" else native_hz


class _MemoryPipe:
    """A file object that keeps an encoder's bytes until `take`."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: writes are never buffered."""

    def seekable(self) -> bool:
        """Return False: bytes that were sent can't be changed."""
        return False

    def take(self) -> bytes:
        """Return the bytes written since the last call."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


class BodyEncoder:
    """Encodes float32 mono samples at `sample_rate` Hz.

    With a `file`, it writes the bytes there and corrects the header's sizes at the end. Without one, each call
    returns the bytes that the codec has finished.
    """

    def __init__(
        self, body_format: BodyFormat, sample_rate: int, executor: Executor, file: BinaryIO | None = None
    ) -> None:
        self._pipe = _MemoryPipe()
        # A second of audio takes MP3 or Opus a few milliseconds: too long to block the event loop.
        self._executor = None if body_format in _UNCOMPRESSED else executor
        target = cast("BinaryIO", self._pipe) if file is None else file
        self._encoder = AudioEncoder(target, body_format, sample_rate, flush_each=file is None)

    async def write(self, samples: NDArray[np.float32]) -> bytes:
        """Encode `[n_samples]` and return the bytes that are finished."""
        if len(samples):
            await self._run(lambda: self._encoder.write(samples))
        return self._pipe.take()

    async def close(self) -> bytes:
        """Finish the encoding and return the last bytes."""
        await self._run(self._encoder.close)
        return self._pipe.take()

    def abandon(self) -> None:
        """Release the encoder without finishing."""
        self._encoder.abandon()

    async def _run(self, action: Callable[[], None]) -> None:
        if self._executor is None:
            action()
            return
        encoding = asyncio.get_running_loop().run_in_executor(self._executor, action)
        try:
            await asyncio.shield(encoding)
        except asyncio.CancelledError:
            # The thread still uses the encoder: it must not be released yet.
            await asyncio.wait([encoding])
            raise


@contextlib.asynccontextmanager
async def open_encoder(
    body_format: BodyFormat, sample_rate: int, executor: Executor, file: BinaryIO | None = None
) -> AsyncIterator[BodyEncoder]:
    """Yield an encoder; it is released at the end of the block, finished or not."""
    encoder = BodyEncoder(body_format, sample_rate, executor, file)
    try:
        yield encoder
    finally:
        encoder.abandon()


async def encode_whole(
    chunks: AsyncIterator[SpeechChunk],
    encoder: BodyEncoder,
    on_chunk: Callable[[SpeechChunk], None] = lambda _chunk: None,
) -> None:
    """Encode all chunks and finish."""
    async for chunk in chunks:
        on_chunk(chunk)
        await encoder.write(chunk.samples)
    await encoder.close()
