"""The stages after synthesis, which run at the same time: loudness, the chapters' files, the whole book's file."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from ..errors import DamagedSegmentError, StageStoppedError
from .chapter_audio import chapter_blocks, chapter_spans
from .folder import NarrationFolder
from .job import NarrateJob
from .manifest import BOOK
from .output_files import book_inputs, chapter_inputs, is_fresh, measure, write_book, write_chapter
from .plan import ChapterPlan
from .stage_state import Level, StageState

_JOIN_S = 0.05


class Renderer:
    """Writes the outputs that are missing or outdated while segments are still being spoken.

    One thread measures loudness, one or more write chapters, and one writes the whole book. Each goes through the
    chapters in order and waits for the segments and levels it needs. They hold only blocks of audio in memory and read
    the segments from the disk.
    """

    def __init__(self, job: NarrateJob, folder: NarrationFolder, state: StageState, *, encoders: int = 1) -> None:
        self._job = job
        self._folder = folder
        self._state = state
        self.current = ""
        """The title that is being written."""
        self._next = 0
        self._lock = threading.Lock()
        self._written: dict[str, int] = {}
        self._to_write: dict[str, list[ChapterPlan]] = {}
        self._totals: dict[str, int] = {}
        self._began_s = time.monotonic()
        chapters = job.chapters
        stale = [chapter for chapter in chapters if not self._is_fresh(chapter)]
        self.has_book = job.settings.m4b and all(state.is_expected(number) for number in range(1, len(job.plan) + 1))
        """Whether there will be a file of the whole book: only if all of the book's segments exist."""
        wants_book = self.has_book and not self._book_is_fresh()
        needs_level = job.book_chapters if wants_book else stale
        self._threads: list[threading.Thread] = []
        if job.settings.loudness_lufs is not None and needs_level:
            self._start("loudness", lambda: self._measure(needs_level))
        if stale and job.settings.format is not None:
            self._to_write["chapters"] = stale
        if wants_book:
            self._to_write["book"] = job.book_chapters
        for number in range(min(encoders, len(stale))):
            self._start(f"chapters-{number}", lambda: self._write_chapters(stale))
        if wants_book:
            self._start("book", self._write_book)

    def wait(self, poll: Callable[[], None]) -> None:
        """Wait until everything is written. `poll` is called meanwhile and may raise. Raises the error of a stage."""
        for thread in self._threads:
            while thread.is_alive():
                thread.join(_JOIN_S)
                poll()
        if self._state.error is not None:
            raise self._state.error

    def remaining_s(self) -> float | None:
        """Return the remaining time of the slowest output once all segments are finished; None if unknown."""
        elapsed_s, remaining_s = time.monotonic() - self._began_s, 0.0
        for output, chapters in self._to_write.items():
            written = self._written.get(output, 0)
            try:
                total = self._totals.get(output) or self._total(chapters)
            except StageStoppedError:
                return None
            if not written:
                return None
            self._totals[output] = total
            remaining_s = max(remaining_s, elapsed_s * max(0, total - written) / written)
        return remaining_s

    def _total(self, chapters: Sequence[ChapterPlan]) -> int:
        return sum(
            chapter_spans(chapter, self._state.wait_for_segment, self._job.sample_rate)[1] for chapter in chapters
        )

    def join(self) -> None:
        """Wait for the threads to end after the state was stopped."""
        for thread in self._threads:
            thread.join()

    def _start(self, name: str, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            except StageStoppedError:
                pass
            except BaseException as error:  # noqa: BLE001  `wait` raises it
                self._state.stop(error)

        thread = threading.Thread(target=run, name=f"voxweft-narrate-{name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _is_fresh(self, chapter: ChapterPlan) -> bool:
        output = self._folder.outputs.get(chapter.number)
        pending = any(self._state.is_pending(number) for number in range(chapter.first, chapter.last + 1))
        if output is None or pending or not is_fresh(self._folder, output):
            return False
        return output.inputs == chapter_inputs(self._job, chapter, self._state.wait_for_segment)

    def _book_is_fresh(self) -> bool:
        output = self._folder.outputs.get(BOOK)
        if output is None or self._state.any_pending or not is_fresh(self._folder, output):
            return False
        return output.inputs == book_inputs(self._job, self._state.wait_for_segment)

    def _measure(self, chapters: Sequence[ChapterPlan]) -> None:
        for chapter in chapters:
            try:
                level: Level | None = measure(
                    self._job,
                    chapter_blocks(chapter, self._folder, self._state.wait_for_segment, self._job.sample_rate),
                )
            except DamagedSegmentError as error:
                self._state.damaged.add(error.number)
                level = None
            self._state.set_level(chapter.number, level)

    def _level_of(self, chapter: int) -> Level | None:
        if self._job.settings.loudness_lufs is None:
            return None
        level = self._state.wait_for_level(chapter)
        if level is None:
            raise StageStoppedError  # its audio is damaged; the next round writes the chapter
        return level

    def _write_chapters(self, chapters: Sequence[ChapterPlan]) -> None:
        while True:
            with self._lock:
                if self._next >= len(chapters):
                    return
                chapter = chapters[self._next]
                self._next += 1
            try:
                level = self._level_of(chapter.number)
                self.current = chapter.title
                line = write_chapter(
                    self._job, self._folder, chapter, self._state.wait_for_segment, level, self._counter("chapters")
                )
            except DamagedSegmentError as error:
                self._state.damaged.add(error.number)
            else:
                self._folder.put_output(line)

    def _write_book(self) -> None:
        self.current = self.current or self._job.book.title
        try:
            line = write_book(
                self._job, self._folder, self._state.wait_for_segment, self._level_of, self._counter("book")
            )
        except DamagedSegmentError as error:
            self._state.damaged.add(error.number)
        else:
            self._folder.put_output(line)

    def _counter(self, output: str) -> Callable[[int], None]:
        self._written.setdefault(output, 0)

        def count(n_samples: int) -> None:
            if self._state.stopped:
                raise StageStoppedError
            with self._lock:
                self._written[output] += n_samples

        return count
