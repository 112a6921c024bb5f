"""Where the characters of a text to speak stand in the text that it was made from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from ..utils.streaming.contract.segment import SourceSpan


class Run(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A stretch of a text from `start` on, up to the next run, that stands for `[source_start, source_end)`.

    `verbatim`: character by character; else as a whole.
    """

    start: int
    source_start: int
    source_end: int
    verbatim: bool


class Places(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The runs of a text, in order of both. They leave out what isn't spoken of the source."""

    runs: tuple[Run, ...]

    def to_source(self, start: int, end: int) -> SourceSpan:
        """Return where the characters `[start, end)` come from, markup between them included; not for none (end 0)."""
        last = max(end - 1, start)
        first_run, last_run = self.runs[self._index(start)], self.runs[self._index(last)]
        return SourceSpan(
            first_run.source_start + (start - first_run.start if first_run.verbatim else 0),
            last_run.source_start + last - last_run.start + 1 if last_run.verbatim else last_run.source_end,
        )

    def part(self, start: int, end: int) -> Places:
        """Return the places of `text[start:end]`, counted from its own start."""
        runs = []
        for number in range(self._index(start), len(self.runs)):
            run = self.runs[number]
            if run.start >= end:
                break
            skipped = max(start - run.start, 0)
            run_start = max(run.start, start)
            begin = run.source_start + skipped if run.verbatim else run.source_start
            runs.append(Run(run_start - start, begin, run.source_end, run.verbatim))
        if runs and runs[-1].verbatim:
            last = runs[-1]
            runs[-1] = Run(last.start, last.source_start, last.source_start + end - start - last.start, True)
        return Places(tuple(runs))

    def _index(self, position: int) -> int:
        return bisect_right(self.runs, position, key=_start_of) - 1


def _start_of(run: Run) -> int:
    return run.start


class PlacedText:
    """A text that grows by pieces of a source, and knows where they came from."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._runs: list[Run] = []
        self.length = 0

    def verbatim(self, part: str, source_start: int) -> None:
        """Append what stands at `source_start` as it is."""
        if not part:
            return
        end = source_start + len(part)
        last = self._runs[-1] if self._runs else None
        if last is not None and last.verbatim and last.source_end == source_start:
            self._runs[-1] = Run(last.start, last.source_start, end, True)
        else:
            self._runs.append(Run(self.length, source_start, end, True))
        self._append(part)

    def replaced(self, part: str, source_start: int, source_end: int) -> None:
        """Append what is spoken for `[source_start, source_end)`."""
        if part:
            self._runs.append(Run(self.length, source_start, source_end, False))
            self._append(part)

    @property
    def source(self) -> SourceSpan:
        """From where to where of the source it comes; not for an empty text."""
        return SourceSpan(self._runs[0].source_start, self._runs[-1].source_end)

    def text(self) -> str:
        """Return the text so far."""
        return "".join(self._parts)

    def places(self) -> Places | None:
        """Return the places so far; None if the text stands in the source as it is."""
        if len(self._runs) <= 1 and all(run.verbatim for run in self._runs):
            return None
        return Places(tuple(self._runs))

    def _append(self, part: str) -> None:
        self._parts.append(part)
        self.length += len(part)


def shifted(places: Places, places_of_source: Places | None, offset: int) -> Places:
    """Return places in a text made from another, as places in that one's source.

    `places` lead to the middle text, `places_of_source` from there to the source, or None where the middle text stands
    in the source from `offset` on as it is.
    """
    runs: list[Run] = []
    for run, end in zip(places.runs, _ends(places.runs), strict=True):
        if places_of_source is None:
            runs.append(Run(run.start, run.source_start + offset, run.source_end + offset, run.verbatim))
        elif not run.verbatim:
            span = places_of_source.to_source(run.source_start, run.source_end)
            runs.append(Run(run.start, span.start, span.end, False))
        else:
            part = places_of_source.part(run.source_start, run.source_start + end - run.start)
            runs += [Run(run.start + r.start, r.source_start, r.source_end, r.verbatim) for r in part.runs]
    return Places(tuple(runs))


def _ends(runs: Sequence[Run]) -> list[int]:
    # The last run's length isn't known, nor needed unless it is verbatim, where its source has the same.
    ends = [run.start for run in runs[1:]]
    return [*ends, runs[-1].start + runs[-1].source_end - runs[-1].source_start] if runs else []
