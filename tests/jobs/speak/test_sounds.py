"""Sounds and moods: what engines with and without them get, and what the report says."""

from __future__ import annotations

import re

import numpy as np
import pytest
from performer_kit import texts_in
from streaming_kit import ENGINES

from voxweft.jobs.run import run
from voxweft.jobs.speak import SpeakJob, speak
from voxweft.jobs.voices import Speaker
from voxweft.jobs.voices.cast import Cast, CastSpeaker
from voxweft.text.errors import TextError
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime

REGISTRY = EngineRegistry((ENGINES,))
PERFORMER = Speaker(engine="performer")
QUIET = Speaker(engine="performer", model="quiet")
TONE = Speaker(engine="tone", params={"chunks": 1, "chunk_samples": 100})
CAST = Cast(
    members=(
        CastSpeaker(name="Anna", engine="performer"),
        CastSpeaker(name="Bob", engine="tone", params={"chunks": 1, "chunk_samples": 100}),
        CastSpeaker(name="Hush", engine="performer", model="quiet"),
    ),
)


def texts(job: SpeakJob) -> list[tuple[str, str]]:
    return [(segment.engine, segment.text) for segment in job.segments]


def audio(job: SpeakJob, runtime: Runtime) -> np.ndarray:
    return np.concatenate([np.zeros(0, np.float32), *run(job, runtime)])


def test_each_speaker_of_a_dialogue_performs_what_its_engine_has() -> None:
    script = "[Anna|emotion:angry] No! [sighs] Go.\nBob: [laughs] Yes. [hum]\n[Hush|emotion:angry] So [laughs] so.\n"
    job = speak(script, TONE, REGISTRY, cast=CAST)
    assert texts(job) == [
        ("performer", "[angry] No!"),
        ("performer", "[angry] [sigh] Go."),
        ("tone", "Yes."),
        ("performer", "So so."),
    ]
    assert [segment.model for segment in job.segments] == ["lively", "lively", "", "quiet"]
    assert job.segment_notes == (
        "[laughs] is left out: engine 'tone' doesn't perform it",
        "[hum] is left out: engine 'tone' doesn't perform it",
        "emotion 'angry' is left out: model 'quiet' of engine 'performer' doesn't perform it",
        "[laughs] is left out: model 'quiet' of engine 'performer' doesn't perform it",
    )


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("Well [laughs], yes. [sighs deeply] I know.\n\n[coughs]\n\nOh[whispers]!", {}),
        ("Well [laughs], yes. [sighs] I know.", {"markup": True}),
        ("<speak>Well [laughs], yes.</speak>", {"markup": True}),
    ],
)
def test_an_engine_without_sounds_has_the_segments_of_the_text_without_tags(text: str, options: dict) -> None:
    without = re.sub(r"\n\n\[coughs\]| ?\[\w+( deeply)?\](?= )| ?\[\w+\]", "", text)
    assert "[" not in without
    tagged, plain = speak(text, TONE, REGISTRY, **options), speak(without, TONE, REGISTRY, **options)
    assert texts(tagged) == texts(plain)
    assert [one.pause_after_s for one in tagged.segments] == [one.pause_after_s for one in plain.segments]


def test_audio_report_words_and_subtitles(runtime: Runtime) -> None:
    text = "Well [laughs], yes.\n\n[sighs]\n\n[coughs] [whispers] I know."
    job = speak(text, PERFORMER, runtime.registry)
    job.words = []
    assert texts_in(audio(job, runtime)) == ["Well [laugh], yes.", "[sigh]", "[whispering] I know."]
    report = job.report()
    assert [(one.text, one.performed, one.notes) for one in report.segments] == [
        ("Well, yes.", ("laugh",), ()),
        ("", ("sigh",), ()),
        (
            "I know.",
            ("whispering",),
            ("[coughs] is left out: model 'lively' of engine 'performer' doesn't perform it",),
        ),
    ]
    assert [text[one.source_start : one.source_end] for one in report.segments] == [
        "Well [laughs], yes.",
        "[sighs]",
        "[whispers] I know.",
    ]
    assert [(word.text, text[word.source_start : word.source_end]) for word in job.words] == [
        ("Well", "Well"),
        (",", ","),
        ("yes.", "yes."),
        ("I", "I"),
        ("know.", "know."),
    ]
    assert [cue.text for cue in job.subtitles()] == ["Well, yes.", "I know."]


def test_a_tag_is_part_of_the_cache_key_only_where_it_is_performed(runtime: Runtime) -> None:
    for speaker, is_cached in ((PERFORMER, False), (QUIET, True)):
        audio(speak("Well, yes.", speaker, runtime.registry), runtime)
        tagged = speak("Well [laughs], yes.", speaker, runtime.registry)
        audio(tagged, runtime)
        assert [one.cached for one in tagged.report().segments] == [is_cached]


@pytest.mark.parametrize("markup", [False, True])
def test_a_text_of_sounds_only_is_never_an_error(runtime: Runtime, markup: bool) -> None:
    performed = speak("[laughs]", PERFORMER, runtime.registry, markup=markup)
    assert texts_in(audio(performed, runtime)) == ["[laugh]"]
    job = speak("[laughs]\n\n[sighs]", TONE, runtime.registry, markup=markup)
    assert audio(job, runtime).size == 0
    report = job.report()
    assert (report.duration_s, report.segments, report.n_notes) == (0.0, (), 2)
    assert report.notes == (
        "1:1: [laughs] is left out: engine 'tone' doesn't perform it",
        "3:1: [sighs] is left out: engine 'tone' doesn't perform it",
    )


def test_an_engines_own_sounds_are_tags_only_in_its_jobs() -> None:
    assert texts(speak("A [hum] b.", PERFORMER, REGISTRY)) == [("performer", "A [hum] b.")]
    assert texts(speak("A [hum] b.", QUIET, REGISTRY)) == [("performer", "A b.")]
    assert texts(speak("A [hum] b.", TONE, REGISTRY)) == [("tone", "A [hum] b.")]


def test_an_emotion_ends_with_its_line() -> None:
    script = "[emotion:angry] No! Never.\nHe left. [|emotion:whisper] Quiet. [emotion: furious | speed: 1] Out!"
    assert texts(speak(script, PERFORMER, REGISTRY, markup=True)) == [
        ("performer", "[angry] No!"),
        ("performer", "[angry] Never."),
        ("performer", "He left."),
        ("performer", "[whispering] Quiet."),
        ("performer", "[angry] Out!"),
    ]


def test_an_unknown_emotion_is_an_error() -> None:
    with pytest.raises(TextError, match=r"1:1: unknown emotion 'angyr'; did you mean 'angry'\?"):
        speak("[emotion:angyr] No!", PERFORMER, REGISTRY, markup=True)


def test_escaped_brackets_are_never_performed() -> None:
    (segment,) = speak(r"A \[laugh\] is no [laughs].", PERFORMER, REGISTRY, markup=True).segments
    assert segment.text == "A (laugh) is no [laugh]."


@pytest.mark.parametrize("normalize", [True, False])
def test_marks_alone_are_a_pause_that_no_engine_is_asked_to_speak(normalize: bool) -> None:
    job = speak(" ...\n", Speaker(engine="tone"), REGISTRY, normalize=normalize)
    assert list(job.segments) == []
    blocks = list(job.finish())
    assert sum(map(len, blocks)) == round(0.3 * job.sample_rate)
    report = job.report()
    assert [(one.status, one.text, one.source_start, one.source_end) for one in report.segments] == [
        ("silent", "...", 1, 4)
    ]
    assert report.duration_s == pytest.approx(0.3)
    assert job.is_silent
    assert list(speak("100 %", Speaker(engine="tone"), REGISTRY, normalize=False).segments)


@pytest.mark.parametrize(
    ("script", "pause_s"),
    [
        ("...", 0.3),
        ("[|speed:2] \u200b\n\n[|gain:3]", 0.3),
        ("[|gain:3] [pause:1s]\n\n[|gain:3]", 1.0),
        ("[pause:1s] — [pause:500ms]", 1.5),
        ("<speak><break time='2s'/></speak>", 2.0),
    ],
)
def test_a_script_of_tags_and_marks_alone_is_a_pause(script: str, pause_s: float) -> None:
    job = speak(script, TONE, REGISTRY, markup=True)
    assert list(job.segments) == []
    assert sum(map(len, job.finish())) == round(pause_s * job.sample_rate)
    assert [segment.status for segment in job.report().segments] == ["silent"]
