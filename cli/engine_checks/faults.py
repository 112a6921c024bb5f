"""Checks under stress: unusual input, a language that it doesn't have, cancel, a worker's death."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...jobs.transcribe.recognizer import Recognizer
from ...jobs.voices import Speaker
from ...media.audio.wav import whole_wav
from ...utils.cache.digest import content_digest
from ...utils.streaming import AudioPayload, FilePayload, StreamingSegment
from ...utils.streaming.contract.language_tags import best_tag, primary_tag
from .errors import FaultError, NotApplicableError
from .made import Made, difference, fault_of
from .subject import HEARD_RATE_HZ, Moment, Subject
from .texts import ABSENT_LANGUAGES, MAY_BE_SILENT, TEXTS, unusual_texts

MAX_CHARS = 1000
"""The longest text that the checks give to an engine; jobs cut texts at sentences."""
EARLY = 0.25
"""The fraction of its time after which a segment is cancelled, unless it has given something before."""
QUICK_LANGUAGES = 2
CANCELS_OVER = 3.0
"""A segment that is cancelled takes this many times `cancel_grace_s`, if its text may be that long."""


def unusual_input(subject: Subject) -> str:
    """Make unusual segments: each gives output, or an error that says what is wrong; the worker survives."""
    before = subject.make_one()
    found: dict[str, list[str]] = {}
    for name, segment in _unusual_segments(subject).items():
        (made,) = subject.make(segment)
        found.setdefault(_outcome(subject, name, made, before.worker), []).append(name)
    after = subject.make_one()
    if subject.repeats and (different := difference(before, after)):
        raise FaultError(f"after unusual input, a sentence differs: {different}")
    return "; ".join(f"{outcome}: {', '.join(names)}" for outcome, names in found.items())


def language(subject: Subject) -> str:
    """Speak each declared language that there is a text for; ask for one that isn't declared: refused."""
    languages = subject.facts.languages
    if not languages:
        raise NotApplicableError("no languages are declared")
    registry, name, model = subject.runtime.registry, subject.spec.name, subject.choices.model
    speaker = Speaker if subject.speaks else Recognizer
    absent = next((tag for tag in ABSENT_LANGUAGES if best_tag(tag, languages) is None), None)
    if absent is not None:
        with contextlib.suppress(ValueError):
            speaker(engine=name, model=model, language=absent).check(registry)
            raise FaultError(f"language '{absent}' is accepted, although 'languages' doesn't name it")
    tried = list({primary_tag(tag): tag for tag in reversed(languages) if primary_tag(tag) in TEXTS}.values())[::-1]
    tried = tried[: QUICK_LANGUAGES if subject.choices.quick else None]
    for tag in tried:
        (made,) = subject.make(subject.in_language(tag))
        if made.failed is not None:
            raise FaultError(f"language '{tag}' is declared, but: {fault_of(made.failed)}")
        if subject.speaks and not made.samples.size:
            raise FaultError(f"language '{tag}' is declared, but a text in it gives no audio")
    refused = f"; '{absent}' is refused" if absent is not None else ""
    return f"{', '.join(tried) or 'none tried'}{refused}"


def cancel(subject: Subject) -> str:
    """Cancel a long segment, before and after its first chunk: the worker survives, and works as before."""
    before = subject.make_one()
    long, n_texts = _long_segment(subject, before)
    early_s = EARLY * n_texts * _work_s(before)
    grace_s = subject.spec.cancel_grace_s
    waits = []
    moments: dict[str, Moment] = {
        "before its end": lambda made, elapsed_s: _late(made, elapsed_s) or elapsed_s > early_s,
        "after its first output": _late,
    }
    for moment, reached in moments.items():
        subject.interrupt(long, reached, None)
        after = subject.make_one()
        if after.worker != before.worker:
            raise FaultError(
                f"a segment that was cancelled {moment} didn't stop within cancel_grace_s ({grace_s:g} s), so its "
                "worker was killed; call cancelled() more often"
            )
        if subject.repeats and (different := difference(before, after)):
            raise FaultError(f"after a cancel {moment}, a sentence differs: {different}")
        assert after.done is not None, "make_one raises for a failed segment"
        waits.append(after.done.stats.queue_s)
    return f"free again after {max(waits):.2f} s at most (limit {grace_s:g} s)"


def crash(subject: Subject) -> str:
    """Kill the worker in mid-segment: a deterministic engine goes on without a seam, and the next segment works."""
    segment = subject.long_segment(3)
    expected = subject.make_one(segment)
    half_s = _work_s(expected) / 2

    def moment(made: Made, elapsed_s: float) -> bool:
        return bool(made.chunks or made.updates) or elapsed_s > half_s

    made = subject.interrupt(segment, moment, subject.kill_worker)
    if subject.spec.deterministic:
        if made.failed is not None:
            raise FaultError(f"the retry on a new worker failed: {made.failed.message}")
        if different := difference(expected, made):
            raise FaultError(f"the retry on a new worker differs: {different}")
    elif made.failed is not None and "after part of the segment was delivered" not in made.failed.message:
        raise FaultError(f"after the death of its worker: {made.failed.message}")
    subject.make_one()
    retried = made.done is not None and made.done.stats.attempts > 1
    return "retried without a seam" if retried else "the next segment works on a new worker"


def _unusual_segments(subject: Subject) -> dict[str, StreamingSegment]:
    if subject.speaks:
        texts = unusual_texts(subject.texts[0])
        if subject.choices.quick:
            texts = {name: text for name, text in texts.items() if len(text) < 200}
        tagged = {f"[{tag}]": f"[{tag}] {subject.texts[0]}" for tag in (subject.facts.tags or ())[:3]}
        return {name: subject.segment(text=text) for name, text in (texts | tagged).items()}
    recording = subject.recorded_first()
    noise = np.random.default_rng(0).normal(0, 0.1, 2 * HEARD_RATE_HZ)
    audio: dict[str, tuple[NDArray[Any], int]] = {
        "no audio": (np.empty(0), HEARD_RATE_HZ),
        "10 ms": (recording[: HEARD_RATE_HZ // 100], HEARD_RATE_HZ),
        "silence": (np.zeros(2 * HEARD_RATE_HZ), HEARD_RATE_HZ),
        "noise": (noise, HEARD_RATE_HZ),
        "8 kHz": (recording[::2], HEARD_RATE_HZ // 2),
        "48 kHz": (np.repeat(recording, 3), HEARD_RATE_HZ * 3),
    }
    segments = {
        name: subject.segment(payload=AudioPayload(samples.astype("<f4").tobytes(), rate))
        for name, (samples, rate) in audio.items()
    }
    file = subject.runtime.settings.cache_dir / "recording.wav"
    data = whole_wav(recording, HEARD_RATE_HZ)
    file.write_bytes(data)
    return {**segments, "file": subject.segment(payload=FilePayload(str(file), content_digest(data)))}


def _outcome(subject: Subject, name: str, made: Made, worker: int) -> str:
    """Return what unusual input gave, as a word. FaultError unless it was output or an error that says something."""
    failed = made.failed
    if failed is None:
        assert made.done is not None, "a segment ends one way or the other"
        if made.done.stats.attempts > 1 or (made.done.stats.worker != worker):
            raise FaultError(f"{name}: the worker died, although a retry worked")
        if not subject.speaks:
            return "text" if made.text else "no text"
        if made.samples.size:
            return "audio"
        if name not in MAY_BE_SILENT:
            raise FaultError(f"{name}: no audio and no error; silence must not pass as speech")
        return "no audio"
    if failed.attempts > 1 or worker not in subject.pids:
        raise FaultError(f"{name}: {failed.message}")
    if " " not in failed.message.strip():
        raise FaultError(
            f"{name}: the error is only '{failed.message}', from the exception; raise ValueError with what is wrong, "
            "and how to fix it"
        )
    return "error"


def _long_segment(subject: Subject, one: Made) -> tuple[StreamingSegment, int]:
    """Return a segment that takes some time, if the engine takes a text of that length, and its number of texts."""
    text = subject.segment().text
    wanted = math.ceil(CANCELS_OVER * subject.spec.cancel_grace_s / _work_s(one))
    n_texts = max(min(wanted, MAX_CHARS // (len(text) + 1)), 3)
    while n_texts > 1:
        segment = subject.long_segment(n_texts)
        if subject.interrupt(segment, _late, None).failed is None:
            return segment, n_texts
        n_texts //= 2
    return subject.segment(), 1


def _late(made: Made, _elapsed_s: float) -> bool:
    return bool(made.chunks or made.updates)


def _work_s(made: Made) -> float:
    """Return how long the engine worked on a segment."""
    assert made.done is not None, "it didn't fail"
    return max(made.done.stats.total_s - made.done.stats.queue_s, 1e-3)
