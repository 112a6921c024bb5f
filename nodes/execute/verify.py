"""Cut spoken segments out of an AUDIO, and verify them in ComfyUI's thread."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from comfy.model_management import throw_exception_if_processing_interrupted

from ...jobs.progress import Progress
from ...jobs.transcribe import RecognitionProgress, Recognizer, Recording, Verification, highest_error_rates, verify
from ...utils.streaming.runtime import Runtime
from ..comfy.audio import AudioItem
from ..comfy.commands import runnable_commands
from ..comfy.memory import free_host_memory, present_workers
from ..comfy.progress import HostProgress


class _Segment(msgspec.Struct, frozen=True):
    text: str
    start_sample: int
    end_sample: int
    status: str = "spoken"
    spoken_text: str | None = None

    @property
    def words(self) -> str:
        """The text of a segment, or what was spoken of a cue's."""
        return self.text if self.spoken_text is None else self.spoken_text


class _Timings(msgspec.Struct, frozen=True):
    """The fields that Speak's timings (`segments`) and Dub's report (`cues`) share."""

    sample_rate: int
    segments: tuple[_Segment, ...] = ()
    cues: tuple[_Segment, ...] = ()


class Numbered(NamedTuple):
    """A recording of a segment, and the segment's number, counted from 1."""

    number: int
    recording: Recording


def recordings_of(audio: Sequence[AudioItem], timings: str) -> list[Numbered]:
    """Return the recording of each spoken segment, by Speak's timings or Dub's report.

    Segments without words or audio are skipped. ValueError if the timings do not belong to the audio.
    """
    try:
        parsed = msgspec.json.decode(timings, type=_Timings)
    except msgspec.DecodeError as error:
        raise ValueError(f"'timings' is neither Speak's timings nor Dub's report: {error}") from error
    if len(audio) != 1:
        raise ValueError(f"'audio' has {len(audio)} recordings, but 'timings' describes one")
    samples, rate = audio[0].mono, audio[0].sample_rate
    segments = parsed.segments or parsed.cues
    end_sample = max((segment.end_sample for segment in segments), default=0)
    if rate != parsed.sample_rate or end_sample > len(samples):
        raise ValueError(
            f"'timings' does not belong to 'audio': it describes {end_sample} samples at {parsed.sample_rate} Hz, but "
            f"the audio has {len(samples)} at {rate} Hz"
        )
    return [
        Numbered(
            number,
            Recording(text=segment.words, samples=samples[segment.start_sample : segment.end_sample], sample_rate=rate),
        )
        for number, segment in enumerate(segments, 1)
        if segment.end_sample > segment.start_sample and segment.words
    ]


@runnable_commands()
def verify_on_host(
    recordings: Sequence[Numbered], recognizer: Recognizer, runtime: Runtime, *, node_id: str | None
) -> list[tuple[int, Verification]]:
    """Return each segment's number and verification. Cancel raises ComfyUI's interruption."""
    if not recordings:
        raise ValueError("'timings' has no spoken segment; there is nothing to verify")
    progress = HostProgress(None, node_id)
    lengths_s = [segment.recording.samples.size / segment.recording.sample_rate for segment in recordings]
    began = time.monotonic()
    free_host_memory(recognizer.engine, recognizer.model, runtime)
    done: list[tuple[int, Verification]] = []
    try:
        verifications = verify(
            [segment.recording for segment in recordings],
            recognizer,
            runtime,
            poll=throw_exception_if_processing_interrupted,
        )
        for numbered, verification in zip(recordings, verifications, strict=True):
            done.append((numbered.number, verification))
            state = RecognitionProgress(
                done_s=sum(lengths_s[: len(done)]), known_s=sum(lengths_s), elapsed_s=time.monotonic() - began
            )
            progress.update(Progress(fraction_done=state.fraction_done, message=state.text))
    finally:
        present_workers(runtime)
    progress.flush(now=True)
    return done


def verification_outputs(
    verifications: Sequence[tuple[int, Verification]], worst_count: int
) -> tuple[str, str, str, float]:
    """Return the report as JSON, the worst segments as lines and as numbers, and the overall word error rate."""
    numbers = {result.index: number for number, result in verifications}
    worst = highest_error_rates((result for _, result in verifications), worst_count)
    lines = [
        f"{numbers[result.index]}: {result.errors.rate:.0%}  {result.text!r} was recognized as {result.recognized!r}"
        for result in worst
    ]
    words = sum(result.errors.words for _, result in verifications)
    rate = sum(result.errors.errors for _, result in verifications) / max(1, words)
    report = {
        "wer": rate,
        "words": words,
        "segments": [
            {
                "number": number,
                "text": result.text,
                "recognized": result.recognized,
                "wer": result.errors.rate,
                "errors": result.errors.errors,
                "message": result.message,
            }
            for number, result in verifications
        ],
    }
    return (
        msgspec.json.encode(report).decode(),
        "\n".join(lines),
        ", ".join(str(numbers[result.index]) for result in worst),
        rate,
    )
