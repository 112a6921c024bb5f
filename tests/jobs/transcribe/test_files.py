"""The state machine of a transcription: parts, times, prompts and progress, without decoding."""

from __future__ import annotations

from pathlib import Path

import pytest

from voxweft.jobs.transcribe import Recognizer, TranscribeJob
from voxweft.utils.streaming import (
    FilePayload,
    LoadProgress,
    SegmentDone,
    SegmentStats,
    StreamingSegment,
    TranscriptUpdate,
    Word,
)
from voxweft.utils.streaming.contract.engine_spec import EngineSpec
from voxweft.utils.streaming.contract.registry import EngineRegistry

FILE = Path("/films/one.mkv")


@pytest.fixture(scope="module")
def registry() -> EngineRegistry:
    return EngineRegistry()


@pytest.fixture(scope="module")
def spec(registry: EngineRegistry) -> EngineSpec:
    return registry.get("faster_whisper")


def length(end_s: float, language: str | None = None, probability: float | None = None) -> TranscriptUpdate:
    return TranscriptUpdate(text="", committed=False, end_s=end_s, language=language, language_probability=probability)


def recognized(text: str, start_s: float, end_s: float, *words: Word) -> TranscriptUpdate:
    return TranscriptUpdate(text=text, start_s=start_s, end_s=end_s, words=words)


def next_part_at(cut_s: float) -> TranscriptUpdate:
    return TranscriptUpdate(text="", start_s=cut_s, end_s=cut_s)


DONE = SegmentDone(stats=SegmentStats())


def make(spec: EngineSpec, **fields: object) -> TranscribeJob:
    return TranscribeJob(FILE, "d" * 32, Recognizer(**fields), spec)


def fed(job: TranscribeJob, *events: object) -> StreamingSegment:
    """Feed events to the next part and return its segment."""
    segment = job.next_segment()
    assert segment is not None
    for event in events:
        list(job.feed(event))  # type: ignore[arg-type]
    return segment


def test_a_short_recording_is_one_part(spec: EngineSpec) -> None:
    job = make(spec)
    segment = fed(
        job, length(3.5, "de", 0.9), recognized("Guten Tag.", 0.5, 1.5), recognized("Na dann.", 2.0, 3.0), DONE
    )
    assert segment.payload == FilePayload(path=str(FILE), digest="d" * 32)
    assert (segment.engine, segment.model, segment.language) == ("faster_whisper", spec.default_model, None)
    assert job.next_segment() is None
    report = job.report()
    assert [(piece.text, piece.start_s, piece.end_s, piece.language) for piece in report.segments] == [
        ("Guten Tag.", 0.5, 1.5, "de"),
        ("Na dann.", 2.0, 3.0, "de"),
    ]
    assert (report.duration_s, report.language, report.language_probability) == (3.5, "de", 0.9)
    assert job.progress.done_s == job.progress.known_s == 3.5


def test_the_next_part_starts_at_the_cut_with_the_words_before_as_prompt(spec: EngineSpec) -> None:
    job = make(spec, prompt="Names: Ann.")
    word = Word("later", 1.0, 1.5, probability=0.5)
    first = fed(job, length(1700.0, "en", 0.99), recognized(" Early on.", 1.0, 2.0), next_part_at(1700.0), DONE)
    assert first.context is not None
    assert first.context.prompt == "Names: Ann."
    assert job.progress.done_s == 1700.0
    second = fed(job, length(100.0, "en", 0.4), recognized("Much later.", 0.5, 1.5, word), DONE)
    assert isinstance(second.payload, FilePayload)
    assert second.payload.start_s == 1700.0
    assert second.context is not None
    assert second.context.prompt == "Early on."
    assert job.next_segment() is None
    last = job.report().segments[-1]
    assert (last.start_s, last.end_s) == (1700.5, 1701.5)
    assert last.words == (Word("later", 1701.0, 1701.5, probability=0.5),)
    assert job.report().duration_s == 1800.0
    assert job.report().language_probability == 0.99, "of the first part, which detected it"


def test_the_prompt_of_a_part_is_limited_and_optional(spec: EngineSpec) -> None:
    sentences = [recognized(f" This is sentence {number}.", number, number + 1) for number in range(500)]
    job = make(spec)
    fed(job, length(600.0), *sentences, next_part_at(600.0), DONE)
    following = job.next_segment()
    assert following is not None
    assert following.context is not None
    assert following.context.prompt is not None
    assert following.context.prompt.endswith("sentence 498. This is sentence 499.")
    assert len(following.context.prompt) <= 400
    job = make(spec, params={"condition_on_previous_text": False})
    fed(job, length(600.0), *sentences, next_part_at(600.0), DONE)
    following = job.next_segment()
    assert following is not None
    assert following.context is None


def test_segments_are_yielded_as_they_are_recognized(spec: EngineSpec) -> None:
    job = make(spec)
    job.next_segment()
    assert list(job.feed(length(10.0))) == []
    assert [piece.text for piece in job.feed(recognized("One.", 0.0, 4.0))] == ["One."]
    assert (job.progress.done_s, job.progress.known_s) == (4.0, 10.0)


def test_progress_has_a_message_before_the_first_words(spec: EngineSpec) -> None:
    job = make(spec)
    job.next_segment()
    list(job.feed(LoadProgress(engine="faster_whisper", model="tiny", message="downloading model.bin")))
    assert job.progress.message == "faster_whisper: downloading model.bin"
    list(job.feed(LoadProgress(engine="faster_whisper", model="tiny", message="ready")))
    assert job.progress.message == ""


def test_silence_has_a_length_and_no_words(spec: EngineSpec) -> None:
    job = make(spec)
    fed(job, length(60.0), DONE)
    assert job.report().segments == ()
    assert job.report().duration_s == 60.0
    assert job.next_segment() is None


def test_settings_reach_the_segment(spec: EngineSpec) -> None:
    job = make(spec, model="tiny", language="de", translate=True, params={"beam_size": 1}, seed=3)
    segment = job.next_segment()
    assert segment is not None
    assert (segment.model, segment.language, segment.seed) == ("tiny", "de", 3)
    assert segment.params == {"beam_size": 1, "task": "translate"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"engine": "espeak"}, "doesn't recognize speech"),
        ({"model": "enormous"}, "no model 'enormous'"),
        ({"language": "tlh"}, "doesn't understand the language 'tlh'"),
        ({"params": {"beam": 3}}, "did you mean 'beam_size"),
        ({"params": {"beam_size": 0}}, "outside"),
    ],
)
def test_invalid_settings_raise_before_the_start(
    registry: EngineRegistry, fields: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Recognizer(**{"engine": "faster_whisper", **fields}).check(registry)
