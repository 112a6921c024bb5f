"""Decode media files, and audio of any rate, to Whisper's input: mono at 16 kHz.

A file's samples equal those of `faster_whisper.decode_audio` bit by bit: its first audio stream, converted to 16-bit
integers by FFmpeg's resampler. Unlike `decode_audio`, damaged packets are skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from ...media.audio.decode import AudioReader, check_finite
from ...media.errors import MediaError
from ...utils.streaming import AudioPayload
from .errors import WhisperError

RATE_HZ = 16_000
INT16_SCALE = np.float32(32768)


def decode_file(path: str, cancelled: Callable[[], bool] = lambda: False) -> Iterator[NDArray[np.int16]]:
    """Yield a file's samples from its start, int16 `[n]` at 16 kHz, in blocks of a few seconds.

    Ends early when `cancelled()`. WhisperError if the file doesn't exist, has no audio, or can't be decoded.
    """
    try:
        with AudioReader(path, sample_rate=RATE_HZ, sample_format="s16", cancelled=cancelled) as reader:
            yield from reader.blocks()
    except MediaError as error:
        raise WhisperError(str(error)) from error


def decode_payload(payload: AudioPayload) -> NDArray[np.float32]:
    """Return a payload's audio as float32 `[n]` at 16 kHz, resampled if necessary.

    WhisperError for a rate that isn't positive, an incomplete sample, and samples that aren't finite.
    """
    if payload.sample_rate <= 0:
        raise WhisperError(f"invalid sample rate '{payload.sample_rate}' Hz; it must be positive")
    if len(payload.pcm) % 4:
        raise WhisperError(f"{len(payload.pcm)} bytes of audio aren't a whole number of 32-bit samples")
    samples = np.frombuffer(payload.pcm, "<f4").astype(np.float32, copy=False)
    try:
        check_finite(samples, payload.sample_rate, 0, "the audio")
    except MediaError as error:
        raise WhisperError(str(error)) from error
    if payload.sample_rate == RATE_HZ or not samples.size:
        return samples
    frame = AudioFrame.from_ndarray(samples[np.newaxis], format="flt", layout="mono")
    frame.sample_rate = payload.sample_rate
    resampler = AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
    done = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([block.to_ndarray()[0] for block in done] or [np.empty(0, np.float32)])
