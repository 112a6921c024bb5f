"""Drive a narration: speak what is missing, and write the files beside it, until all of it is there."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence

import msgspec

from ...utils.streaming import SegmentFailed, StreamingSegment
from ...utils.streaming.job import StreamOptions
from ...utils.streaming.runtime import Runtime
from ..errors import NarrationError
from ..progress import ListedSize, Progress, ProgressMeter
from .chapter_audio import chapter_spans
from .folder import Kept, NarrationFolder
from .job import NarrateJob, SpokenSegment
from .manifest import Line, SegmentLine
from .output_files import BOOK
from .render import Renderer
from .stage_state import StageState

_MOST_ROUNDS = 3
"""A disk that damages what was just written isn't written to for ever."""
_MOST_ENCODERS = 4

OnProgress = Callable[[Progress], None]
Poll = Callable[[], None]


class NarratedChapter(msgspec.Struct, frozen=True, kw_only=True):
    """A chapter as it was narrated. `files` are names in the folder; `failed` are numbers of segments."""

    number: int
    title: str
    segments: int
    duration_s: float
    files: tuple[str, ...]
    lufs: float | None = None
    gain_db: float = 0.0
    failed: tuple[int, ...] = ()


class NarrateReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a run did. `made` segments were spoken by it, `cached` of them came from the cache, `kept` lay there."""

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


class NarrationRun:
    """A job at work in its folder, which it holds until it is closed. Use it in a `with`."""

    def __init__(
        self, job: NarrateJob, runtime: Runtime, options: StreamOptions | None = None, *, anew: bool = False
    ) -> None:
        self.job = job
        self.runtime = runtime
        self.options = options or StreamOptions()
        self.folder = NarrationFolder(job.folder)
        self.made = self.cached = 0
        self.failed: dict[int, str] = {}
        self.on_spoken: Callable[[SpokenSegment], None] | None = None
        """Is called with each segment that is spoken and kept, in their order, for who listens meanwhile."""
        self._has_book = False
        try:
            self.folder.begin(job.book_line, anew=anew)
        except BaseException:
            self.folder.close()
            raise

    def __enter__(self) -> NarrationRun:
        return self

    def __exit__(self, *_: object) -> None:
        self.folder.close()

    def redo(self, numbers: Collection[int]) -> None:
        """Have segments made again with another seed. ValueError where that would change nothing."""
        self.job.check_redo(sorted(numbers))
        for number in numbers:
            kept = self.folder.kept.get(self.job.plan.identities[number - 1])
            self.job.takes[number] = 0 if kept is None else kept.take + 1

    def missing(self) -> list[int]:
        """Return the numbers of the segments that are to be made."""
        found = []
        for number in self.job.numbers():
            kept = self.folder.kept.get(self.job.plan.identities[number - 1])
            take = self.job.takes.get(number)
            if kept is None or (take is not None and kept.take != take) or not self.folder.is_there(kept):
                if kept is not None and take is None:
                    self.job.takes[number] = kept.take  # what is lost is made again as it was
                found.append(number)
        return found

    def make(self, *, render: bool = True, on_progress: OnProgress | None = None, poll: Poll | None = None) -> None:
        """Speak what is missing, and write what isn't there (with `render`).

        SegmentError where a segment fails and the options don't say to report it; OSError for a disk that is full: what
        is finished stands, and the next run goes on from there. `poll` is called every 50 ms, and may raise to stop.
        """
        for _ in range(_MOST_ROUNDS):
            damaged = self._round(render, on_progress or (lambda _progress: None), poll or (lambda: None))
            if not damaged:
                break
            for number in damaged:
                self._forget(number)
        else:
            raise NarrationError(f"{self.folder.path}: what is written there comes back damaged; look at the disk")
        if render:
            self._finish()

    def report(self) -> NarrateReport:
        """Return what was done."""
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
                    files=() if output is None else tuple(made.name for made in output.files),
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
        )

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
                    message = f"writing {renderer.now}" if renderer.now else ""
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

    def kept(self, number: int) -> Kept | None:
        """Return what is kept of a segment."""
        return self.folder.kept.get(self.job.plan.identities[number - 1])

    def speak(
        self,
        numbers: Sequence[int],
        *,
        meter: ProgressMeter | None = None,
        on_progress: OnProgress | None = None,
        poll: Poll | None = None,
    ) -> Iterator[SpokenSegment | SegmentFailed]:
        """Yield segments as they are spoken, or fail where the options say to report that. Nothing is kept of them."""
        with self.runtime.stream(self.job.segments(numbers), self.options, poll=poll) as events:
            for event in events:
                shown = meter is not None and meter.feed(event)
                ended = self.job.feed(event, numbers)
                if ended is not None:
                    yield ended
                if shown and meter is not None and on_progress is not None:
                    on_progress(meter.progress)

    def replace(self, line: SegmentLine, spoken: SpokenSegment) -> SegmentLine:
        """Keep another take of a segment instead of the one before, and return its line."""
        kept = self.folder.keep(line, spoken.samples)
        return next(self.folder.lines([kept]))

    def _speak(
        self, numbers: Sequence[int], state: StageState, meter: ProgressMeter, on_progress: OnProgress, poll: Poll
    ) -> None:
        def look() -> None:
            poll()
            if state.error is not None:
                raise state.error

        for ended in self.speak(numbers, meter=meter, on_progress=on_progress, poll=look):
            if isinstance(ended, SegmentFailed):
                number = numbers[ended.index]
                self.failed[number] = ended.message
                state.failed(number)
            else:
                self.folder.keep(self.job.line(ended), ended.samples)
                self.failed.pop(ended.number, None)
                self.job.takes.pop(ended.number, None)
                self.made += 1
                self.cached += ended.figures.cache_hit
                state.kept(ended.number)
                if self.on_spoken is not None:
                    self.on_spoken(ended)
        self.folder.manifest.sync()

    def _forget(self, number: int) -> None:
        kept = self.folder.kept.pop(self.job.plan.identities[number - 1], None)
        if kept is not None:
            self.job.takes[number] = kept.take

    def _finish(self) -> None:
        """Write the manifest anew, in the book's order, with places in the chapters, and remove what is unused."""
        self.folder.keep_outputs({BOOK, *(chapter.number for chapter in self.job.plan.chapters)})
        self.folder.rewrite(self._lines())

    def _lines(self) -> Iterator[Line]:
        """Yield the manifest's lines, chapter by chapter; what the book doesn't have any more is left out."""
        folder, plan = self.folder, self.job.plan
        yield self.job.book_line
        for chapter in plan.chapters:
            numbers = range(chapter.first, chapter.last + 1)
            kept = [folder.kept.get(plan.identities[number - 1]) for number in numbers]
            if not any(kept):
                continue
            spans, _ = chapter_spans(chapter, lambda number: kept[number - chapter.first], self.job.sample_rate)  # noqa: B023
            lines = folder.lines(one for one in kept if one is not None)
            for span, one in zip(spans, kept, strict=True):
                if one is not None:
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
    assert segment.source is not None, "it was cut out of a text"
    return segment.source.start, segment.source.end


def _encoders(workers: int) -> int:
    """Return how many chapters are written at a time: what the engine's workers leave of the processor."""
    return max(1, min(_MOST_ENCODERS, (os.cpu_count() or 2) - workers))


def run_narration(
    job: NarrateJob,
    runtime: Runtime,
    options: StreamOptions | None = None,
    *,
    redo: Collection[int] = (),
    anew: bool = False,
    on_progress: OnProgress | None = None,
    poll: Poll | None = None,
) -> NarrateReport:
    """Run a narration to its end, from wherever it was left, and return what was done. Blocks.

    NarrationError for a folder in use, of another book, or spoken otherwise (unless `anew`); other errors as
    `NarrationRun.make` says. `redo` are numbers of segments that are to be made again with another seed.
    """
    with NarrationRun(job, runtime, options, anew=anew) as run:
        if redo:
            run.redo(redo)
        run.make(on_progress=on_progress, poll=poll)
        return run.report()
