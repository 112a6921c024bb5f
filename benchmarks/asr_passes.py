"""Compare the model's work for live transcription with plain local agreement on the same audio."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxweft.jobs.transcribe import Recognizer
from voxweft.text.wer import word_error_rate
from voxweft.utils.streaming import AudioPayload, StreamingSegment
from voxweft.utils.streaming.event_stream import EventStream
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.runtime import Runtime

from .asr_clock import Clock
from .asr_engine import work_seconds
from .asr_live import Live, lag_figures, lags_s, listen_live
from .asr_plain import listen_plainly
from .asr_speech import RATE_HZ, Recording
from .program import Program

_Window = tuple[float, float, str]


class Windows:
    """Records the windows that a live session recognizes."""

    def __init__(self) -> None:
        self._audio: list[NDArray[np.float32]] = []
        self._prompts: list[str] = []

    def record_from(self, runtime: Runtime) -> None:
        """Record the segments of the runtime's live streams from now on."""
        stream_live = runtime.stream_live

        def recorded(segments: AsyncIterable[StreamingSegment], options: StreamOptions | None = None) -> EventStream:
            return stream_live(self._record(segments), options)

        runtime.stream_live = recorded  # type: ignore[method-assign]

    async def _record(self, segments: AsyncIterable[StreamingSegment]) -> AsyncIterator[StreamingSegment]:
        async for segment in segments:
            assert isinstance(segment.payload, AudioPayload)
            self._audio.append(np.frombuffer(segment.payload.pcm, "<f4"))
            self._prompts.append((segment.context.prompt or "") if segment.context else "")
            yield segment

    def write(self, file: Path) -> list[_Window]:
        """Write all windows into one .npy file; return each one's start, end and prompt."""
        np.save(file, np.concatenate(self._audio), allow_pickle=False)
        ends_s = np.cumsum([len(audio) for audio in self._audio]) / RATE_HZ
        return [
            (end_s - len(audio) / RATE_HZ, end_s, prompt)
            for audio, end_s, prompt in zip(self._audio, ends_s.tolist(), self._prompts, strict=True)
        ]


def measure_passes(
    recording: Recording,
    recognizer: Recognizer,
    plain_recognizer: Recognizer,
    options: dict[str, Any],
    runtime: Runtime,
    direct: Program,
    scratch: Path,
) -> tuple[dict[str, float], Live]:
    """Return the ratio of encoder passes and decoder tokens to plain agreement's, and the live session's words.

    Both recognize the same recording with the same worker and clock (waits skipped, work in processor seconds). The
    library then repeats the windows of each and counts. `options` are the library's names for the settings of
    `recognizer`.
    """
    windows = Windows()
    windows.record_from(runtime)
    clock_s = work_seconds(runtime)
    live = listen_live(recording, recognizer, runtime, lambda: Clock(skips=True, work_s=clock_s))
    plain, plain_windows = listen_plainly(
        recording, plain_recognizer, runtime, lambda: Clock(skips=True, work_s=clock_s)
    )
    ours = direct.ask(
        "count", file=str(scratch / "ours.npy"), windows=windows.write(scratch / "ours.npy"), options=options
    )
    np.save(scratch / "plain.npy", recording.samples, allow_pickle=False)
    theirs = direct.ask("count", file=str(scratch / "plain.npy"), windows=plain_windows, options=options)
    figures = {
        "encoder_pass_ratio": ours["passes"] / theirs["passes"],
        "decoder_token_ratio": ours["tokens"] / theirs["tokens"],
        "decoder_prompt_ratio": ours["prompt_tokens"] / theirs["prompt_tokens"],
        "encoder_passes_per_s": ours["passes"] / recording.duration_s,
        "decoder_tokens_per_s": ours["tokens"] / recording.duration_s,
        "plain_wer": word_error_rate(recording.text, plain.text).rate,
        **lag_figures("plain_", lags_s(recording, plain)),
        **lag_figures("clock_", lags_s(recording, live)),
    }
    return figures, live
