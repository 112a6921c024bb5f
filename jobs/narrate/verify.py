"""Verify a narration by recognition, and regenerate segments with a high word error rate."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from ...utils.streaming import SegmentFailed
from ..transcribe.progress import RecognitionProgress
from ..transcribe.recognizer import Recognizer
from ..transcribe.verify import Recording, Verification, verify
from .job import SpokenSegment
from .manifest import SegmentLine, SegmentVerification
from .run import NarrationRun, Poll

_MAX_IN_MEMORY = 16
"""Regenerated segments are held in memory until they are verified: at most this many."""

OnVerified = Callable[[RecognitionProgress], None]
"""Receives the progress after each verified segment, in seconds of audio."""


class VerifiedSegment(msgspec.Struct, frozen=True, kw_only=True):
    """A verified segment. `regenerations` counts its recordings with other seeds up to the one that is kept."""

    number: int
    chapter: int
    text: str
    verification: SegmentVerification
    file: str
    regenerations: int = 0


def verify_narration(
    run: NarrationRun,
    recognizer: Recognizer,
    *,
    regenerations: int = 0,
    max_wer: float = 0.0,
    on_verified: OnVerified | None = None,
    poll: Poll | None = None,
) -> list[VerifiedSegment]:
    """Verify every segment that has words, and return the results, the highest word error rate first.

    Segments that an earlier run verified are not recognized again. Segments with a word error rate above `max_wer` are
    regenerated with other seeds, at most `regenerations` times each; the recording with the lowest rate is kept.
    Segments of an engine without a seed are never regenerated.

    Raises:
        UnknownEngineError: The recognizer's engine doesn't exist.
        ValueError: The engine doesn't support one of the recognizer's settings.
    """
    recognizer.check(run.runtime.registry)
    lines = _lines(run)
    unverified = [number for number, line in lines.items() if line.verification is None]
    meter = _Meter([lines[number] for number in unverified], on_verified)
    for number, verification in _verified(run, lines, unverified, recognizer, poll):
        lines[number] = msgspec.structs.replace(lines[number], verification=verification)
        run.folder.put_line(lines[number])
        meter.add(lines[number])
    tries = dict.fromkeys(lines, 1)
    for _ in range(regenerations):
        bad = [number for number, line in lines.items() if _rate(line) > max_wer and run.job.can_regenerate(number)]
        for start in range(0, len(bad), _MAX_IN_MEMORY):
            part = bad[start : start + _MAX_IN_MEMORY]
            for number in part:
                run.job.regenerations[number] = lines[number].regeneration + tries[number]
                tries[number] += 1
            for line, spoken in _regenerated(run, part, recognizer, poll):
                if _rate(line) < _rate(lines[spoken.number]):
                    lines[spoken.number] = run.replace(line, spoken)
                    tries[spoken.number] = 1
            for number in part:
                run.job.regenerations.pop(number, None)
    found = (_verified_segment(line) for line in lines.values())
    return sorted(found, key=lambda segment: (-segment.verification.rate, segment.number))


class _Meter:
    """Counts the seconds of audio that are verified."""

    def __init__(self, lines: Sequence[SegmentLine], on_verified: OnVerified | None) -> None:
        self._total_s = sum(map(_duration_s, lines))
        self._done_s = 0.0
        self._began = time.monotonic()
        self._on_verified = on_verified

    def add(self, line: SegmentLine) -> None:
        self._done_s += _duration_s(line)
        if self._on_verified is not None:
            elapsed_s = time.monotonic() - self._began
            self._on_verified(RecognitionProgress(done_s=self._done_s, known_s=self._total_s, elapsed_s=elapsed_s))


def _lines(run: NarrationRun) -> dict[int, SegmentLine]:
    numbered = {number: run.kept(number) for number in run.job.numbers()}
    kept = {number: segment for number, segment in numbered.items() if segment is not None and segment.n_samples}
    lines = zip(kept, run.folder.lines(kept.values()), strict=True)
    return {number: line for number, line in lines if line.spoken_text or not line.performed}


def _verified(
    run: NarrationRun,
    lines: Mapping[int, SegmentLine],
    numbers: Sequence[int],
    recognizer: Recognizer,
    poll: Poll | None,
) -> Iterator[tuple[int, SegmentVerification]]:
    def recordings() -> Iterator[Recording]:
        for number in numbers:
            kept = run.kept(number)
            assert kept is not None, "it has a line"
            samples = run.folder.samples(kept, number)
            yield Recording(text=lines[number].spoken_text, samples=samples, sample_rate=kept.sample_rate)

    for verified in verify(recordings(), recognizer, run.runtime, poll=poll):
        yield numbers[verified.index], _for_manifest(verified)


def _regenerated(
    run: NarrationRun, numbers: Sequence[int], recognizer: Recognizer, poll: Poll | None
) -> Iterator[tuple[SegmentLine, SpokenSegment]]:
    ended = run.speak(numbers, poll=poll)
    spoken = [segment for segment in ended if not isinstance(segment, SegmentFailed) and segment.samples.size]
    lines = [run.job.line(segment) for segment in spoken]
    recordings = [
        Recording(text=line.spoken_text, samples=segment.samples, sample_rate=segment.sample_rate)
        for line, segment in zip(lines, spoken, strict=True)
    ]
    for verified in verify(recordings, recognizer, run.runtime, poll=poll):
        yield (
            msgspec.structs.replace(lines[verified.index], verification=_for_manifest(verified)),
            spoken[verified.index],
        )


def _duration_s(line: SegmentLine) -> float:
    return line.n_samples / line.sample_rate


def _rate(line: SegmentLine) -> float:
    assert line.verification is not None, "it is verified"
    return line.verification.rate


def _for_manifest(verified: Verification) -> SegmentVerification:
    return SegmentVerification(
        rate=round(verified.errors.rate, 4),
        errors=verified.errors.errors,
        recognized=verified.recognized,
        message=verified.message,
    )


def _verified_segment(line: SegmentLine) -> VerifiedSegment:
    assert line.verification is not None, "it is verified"
    return VerifiedSegment(
        number=line.number,
        chapter=line.chapter,
        text=line.text,
        verification=line.verification,
        file=line.file,
        regenerations=line.regeneration,
    )
