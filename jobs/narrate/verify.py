"""Listen to what was narrated, and make again what doesn't sound like its text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from ...utils.streaming import SegmentFailed
from ..transcribe.recognizer import Recognizer
from ..transcribe.verify import Proof, Take, proof
from .job import SpokenSegment
from .manifest import Heard, SegmentLine
from .run import NarrationRun, Poll

_AT_ONCE = 16
"""New takes wait in memory until they were listened to: so many."""

OnChecked = Callable[[int, int], None]
"""Told how many of how many segments were listened to."""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A segment that was listened to; `takes` were made of it, of which the best is kept."""

    number: int
    chapter: int
    text: str
    heard: Heard
    file: str
    takes: int = 1


def verify_narration(
    run: NarrationRun,
    recognizer: Recognizer,
    *,
    times: int = 0,
    rate: float = 0.1,
    on_checked: OnChecked | None = None,
    poll: Poll | None = None,
) -> list[Checked]:
    """Listen to every segment that has sound, and return what was heard, the worst first.

    What was heard before isn't listened to again. Segments with a word error rate above `rate` are made again with
    other seeds, up to `times` times or until they are below it, and the best take is kept; those of an engine that has
    no seed stay as they are. UnknownEngineError or ValueError for what the recognizer can't do.
    """
    recognizer.check(run.runtime.registry)
    told = on_checked or (lambda _done, _total: None)
    lines = _lines(run)
    unheard = [number for number, line in lines.items() if line.heard is None]
    for done, (number, heard) in enumerate(_listen(run, unheard, recognizer, poll), 1):
        lines[number] = msgspec.structs.replace(lines[number], heard=heard)
        run.folder.note(lines[number])
        told(done, len(unheard))
    takes = dict.fromkeys(lines, 1)
    for _ in range(times):
        bad = [number for number, line in lines.items() if _rate(line) > rate and run.job.can_redo(number)]
        for start in range(0, len(bad), _AT_ONCE):
            part = bad[start : start + _AT_ONCE]
            for number in part:
                run.job.takes[number] = lines[number].take + takes[number]
                takes[number] += 1
            for line, spoken in _again(run, part, recognizer, poll):
                if _rate(line) < _rate(lines[spoken.number]):
                    lines[spoken.number] = run.replace(line, spoken)
                    takes[spoken.number] = 1
            for number in part:
                run.job.takes.pop(number, None)
    return sorted((_checked(line) for line in lines.values()), key=lambda one: (-one.heard.rate, one.number))


def _lines(run: NarrationRun) -> dict[int, SegmentLine]:
    kept = {number: one for number in run.job.numbers() if (one := run.kept(number)) is not None and one.n_samples}
    return dict(zip(kept, run.folder.lines(kept.values()), strict=True))


def _listen(
    run: NarrationRun, numbers: Sequence[int], recognizer: Recognizer, poll: Poll | None
) -> Iterator[tuple[int, Heard]]:
    def takes() -> Iterator[Take]:
        for number in numbers:
            kept = run.kept(number)
            assert kept is not None, "it has a line"
            samples = run.folder.samples(kept, number)
            yield Take(text=run.job.plan.segment(number).text, samples=samples, sample_rate=kept.sample_rate)

    for one in proof(takes(), recognizer, run.runtime, poll=poll):
        yield numbers[one.index], _heard(one)


def _again(
    run: NarrationRun, numbers: Sequence[int], recognizer: Recognizer, poll: Poll | None
) -> Iterator[tuple[SegmentLine, SpokenSegment]]:
    spoken = [one for one in run.speak(numbers, poll=poll) if not isinstance(one, SegmentFailed) and one.samples.size]
    lines = [run.job.line(one) for one in spoken]
    takes = [
        Take(text=line.text, samples=one.samples, sample_rate=one.sample_rate)
        for line, one in zip(lines, spoken, strict=True)
    ]
    for one in proof(takes, recognizer, run.runtime, poll=poll):
        yield msgspec.structs.replace(lines[one.index], heard=_heard(one)), spoken[one.index]


def _rate(line: SegmentLine) -> float:
    assert line.heard is not None, "it was listened to"
    return line.heard.rate


def _heard(one: Proof) -> Heard:
    return Heard(rate=round(one.errors.rate, 4), errors=one.errors.errors, words=one.heard, message=one.message)


def _checked(line: SegmentLine) -> Checked:
    assert line.heard is not None, "it was listened to"
    return Checked(
        number=line.number,
        chapter=line.chapter,
        text=line.text,
        heard=line.heard,
        file=line.file,
        takes=line.take + 1,
    )
