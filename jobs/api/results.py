"""The results of the Python API: speech, speech in progress, and transcripts."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...media.audio.encode import AudioEncoder, format_of
from ...media.subtitles import TimedText
from ...media.subtitles.presets import layout_rules
from ...media.subtitles.transcript import TranscriptSegment
from ...media.subtitles.transcript_formats import TRANSCRIPT_FORMATS, write_transcript
from ...media.subtitles.write import write_subtitles
from ...utils.atomic_file import atomic_output
from ...utils.streaming.runtime import Runtime
from ..dub.report import DubReport
from ..progress import Progress
from ..requests.options import JobRequest
from ..run import run
from ..speak.job import SpeakJob
from ..speak.report import SpeakReport
from ..transcribe import TranscribeReport

SUBTITLE_FORMATS = ("srt", "vtt", "ass")
ReportT = TypeVar("ReportT", bound=SpeakReport | DubReport)


class Speech(Generic[ReportT]):
    """Finished speech.

    Attributes:
        samples: Mono audio, float32 `[n_samples]`, between -1 and 1.
        sample_rate: In Hz.
        report: Each segment or cue with its text, voice, status and position.
        subtitles: The spoken texts with their times in seconds, and their speakers.
    """

    def __init__(
        self, samples: NDArray[np.float32], sample_rate: int, report: ReportT, subtitles: Sequence[TimedText]
    ) -> None:
        self.samples = samples
        self.sample_rate = sample_rate
        self.report = report
        self.subtitles = subtitles

    @property
    def duration_s(self) -> float:
        """The length of the audio in seconds."""
        return self.samples.size / self.sample_rate

    def save(self, path: Path | str, *, bit_rate: int | None = None) -> None:
        """Write the audio to a file, which appears when it is complete.

        Args:
            path: Its suffix chooses the format: wav, flac, mp3, opus, m4a, aac or pcm.
            bit_rate: In bits per second, for mp3, opus, m4a and aac.

        Raises:
            ValueError: Unknown suffix, or a bit rate that the format doesn't have.
            OSError: The file can't be written.
        """
        kind = format_of(path)
        with (
            atomic_output(path) as file,
            AudioEncoder(file, kind, self.sample_rate, bit_rate=bit_rate) as encoder,
        ):
            encoder.write(self.samples)

    def save_subtitles(self, path: Path | str) -> None:
        """Write the subtitles to a file; its suffix chooses the format: srt, vtt or ass. ValueError for another one."""
        _write_text(path, write_subtitles(list(self.subtitles), _suffix(path, SUBTITLE_FORMATS)))

    def __repr__(self) -> str:
        return f"<Speech: {self.duration_s:.2f} s at {self.sample_rate} Hz>"


class SpeechStream:
    """Speech in progress: iterate over it once, for blocks of float32 mono samples `[n_samples]`.

    Nothing is synthesized before the iteration starts, and leaving the iteration cancels the rest.

    Attributes:
        sample_rate: In Hz.
    """

    def __init__(
        self,
        job: SpeakJob,
        request: JobRequest,
        runtime: Runtime,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.sample_rate = job.sample_rate
        self._job = job
        self._blocks = run(job, runtime, request.options, on_progress=on_progress)

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        """Yield the audio as it becomes final. SegmentError if a segment fails and failures aren't reported."""
        return self._blocks

    @property
    def report(self) -> SpeakReport:
        """The segments that are finished so far."""
        return self._job.report()

    @property
    def subtitles(self) -> list[TimedText]:
        """The texts that are spoken so far, with their times in seconds."""
        return self._job.subtitles()


class Transcript:
    """A finished transcript.

    Attributes:
        segments: The recognized segments: text, times in seconds, and words if requested.
        language: A BCP-47 tag: the given or the detected language; None if unknown.
        report: The engine and model, the duration, and the probability of a detected language.
    """

    def __init__(self, report: TranscribeReport) -> None:
        self.report = report
        self.language = report.language
        self.segments: tuple[TranscriptSegment, ...] = report.segments

    @functools.cached_property
    def text(self) -> str:
        """The whole text, a line for each segment."""
        return write_transcript(self.segments, "txt").removesuffix("\n")

    def save(self, path: Path | str, *, preset: str = "streaming") -> None:
        """Write the transcript to a file, which appears when it is complete.

        Args:
            path: Its suffix chooses the format: txt, srt, vtt, ass, tsv or json (with words).
            preset: The layout of subtitles: streaming, broadcast, short-form or dubbing.

        Raises:
            ValueError: Unknown suffix or preset.
            OSError: The file can't be written.
        """
        kind = _suffix(path, TRANSCRIPT_FORMATS)
        _write_text(path, write_transcript(self.segments, kind, layout_rules(preset, self.language)))

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Transcript: {len(self.segments)} segments, language {self.language}>"


def _suffix(path: Path | str, formats: Sequence[str]) -> str:
    suffix = Path(path).suffix.lower().removeprefix(".")
    if suffix not in formats:
        raise ValueError(f"unknown suffix of '{path}'; use {', '.join(f'.{suffix}' for suffix in formats)}")
    return suffix


def _write_text(path: Path | str, text: str) -> None:
    with atomic_output(path) as file:
        file.write(text.encode("utf-8"))
