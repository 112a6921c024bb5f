"""Recordings that a node was given, as files that the recognition's worker reads, and listening to them on the host."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any

from comfy.model_management import throw_exception_if_processing_interrupted

from ...jobs.progress import Progress
from ...jobs.transcribe import Listening, Recogniser, TranscribeReport, listen, transcribe
from ...media.audio.wav import WavWriter
from ...utils.streaming.job import StreamOptions
from ...utils.streaming.runtime import Runtime
from ..comfy.audio import Recorded, read_audio
from ..comfy.memory import present_workers, room_for
from ..comfy.progress import HostProgress

_PARTS = 1000
"""Steps of the bar for one recording."""


class Sources:
    """The recordings of an AUDIO, or the sound of a VIDEO, each as a file; what was written is gone at the end."""

    def __init__(self, audio: Any, video: Any) -> None:
        if (audio is None) == (video is None):
            raise ValueError(
                "connect 'audio' or 'video', one of the two" + ("" if audio is None else ": both are connected")
            )
        self._items: list[Recorded] = [] if audio is None else read_audio("audio", audio)
        self._video = video
        self._folder = tempfile.TemporaryDirectory(prefix="voxweft-", ignore_cleanup_errors=True)

    def __len__(self) -> int:
        return len(self._items) or 1

    def __enter__(self) -> Sources:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    def files(self) -> Iterator[Path]:
        """Yield one file a recording, written when its turn comes."""
        if self._video is not None:
            yield self._video_file()
        for number, item in enumerate(self._items):
            file = self._wav(item, f"{number}.wav")
            yield file
            file.unlink()

    def _wav(self, item: Recorded, name: str) -> Path:
        file = Path(self._folder.name) / name
        with file.open("wb") as sink, WavWriter(sink, item.sample_rate, float32=True) as wav:
            wav.write(item.mono)
        return file

    def _video_file(self) -> Path:
        try:
            source = self._video.get_stream_source()
        except ValueError:
            # ComfyUI 0.3.64 can't write into memory a video that was made of images; its sound lies there as it is.
            return self._wav(read_audio("video", self._video.get_components().audio)[0], "video.wav")
        if not isinstance(source, BytesIO):
            return Path(source)
        file = Path(self._folder.name) / "video"
        file.write_bytes(source.getbuffer())
        return file


def transcribe_on_host(
    sources: Sources, recogniser: Recogniser, runtime: Runtime, *, node_id: str | None
) -> list[TranscribeReport]:
    """Return a report for each recording, one after the other. Cancel comes through as it is."""
    progress = HostProgress(len(sources) * _PARTS, node_id)
    reports: list[TranscribeReport] = []
    room_for(recogniser.engine, recogniser.model, runtime)

    def poll() -> None:
        throw_exception_if_processing_interrupted()
        progress.flush()

    def show(state: Listening) -> None:
        part = state.done_s / state.known_s if state.known_s else 0.0
        message = state.message or f"{state.done_s:.0f} of {state.known_s:.0f} s heard"
        done = round((len(reports) + min(part, 1.0)) * _PARTS)
        progress.update(Progress(segments_done=done, message=message))

    try:
        for file in sources.files():
            job = transcribe(file, recogniser, runtime)
            for _ in listen(job, runtime, StreamOptions(), on_progress=show, poll=poll):
                pass
            reports.append(job.report())
        progress.update(Progress(segments_done=len(sources) * _PARTS, message="all of it was heard"))
        progress.flush(now=True)
    finally:
        present_workers(runtime)
    return reports
