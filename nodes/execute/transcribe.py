"""Write a node's recordings to files, and transcribe them in ComfyUI's thread."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any

from comfy.model_management import throw_exception_if_processing_interrupted

from ...jobs.progress import Progress
from ...jobs.transcribe import RecognitionProgress, Recognizer, TranscribeReport, stream_transcript, transcribe
from ...media.audio.wav import WavWriter
from ...utils.streaming.job import StreamOptions
from ...utils.streaming.runtime import Runtime
from ..comfy.audio import AudioItem, read_audio
from ..comfy.commands import runnable_commands
from ..comfy.memory import free_host_memory, present_workers
from ..comfy.progress import HostProgress


class Sources:
    """The recordings of an AUDIO, or the sound of a VIDEO, as files. Temporary files are deleted on exit."""

    def __init__(self, audio: Any, video: Any) -> None:
        if (audio is None) == (video is None):
            raise ValueError("connect 'audio' or 'video'" + ("" if audio is None else ", not both: both are connected"))
        self._items: list[AudioItem] = [] if audio is None else read_audio("audio", audio)
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
        """Yield one file per recording, written on demand and deleted after use."""
        if self._video is not None:
            yield self._video_file()
        for number, item in enumerate(self._items):
            file = self._wav(item, f"{number}.wav")
            yield file
            file.unlink()

    def _wav(self, item: AudioItem, name: str) -> Path:
        file = Path(self._folder.name) / name
        with file.open("wb") as sink, WavWriter(sink, item.sample_rate, float32=True) as wav:
            wav.write(item.mono)
        return file

    def _video_file(self) -> Path:
        try:
            source = self._video.get_stream_source()
        except ValueError:
            # ComfyUI 0.3.64 cannot encode a video made of images into memory. Its sound is available directly.
            return self._wav(read_audio("video", self._video.get_components().audio)[0], "video.wav")
        if not isinstance(source, BytesIO):
            return Path(source)
        file = Path(self._folder.name) / "video"
        file.write_bytes(source.getbuffer())
        return file


@runnable_commands()
def transcribe_on_host(
    sources: Sources, recognizer: Recognizer, runtime: Runtime, *, node_id: str | None
) -> list[TranscribeReport]:
    """Transcribe the recordings one after the other and return their reports. Cancel raises ComfyUI's interruption."""
    progress = HostProgress(None, node_id)
    reports: list[TranscribeReport] = []
    free_host_memory(recognizer.engine, recognizer.model, runtime)

    def poll() -> None:
        throw_exception_if_processing_interrupted()
        progress.flush()

    def show(state: RecognitionProgress) -> None:
        fraction = (len(reports) + (state.fraction_done or 0.0)) / len(sources)
        recording = f"recording {len(reports) + 1} of {len(sources)}: " if len(sources) > 1 else ""
        progress.update(Progress(fraction_done=fraction, message=recording + state.text))

    try:
        for file in sources.files():
            job = transcribe(file, recognizer, runtime)
            for _ in stream_transcript(job, runtime, StreamOptions(), on_progress=show, poll=poll):
                pass
            reports.append(job.report())
        total_s = sum(report.duration_s for report in reports)
        progress.update(Progress(fraction_done=1.0, message=f"{total_s:.1f} s transcribed"))
        progress.flush(now=True)
    finally:
        present_workers(runtime)
    return reports
