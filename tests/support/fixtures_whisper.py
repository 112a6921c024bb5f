"""Helpers for tests of the Whisper engine: speech, media files of many kinds, the small model, and runtimes."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from espeak_speech import SPEECH_RATE_HZ, spoken
from numpy.typing import NDArray
from paths import DATA

from voxweft.utils.settings import Settings
from voxweft.utils.streaming import (
    AdapterContext,
    Blob,
    Decoding,
    FilePayload,
    ParamValue,
    Payload,
    SegmentContext,
    StreamingSegment,
    TranscriptUpdate,
)
from voxweft.utils.streaming.runtime import Runtime

TINY = DATA / "tiny-whisper-en"
MODEL = "turbo"
"""The name of a model whose declared files are those of the small model."""
RATE_HZ = 16_000

FOX = "The quick brown fox jumps over the lazy dog."
SHOW = "Hello. Welcome to the show. Today is Monday. Thank you and goodbye."


class Kind(NamedTuple):
    """A kind of media file."""

    suffix: str
    codec: str
    rate_hz: int = 44_100
    layout: str = "mono"
    with_video: bool = False


KINDS = {
    "wav": Kind(".wav", "pcm_s16le"),
    "wav-8khz": Kind(".wav", "pcm_s16le", 8_000),
    "wav-16khz": Kind(".wav", "pcm_s16le", 16_000),
    "wav-float-stereo": Kind(".wav", "pcm_f32le", 48_000, "stereo"),
    "wav-5.1": Kind(".wav", "pcm_s24le", 44_100, "5.1"),
    "flac": Kind(".flac", "flac", 44_100, "stereo"),
    "mp3": Kind(".mp3", "libmp3lame", 44_100, "stereo"),
    "ogg-opus": Kind(".ogg", "libopus", 48_000),
    "m4a": Kind(".m4a", "aac", 44_100, "stereo"),
    "mp4-video": Kind(".mp4", "aac", 44_100, "stereo", with_video=True),
    "mkv-video": Kind(".mkv", "pcm_s16le", 32_000, with_video=True),
}


def speech(text: str = FOX, voice: str = "en-us") -> NDArray[np.float32]:
    """Return eSpeak NG's speech of a text: float32 `[n]` at `SPEECH_RATE_HZ`, read-only."""
    return spoken(text, voice)[0]


def silence(duration_s: float) -> NDArray[np.float32]:
    """Return silence of this duration at `SPEECH_RATE_HZ`."""
    return np.zeros(round(duration_s * SPEECH_RATE_HZ), np.float32)


def resampled(samples: NDArray[np.float32], rate_hz: int = RATE_HZ) -> NDArray[np.float32]:
    """Return speech at another rate."""
    import soxr

    return np.asarray(soxr.resample(samples, SPEECH_RATE_HZ, rate_hz), np.float32)


def write_media(path: Path, samples: NDArray[np.float32], kind: Kind = KINDS["wav-16khz"]) -> Path:
    """Write speech (`[n]` at `SPEECH_RATE_HZ`) to a file of a kind, and return its path."""
    import av

    with av.open(str(path), "w") as container:
        picture: Any = container.add_stream("mpeg4", rate=5) if kind.with_video else None
        if picture is not None:
            picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        stream: Any = container.add_stream(kind.codec, rate=kind.rate_hz, layout=kind.layout)
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis].copy(), format="flt", layout="mono")
        frame.sample_rate = SPEECH_RATE_HZ
        resampler = av.AudioResampler(stream.format.name, kind.layout, kind.rate_hz, stream.frame_size or 4096)
        for resampled_frame in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(resampled_frame))
        container.mux(stream.encode(None))
        if picture is not None:
            for number in range(5):
                shade = np.full((48, 64, 3), 50 * number, np.uint8)
                container.mux(picture.encode(av.VideoFrame.from_ndarray(shade, format="rgb24")))
            container.mux(picture.encode(None))
    return path


def file_segment(
    path: Path | str,
    start_s: float = 0.0,
    end_s: float | None = None,
    *,
    index: int = 0,
    language: str | None = None,
    prompt: str | None = None,
    **params: ParamValue,
) -> StreamingSegment:
    """Return a segment that recognizes a part of a file."""
    return segment(
        FilePayload(str(path), "digest", start_s, end_s), index=index, language=language, prompt=prompt, **params
    )


def segment(
    payload: Payload, *, index: int = 0, language: str | None = None, prompt: str | None = None, **params: ParamValue
) -> StreamingSegment:
    """Return a segment that recognizes a payload."""
    return StreamingSegment(
        index=index,
        payload=payload,
        engine="faster_whisper",
        model=MODEL,
        language=language,
        context=None if prompt is None else SegmentContext(prompt=prompt),
        params=params,
    )


class TranscriptPart(NamedTuple):
    """A segment of a transcript, in a form that allows comparison."""

    text: str
    start_s: float
    end_s: float
    words: tuple[tuple[str, float, float, float | None], ...]
    decoding: Decoding | None


def transcript_parts(updates: list[TranscriptUpdate]) -> list[TranscriptPart]:
    """Return the engine's updates in comparable form."""
    return [
        TranscriptPart(
            update.text,
            update.start_s,
            update.end_s,
            tuple((word.text, word.start_s, word.end_s, word.probability) for word in update.words),
            update.decoding,
        )
        for update in updates
    ]


def direct_transcript(audio: Path | NDArray[np.float32], **options: Any) -> list[TranscriptPart]:
    """Return the transcript of faster-whisper itself, with the same model and options, on the CPU in 8 bits."""
    from faster_whisper import BatchedInferencePipeline

    model = BatchedInferencePipeline(direct_model()) if "batch_size" in options else direct_model()
    segments = list(model.transcribe(str(audio) if isinstance(audio, Path) else audio, **options)[0])
    assert not any(found.temperature for found in segments), "sampled at random: use clearer speech"
    return [
        TranscriptPart(
            found.text,
            found.start,
            found.end,
            tuple((word.word, word.start, word.end, word.probability) for word in found.words or ()),
            Decoding(
                window_start_s=found.seek / 100,
                tokens=tuple(found.tokens),
                temperature=found.temperature or 0.0,
                mean_log_probability=found.avg_logprob,
                compression_ratio=found.compression_ratio,
                no_speech_probability=found.no_speech_prob,
            ),
        )
        for found in segments
    ]


@functools.cache
def direct_model() -> Any:
    """Return the small model, loaded by faster-whisper."""
    from faster_whisper import WhisperModel

    return WhisperModel(str(TINY), device="cpu", compute_type="int8", local_files_only=True)


def words_of(segments: list[TranscriptPart]) -> list[str]:
    """Return the words of a transcript."""
    return "".join(segment.text for segment in segments).split()


def context(folder: Path, *, device: str = "cpu", dtype: str = "auto") -> AdapterContext:
    """Return the context for loading an adapter."""
    return AdapterContext(
        model=MODEL,
        model_path=folder,
        device=device,
        dtype=dtype,
        params={},
        progress=lambda message, fraction: None,
        blob=_no_blob,
    )


@contextmanager
def open_runtime(home: Path, folder: Path = TINY, **settings: object) -> Iterator[Runtime]:
    """Yield a runtime on the CPU with all its files in `home`. Whisper's model is in `folder`."""
    values: dict[str, object] = {
        "cache_dir": home / "cache",
        "cache_bytes": 0,
        "models_home": home / "models",
        "device": "cpu",
    }
    runtime = Runtime(Settings(**(values | settings)), model_paths={"faster_whisper": folder})  # type: ignore[arg-type]
    try:
        yield runtime
    finally:
        runtime.close()


def never() -> bool:
    """Return False: the segment is not cancelled."""
    return False


def _no_blob(digest: str) -> Blob:
    raise KeyError(digest)
