"""Run a narration: speak the missing segments and write the output files until everything is complete."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence

import msgspec

from ...utils.streaming import SegmentFailed, StreamingSegment
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.job import StreamOptions
from ...utils.streaming.runtime import Runtime
from ..errors import NarrationError
from ..levels.leveling import VoiceLevel
from ..licenses import UsedLicense, licenses_of
from ..progress import ListedSize, Progress, ProgressMeter
from .chapter_audio import chapter_spans
from .folder import KeptSegment, NarrationFolder
from .job import NarrateJob, SpokenSegment
from .manifest import BOOK, Line, SegmentLine
from .render import Renderer
from .stage_state import StageState

_MAX_ROUNDS = 3
"""A limit for disks that damage new files: each round repeats the damaged segments of the one before."""
_MAX_ENCODERS = 4

OnProgress = Callable[[Progress], None]
Poll = Callable[[], None]


class NarratedChapter(msgspec.Struct, frozen=True, kw_only=True):
    """A narrated chapter. `files` are names in the folder; `failed` are segment numbers."""

    number: int
    title: str
    segments: int
    duration_s: float
    files: tuple[str, ...]
    lufs: float | None = None
    gain_db: float = 0.0
    failed: tuple[int, ...] = ()


class NarrateReport(msgspec.Struct, frozen=True, kw_only=True):
    """The report of a run. `made` segments were spoken, `cached` of them from the cache; `kept` already existed.

    `notes` say what the engines don't support, and what happens instead.
    """

    folder: str
    sample_rate: int
    duration_s: float
    chapters: tuple[NarratedChapter, ...]
    book_file: str
    made: int
    cached: int
    kept: int
    failed: tuple[tuple[int, str], ...]
    damaged_lines: int
    notes: tuple[str, ...] = ()
    voice_notes: tuple[str, ...] = ()
    """What users should know of the recordings that the speakers imitate."""
    levels: tuple[VoiceLevel, ...] = ()
    """The gains of the voices; empty if levels are off."""
    licenses: tuple[UsedLicense, ...] = ()
    """The licenses of the models that speak."""


class NarrationRun:
    """A run of a job. It locks the folder until it is closed; use it in a `with` statement."""

    def __init__(
        self, job: NarrateJob, runtime: Runtime, options: StreamOptions | None = None, *, restart: bool = False
    ) -> None:
        self.job = job
        self.runtime = runtime
        self.options = options or StreamOptions()
        self.folder = NarrationFolder(job.folder)
        self.made = self.cached = 0
        self.failed: dict[int, str] = {}
        self.on_spoken: Callable[[SpokenSegment], None] | None = None
        """Called with each segment that was spoken and stored, in order, for live listening."""
        self._has_book = False
        try:
            self.folder.begin(job.book_line, job.plan.identities, restart=restart)
        except BaseException:
            self.folder.close()
            raise

    def __enter__(self) -> NarrationRun:
        return self

    def __exit__(self, *_: object) -> None:
        self.folder.close()

    def regenerate(self, numbers: Collection[int]) -> None:
        """Schedule segments to be regenerated with another seed. ValueError for a segment that can't be regenerated."""
        self.job.check_regenerate(sorted(numbers))
        for number in numbers:
            kept = self.folder.kept.get(self.job.plan.identities[number - 1])
            self.job.regenerations[number] = 0 if kept is None else kept.regeneration + 1

    def missing(self) -> list[int]:
        """Return the numbers of the segments that have to be spoken."""
        found = []
        for number in self.job.numbers():
            kept = self.folder.kept.get(self.job.plan.identities[number - 1])
            regeneration = self.job.regenerations.get(number)
            changed = kept is not None and regeneration is not None and kept.regeneration != regeneration
            if kept is None or changed or not self.folder.has_audio(kept):
                if kept is not None and regeneration is None:
                    self.job.regenerations[number] = kept.regeneration  # lost audio is made with the same seed
                found.append(number)
        return found

    def make(self, *, render: bool = True, on_progress: OnProgress | None = None, poll: Poll | None = None) -> None:
        """Speak the missing segments and, with `render`, write the missing outputs.

        `poll` is called every 50 ms and may raise to stop the run. After any error, the next run resumes with the
        finished segments.

        Raises:
            SegmentError: A segment failed, and the options don't report failures.
            OSError: A file can't be written, for example because the disk is full.
            NarrationError: New files are damaged again and again.
        """
        on_progress, poll = on_progress or (lambda _progress: None), poll or (lambda: None)
        self._measure_voices(on_progress, poll)
        for _ in range(_MAX_ROUNDS):
            damaged = self._round(render, on_progress, poll)
            if not damaged:
                break
            for number in damaged:
                self._discard(number)
        else:
            raise NarrationError(f"files in '{self.folder.path}' are damaged after writing; check the disk")
        if render:
            self._finish()

    def report(self) -> NarrateReport:
        """Return the report of the run so far."""
        chapters = []
        for chapter in self.job.chapters:
            output = self.folder.outputs.get(chapter.number)
            failed = tuple(number for number in self.failed if chapter.first <= number <= chapter.last)
            chapters.append(
                NarratedChapter(
                    number=chapter.number,
                    title=chapter.title,
                    segments=len(chapter.segments),
                    duration_s=0.0 if output is None else output.duration_s,
                    files=() if output is None else tuple(file.name for file in output.files),
                    lufs=None if output is None else output.lufs,
                    gain_db=0.0 if output is None else output.gain_db,
                    failed=failed,
                )
            )
        book = self.folder.outputs.get(BOOK) if self._has_book else None
        return NarrateReport(
            folder=str(self.folder.path),
            sample_rate=self.job.sample_rate,
            duration_s=round(sum(chapter.duration_s for chapter in chapters), 3),
            chapters=tuple(chapters),
            book_file="" if book is None else book.files[0].name,
            made=self.made,
            cached=self.cached,
            kept=sum(len(chapter.segments) for chapter in self.job.chapters) - self.made - len(self.failed),
            failed=tuple(sorted(self.failed.items())),
            damaged_lines=self.folder.damaged_lines,
            notes=self.job.notes,
            voice_notes=self.job.voice_notes,
            levels=() if self.job.leveling is None else self.job.leveling.levels,
            licenses=licenses_of(self._models()),
        )

    def _measure_voices(self, on_progress: OnProgress, poll: Poll) -> None:
        """Measure the voices whose loudness isn't known: the outputs need the gain of every kept segment."""
        samples, leveling = self.job.samples(), self.job.leveling
        if not samples or leveling is None:
            return
        meter = ProgressMeter()
        with self.runtime.stream(samples, self.options, poll=poll) as events:
            for event in events:
                if meter.feed(event):
                    on_progress(meter.progress)
                for _ in leveling.feed(event):
                    pass  # the progress of loading

    def _models(self) -> Iterator[tuple[EngineSpec, str]]:
        registry = self.runtime.registry
        for chapter in self.job.chapters:
            yield from ((registry.get(segment.engine), segment.model) for segment in chapter.segments)

    def _round(self, render: bool, on_progress: OnProgress, poll: Poll) -> set[int]:
        numbers = self.missing()
        state = StageState(self.job, self.folder, numbers)
        renderer = Renderer(self.job, self.folder, state, encoders=_encoders(self.options.workers)) if render else None
        meter = ProgressMeter(ListedSize([self.job.plan.sizes[number - 1] for number in numbers]))
        try:
            if numbers:
                self._speak(numbers, state, meter, on_progress, poll)
            if renderer is not None:
                self._has_book = renderer.has_book

                def waiting() -> None:
                    poll()
                    message = f"writing {renderer.current}" if renderer.current else ""
                    left_s = renderer.remaining_s()
                    on_progress(msgspec.structs.replace(meter.progress, message=message, remaining_s=left_s))

                renderer.wait(waiting)
        except BaseException as error:
            state.stop(error)
            raise
        finally:
            if renderer is not None:
                renderer.join()
        return state.damaged

    def kept(self, number: int) -> KeptSegment | None:
        """Return a finished segment; None if it isn't finished."""
        return self.folder.kept.get(self.job.plan.identities[number - 1])

    def speak(
        self,
        numbers: Sequence[int],
        *,
        meter: ProgressMeter | None = None,
        on_progress: OnProgress | None = None,
        poll: Poll | None = None,
    ) -> Iterator[SpokenSegment | SegmentFailed]:
        """Yield segments as they are spoken, or fail if the options report failures. They aren't stored."""
        with self.runtime.stream(self.job.segments(numbers), self.options, poll=poll) as events:
            for event in events:
                shown = meter is not None and meter.feed(event)
                ended = self.job.feed(event, numbers)
                if ended is not None:
                    yield ended
                if shown and meter is not None and on_progress is not None:
                    on_progress(meter.progress)

    def replace(self, line: SegmentLine, spoken: SpokenSegment) -> SegmentLine:
        """Store another recording of a segment instead of the previous one, and return its line."""
        kept = self.folder.keep(line, spoken.samples)
        return next(self.folder.lines([kept]))

    def _speak(
        self, numbers: Sequence[int], state: StageState, meter: ProgressMeter, on_progress: OnProgress, poll: Poll
    ) -> None:
        def check() -> None:
            poll()
            if state.error is not None:
                raise state.error

        for ended in self.speak(numbers, meter=meter, on_progress=on_progress, poll=check):
            if isinstance(ended, SegmentFailed):
                number = numbers[ended.index]
                self.failed[number] = ended.message
                state.set_failed(number)
            else:
                self.folder.keep(self.job.line(ended), ended.samples)
                self.failed.pop(ended.number, None)
                self.job.regenerations.pop(ended.number, None)
                self.made += 1
                self.cached += ended.stats.cache_hit
                state.set_kept(ended.number)
                if self.on_spoken is not None:
                    self.on_spoken(ended)
        self.folder.manifest.sync()

    def _discard(self, number: int) -> None:
        kept = self.folder.kept.pop(self.job.plan.identities[number - 1], None)
        if kept is not None:
            self.job.regenerations[number] = kept.regeneration

    def _finish(self) -> None:
        """Rewrite the manifest in the book's order, with times in the chapters, and remove unused files."""
        self.folder.retain_outputs({BOOK, *(chapter.number for chapter in self.job.plan.chapters)})
        self.folder.rewrite(self._lines())

    def _lines(self) -> Iterator[Line]:
        """Yield the manifest's lines, chapter by chapter, without segments that are no longer in the book."""
        folder, plan = self.folder, self.job.plan
        yield self.job.book_line
        for chapter in plan.chapters:
            numbers = range(chapter.first, chapter.last + 1)
            kept = [folder.kept.get(plan.identities[number - 1]) for number in numbers]
            if not any(kept):
                continue
            spans, _ = chapter_spans(chapter, lambda number: kept[number - chapter.first], self.job.sample_rate)  # noqa: B023
            lines = folder.lines(segment for segment in kept if segment is not None)
            for span, segment in zip(spans, kept, strict=True):
                if segment is not None:
                    yield msgspec.structs.replace(
                        next(lines),
                        number=span.number,
                        chapter=chapter.number,
                        source=_source(chapter.segments[span.number - chapter.first]),
                        start_s=round(span.start_sample / self.job.sample_rate, 4),
                        end_s=round(span.end_sample / self.job.sample_rate, 4),
                    )
            if chapter.number in folder.outputs:
                yield folder.outputs[chapter.number]
        if BOOK in folder.outputs:
            yield folder.outputs[BOOK]


def _source(segment: StreamingSegment) -> tuple[int, int]:
    assert segment.source is not None, "it is part of a text"
    return segment.source.start, segment.source.end


def _encoders(workers: int) -> int:
    """Return how many chapters are written at a time: one for each core that the engine's workers leave free."""
    return max(1, min(_MAX_ENCODERS, (os.cpu_count() or 2) - workers))


def run_narration(
    job: NarrateJob,
    runtime: Runtime,
    options: StreamOptions | None = None,
    *,
    regenerate: Collection[int] = (),
    restart: bool = False,
    on_progress: OnProgress | None = None,
    poll: Poll | None = None,
) -> NarrateReport:
    """Run or resume a narration until it is complete, and return its report. Blocks.

    Args:
        regenerate: The numbers of segments to regenerate with another seed.
        restart: Replace a narration of another book or with other settings, whose files are deleted.

    Raises:
        NarrationError: The folder is in use, or contains another narration and `restart` is false.
        Exception: See `NarrationRun.make`.
    """
    with NarrationRun(job, runtime, options, restart=restart) as run:
        if regenerate:
            run.regenerate(regenerate)
        run.make(on_progress=on_progress, poll=poll)
        return run.report()
