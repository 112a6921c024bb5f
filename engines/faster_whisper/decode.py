"""Media files, and audio of any rate, as what Whisper hears: mono at 16 kHz.

A file's samples are, bit for bit, those of `faster_whisper.decode_audio`: its first audio stream, converted to 16-bit
integers by FFmpeg's resampler. Unlike there, a damaged packet is left out and the rest kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from ...media.audio import media_file as media
from ...media.audio.decode import AudioReader, check_finite
from ...utils.streaming import AudioPayload
from .errors import MediaError

RATE_HZ = 16_000
INT16_SCALE = np.float32(32768)


def decode_file(path: str, cancelled: Callable[[], bool] = lambda: False) -> Iterator[NDArray[np.int16]]:
    """Yield a file's samples from its begin, int16 `[n]` at 16 kHz, some seconds each; none for a stream of no length.

    MediaError if it isn't there, isn't media, has no audio, or holds nothing that can be decoded. It ends early when
    `cancelled()`.
    """
    try:
        with AudioReader(path, sample_rate=RATE_HZ, sample_format="s16", cancelled=cancelled) as reader:
            yield from reader.blocks()
    except media.MediaError as error:
        raise MediaError(str(error)) from error


def decode_payload(payload: AudioPayload) -> NDArray[np.float32]:
    """Return a payload's audio as float32 `[n]` at 16 kHz, as it is if it has that rate.

    MediaError for a rate that isn't positive, for bytes that aren't whole samples, and for samples that aren't numbers.
    """
    if payload.sample_rate <= 0:
        raise MediaError(f"audio can't have a rate of {payload.sample_rate} Hz")
    if len(payload.pcm) % 4:
        raise MediaError(f"{len(payload.pcm)} bytes aren't whole samples of 32 bits: the audio was cut in mid-sample")
    samples = np.frombuffer(payload.pcm, "<f4").astype(np.float32, copy=False)
    try:
        check_finite(samples, payload.sample_rate, 0, "the audio")
    except media.MediaError as error:
        raise MediaError(str(error)) from error
    if payload.sample_rate == RATE_HZ or not samples.size:
        return samples
    frame = AudioFrame.from_ndarray(samples[np.newaxis], format="flt", layout="mono")
    frame.sample_rate = payload.sample_rate
    resampler = AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
    done = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([piece.to_ndarray()[0] for piece in done] or [np.empty(0, np.float32)])
