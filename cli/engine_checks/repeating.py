"""Checks of promises about equal output: repetition, seeds, no state, batches."""

from __future__ import annotations

import msgspec

from .errors import FaultError, NotApplicableError
from .made import Made, decibels, difference, rms
from .subject import Subject

BATCH_LENGTH_TOLERANCE = 0.25
BATCH_LEVEL_TOLERANCE_DB = 6.0


def repeat(subject: Subject) -> str:
    """Make a segment again, after others, and in a new worker: equal bits."""
    subject.require_repeats()
    first = subject.make_one()
    _compare(first, subject.make_one(), "the same segment, made again")
    subject.make_one(subject.segment(1))
    _compare(first, subject.make_one(), "the same segment, made after another one")
    if subject.choices.quick:
        return "equal bits again and after another segment"
    subject.unload()
    _compare(first, subject.make_one(), "the same segment, made in a new worker")
    return "equal bits again, after another segment and in a new worker"


def seed(subject: Subject) -> str:
    """Make a segment with two seeds: different output; and with one of them again: equal bits."""
    subject.require("seed")
    one, two, again = (subject.make_one(subject.segment(seed=number)) for number in (1, 2, 1))
    if not difference(one, two):
        raise FaultError("seeds 1 and 2 give equal bits; remove the capability 'seed', or use segment.seed")
    _compare(one, again, "the same seed, used again after another one")
    return "two seeds differ, and each repeats"


def state(subject: Subject) -> str:
    """Make segments of two voices in turn: no trace of the segments before, in any order."""
    subject.require_repeats()
    a, b = subject.segment(0, voice=0), subject.segment(0 if subject.has_two_voices else 1, voice=1)
    first, other, again = (subject.make_one(segment) for segment in (a, b, a))
    _compare(first, again, "A, made after B,")
    _compare(other, subject.make_one(b), "B, made after A,")
    if not subject.choices.quick:
        subject.unload()
        other_first, first_second = subject.make_one(b), subject.make_one(a)
        _compare(other, other_first, "B, made first in a new worker,")
        _compare(first, first_second, "A, made second in a new worker,")
    if subject.imitates and not difference(first, other):
        raise FaultError("two recordings give equal bits: the adapter doesn't use the recording")
    what = "two recordings" if subject.imitates else "two voices" if subject.has_two_voices else "two segments"
    return f"{what} in turn, in both orders, leave no trace"


def batch(subject: Subject) -> str:
    """Make segments together and alone: equal bits if the engine is deterministic, else alike."""
    subject.require("batch")
    size = min(subject.spec.max_batch, 8)
    if size < 2:
        raise NotApplicableError("max_batch is 1")
    segments = [subject.segment(number % 2, voice=number // 2 % 2) for number in range(size)]
    alone = [subject.make_one(segment) for segment in segments]
    # All wait while the model loads, so that they reach `stream_many` together.
    subject.unload()
    together = subject.make(*segments)
    for number, (one, other) in enumerate(zip(alone, together, strict=True)):
        if other.failed is not None:
            raise FaultError(f"segment {number + 1} of {size} together: {other.failed.message}")
        what = f"segment {number + 1} of {size} together"
        if subject.spec.deterministic:
            _compare(one, other, what)
        else:
            _compare_roughly(one, other, what)
    if subject.spec.deterministic:
        return f"{size} segments together equal each alone, to the bit"
    return (
        f"{size} segments together are like each alone (tolerance: {BATCH_LENGTH_TOLERANCE:.0%} of the length, "
        f"{BATCH_LEVEL_TOLERANCE_DB:g} dB of the level)"
    )


def low_latency(subject: Subject) -> str:
    """Make a segment with the settings for low latency: as repeatable, and the first chunk earlier than the end."""
    settings = subject.spec.low_latency
    if not settings:
        raise NotApplicableError("[low_latency] isn't declared")
    segment = subject.segment(0)
    segment = msgspec.structs.replace(segment, params={**segment.params, **settings})
    made = subject.make_one(segment)
    if subject.repeats:
        _compare(made, subject.make_one(segment), "the same segment, made again with low latency")
    return first_chunk(made)


def first_chunk(made: Made) -> str:
    """Return how much of the time passed before the first chunk, as text."""
    assert made.done is not None, "it didn't fail"
    stats = made.done.stats
    made_s = max(stats.total_s - stats.queue_s, 1e-9)
    chunks = f"{len(made.chunks)} chunk{'s' if len(made.chunks) != 1 else ''}"
    return f"{chunks}, the first after {min((stats.first_chunk_s - stats.queue_s) / made_s, 1.0):.0%} of the time"


def _compare(expected: Made, made: Made, what: str) -> None:
    different = difference(expected, made)
    if different:
        raise FaultError(f"{what} differs: {different}")


def _compare_roughly(expected: Made, made: Made, what: str) -> None:
    if expected.text or made.text:
        if expected.text != made.text:
            raise FaultError(f"{what} is {made.text!r} instead of {expected.text!r}")
        return
    if abs(made.seconds - expected.seconds) > BATCH_LENGTH_TOLERANCE * expected.seconds:
        raise FaultError(f"{what} has {made.seconds:.2f} s instead of {expected.seconds:.2f} s alone")
    off_db = decibels(rms(made.samples)) - decibels(rms(expected.samples))
    if abs(off_db) > BATCH_LEVEL_TOLERANCE_DB:
        raise FaultError(f"{what} is {off_db:+.1f} dB louder than alone")
