"""Offset maps: map the characters of a text to speak to the source text."""

from __future__ import annotations

from bisect import bisect_right

import msgspec

from ..utils.streaming.contract.segment import SourceSpan


class Run(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A span of a text, from `start` to the next run, that comes from `[source_start, source_end)` of the source.

    If `verbatim`, it maps character by character, otherwise as a whole.
    """

    start: int
    source_start: int
    source_end: int
    verbatim: bool


class OffsetMap(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The runs of a text, in order. Parts of the source that aren't spoken have no run."""

    runs: tuple[Run, ...]

    def to_source(self, start: int, end: int) -> SourceSpan:
        """Return the source span of `[start, end)`, including the markup inside it. `end` must be above 0."""
        last = max(end - 1, start)
        first_run, last_run = self.runs[self._index(start)], self.runs[self._index(last)]
        return SourceSpan(
            first_run.source_start + (start - first_run.start if first_run.verbatim else 0),
            last_run.source_start + last - last_run.start + 1 if last_run.verbatim else last_run.source_end,
        )

    def verbatim_source(self, start: int, end: int) -> int | None:
        """Return the source position of `[start, end)` if it is the source's text there, without a gap."""
        at = self._index(start)
        run = self.runs[at]
        if not run.verbatim or (at + 1 < len(self.runs) and self.runs[at + 1].start < end):
            return None
        return run.source_start + start - run.start

    def part(self, start: int, end: int) -> OffsetMap:
        """Return the offset map of `text[start:end]`, with offsets relative to `start`."""
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
        return OffsetMap(tuple(runs))

    def _index(self, position: int) -> int:
        return bisect_right(self.runs, position, key=_start_of) - 1


def _start_of(run: Run) -> int:
    return run.start


class MappedTextBuilder:
    """Builds a text from parts of a source, with its offset map."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._runs: list[Run] = []
        self.length = 0

    def append_verbatim(self, part: str, source_start: int) -> None:
        """Append a part of the source unchanged; `source_start` is its position there."""
        if not part:
            return
        end = source_start + len(part)
        last = self._runs[-1] if self._runs else None
        if last is not None and last.verbatim and last.source_end == source_start:
            self._runs[-1] = Run(last.start, last.source_start, end, True)
        else:
            self._runs.append(Run(self.length, source_start, end, True))
        self._append(part)

    def append_replacement(self, part: str, source_start: int, source_end: int) -> None:
        """Append the text to speak instead of `[source_start, source_end)`."""
        if part:
            self._runs.append(Run(self.length, source_start, source_end, False))
            self._append(part)

    @property
    def source(self) -> SourceSpan:
        """The source span of the text, which must not be empty."""
        return SourceSpan(self._runs[0].source_start, self._runs[-1].source_end)

    def text(self) -> str:
        """Return the text so far."""
        return "".join(self._parts)

    def offset_map(self) -> OffsetMap | None:
        """Return the offset map so far; None if the text is identical to its source span."""
        if len(self._runs) <= 1 and all(run.verbatim for run in self._runs):
            return None
        return OffsetMap(tuple(self._runs))

    def _append(self, part: str) -> None:
        self._parts.append(part)
        self.length += len(part)
