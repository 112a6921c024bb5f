"""Checks of what is made: audio, words, length."""

from __future__ import annotations

import msgspec
import numpy as np

from ...utils.streaming.contract.engine_spec import DURATION_TOLERANCE_S
from .errors import FaultError, NotApplicableError
from .made import Made, decibels, rms
from .repeating import first_chunk
from .subject import Subject

SILENCE_DB = -60.0
"""Speech below this level, over a whole segment, is silence."""
CLIPPED = 0.999
TIME_TOLERANCE_S = 0.02
WORD_TIMESTAMPS = "word_timestamps"
"""The parameter that asks a recognition engine for the times of words, if it has a choice."""
ESTIMATE_TOLERANCE = 0.1
ESTIMATE_TOLERANCE_S = 0.1
DURATION_SPEEDS = (0.8, 0.93, 1.0, 1.1, 1.25)
"""The speeds at which an engine with the capability `duration` must make what it estimates."""


def output(subject: Subject) -> str:
    """Make two segments: audio that isn't silent and is within -1 to 1, or a transcript."""
    made = [subject.make_one(subject.segment(number)) for number in range(2)]
    return _heard(made) if not subject.speaks else _spoken(made)


def words(subject: Subject) -> str:
    """Look at the words: in order, within the audio, with spans in the text."""
    subject.require("word_timings")
    segment = subject.segment()
    if WORD_TIMESTAMPS in subject.spec.params:
        segment = msgspec.structs.replace(segment, params={**segment.params, WORD_TIMESTAMPS: True})
    made = subject.make_one(segment)
    if not made.words:
        raise FaultError("no word has times; yield them with the chunks, or remove the capability 'word_timings'")
    if subject.speaks:
        end_s = made.seconds
        covered = _check_spans(made, segment.text)
    else:
        end_s = len(getattr(segment.payload, "pcm", b"")) / 4 / getattr(segment.payload, "sample_rate", 1)
        covered = f"{len(made.words)} words"
    before_s = 0.0
    for word in made.words:
        if not (before_s - TIME_TOLERANCE_S <= word.start_s <= word.end_s <= end_s + TIME_TOLERANCE_S):
            raise FaultError(
                f"'{word.text}' is from {word.start_s:.3f} s to {word.end_s:.3f} s; it must start at {before_s:.3f} s, "
                f"where the word before starts, or later, and end by {end_s:.3f} s, the end of the audio"
            )
        before_s = word.start_s
    return f"{covered}, in order and within {end_s:.2f} s"


def speed(subject: Subject) -> str:
    """Make a segment faster or slower: shorter or longer."""
    subject.require("speed")
    spec = subject.spec
    factor = min(2.0, spec.max_speed) if spec.max_speed > 1 else max(0.5, spec.min_speed)
    if factor == 1:
        raise NotApplicableError("min_speed and max_speed leave no choice")
    plain, changed = subject.make_one(), subject.make_one(subject.segment(speed=factor))
    ratio = changed.seconds / plain.seconds
    if (ratio >= 1) == (factor > 1):
        raise FaultError(f"at speed {factor:g} a segment has {changed.seconds:.2f} s, at 1.0 {plain.seconds:.2f} s")
    return f"at speed {factor:g} a segment has {ratio:.0%} of its length"


def estimate(subject: Subject) -> str:
    """Compare the estimated length with that of the audio."""
    subject.require("estimate")
    spec = subject.spec
    exact = spec.can("duration")
    if exact:
        speeds = tuple(dict.fromkeys(min(max(speed, spec.min_speed), spec.max_speed) for speed in DURATION_SPEEDS))
    else:
        speeds = (1.0, min(1.5, spec.max_speed)) if spec.can("speed") else (1.0,)
    tolerance, tolerance_s = (0.0, DURATION_TOLERANCE_S) if exact else (ESTIMATE_TOLERANCE, ESTIMATE_TOLERANCE_S)
    allowed = f"tolerance: {tolerance:.0%} or {tolerance_s:g} s" if tolerance else f"tolerance: {tolerance_s:g} s"
    segments = tuple(subject.segment(number) for number in range(2))
    rows = subject.runtime.run(subject.runtime.estimate(segments, speeds))
    if [len(row) for row in rows] != [len(speeds)] * len(segments):
        raise FaultError(f"{len(segments)} segments at {len(speeds)} speeds give durations {rows}")
    worst = 0.0
    for number, row in enumerate(rows):
        if exact and sorted(row, reverse=True) != list(row):
            raise FaultError(f"a higher speed gives a longer segment: {row} s at speeds {speeds}")
        for factor, estimated_s in zip(speeds, row, strict=True):
            made_s = subject.make_one(subject.segment(number, speed=factor)).seconds
            off_s = abs(estimated_s - made_s)
            worst = max(worst, off_s / made_s)
            if off_s > max(tolerance * made_s, tolerance_s):
                raise FaultError(
                    f"{estimated_s:.2f} s are estimated at speed {factor:g}, and {made_s:.2f} s are made ({allowed})"
                )
    return f"at most {worst:.1%} off ({allowed})"


def _spoken(made: list[Made]) -> str:
    details = []
    for one in made:
        samples = one.samples
        if not samples.size:
            raise FaultError("a sentence gives no audio")
        peak = float(np.abs(samples).max())
        if peak > 1:
            raise FaultError(f"samples reach {peak:.3g}; they must be from -1 to 1")
        level_db = decibels(rms(samples))
        if level_db < SILENCE_DB:
            raise FaultError(f"the audio of a sentence is silent: {level_db:.0f} dB (at least {SILENCE_DB:g} dB)")
        clipped = int(np.count_nonzero(np.abs(samples) >= CLIPPED))
        share = f", {clipped / samples.size:.1%} of the samples clip" if clipped else ""
        details.append(f"{one.seconds:.2f} s at {level_db:.0f} dB{share}")
    return f"{'; '.join(details)}; {first_chunk(made[0])}"


def _heard(made: list[Made]) -> str:
    for one in made:
        if not one.text:
            raise FaultError("a spoken sentence gives no text")
    return "; ".join(f"'{one.text}'" for one in made)


def _check_spans(made: Made, text: str) -> str:
    end = 0
    for word in made.words:
        span = word.source
        if span is None:
            raise FaultError(f"'{word.text}' has no source; give the range of the word in segment.text")
        if not 0 <= span.start < span.end <= len(text):
            raise FaultError(f"'{word.text}' is at {span.start} to {span.end} of a text of {len(text)} characters")
        if span.start < end:
            raise FaultError(f"'{word.text}' at {span.start} comes after a word that ends at {end} of the text")
        end = span.end
    spoken = {index for word in made.words if word.source for index in range(word.source.start, word.source.end)}
    letters = [index for index, letter in enumerate(text) if letter.isalnum()]
    lost = [index for index in letters if index not in spoken]
    if len(lost) > len(letters) / 2:
        raise FaultError(f"the words cover {len(letters) - len(lost)} of {len(letters)} letters of the text")
    return f"{len(made.words)} words with {len(letters) - len(lost)} of {len(letters)} letters"
