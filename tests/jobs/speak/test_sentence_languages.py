"""The language `auto`: each sentence in its own language, as far as its speaker has it."""

from __future__ import annotations

from streaming_kit import ENGINES

from voxweft.jobs.speak import speak
from voxweft.jobs.voices import Speaker
from voxweft.jobs.voices.cast import Cast, CastSpeaker
from voxweft.utils.streaming import NamedVoice
from voxweft.utils.streaming.contract.registry import EngineRegistry

REGISTRY = EngineRegistry((ENGINES,))
ESPEAK = Speaker(engine="espeak", voice=NamedVoice("en-us+f2"))
TEXT = "Good morning. Guten Morgen! OK. Das ist schön.\n\nHow are you today? Et voilà, c'est tout."


def languages(text: str, speaker: Speaker = ESPEAK, **options: object) -> list[tuple[str, str | None]]:
    return [(one.text, one.language) for one in speak(text, speaker, REGISTRY, auto_language=True, **options).segments]


def test_each_sentence_has_its_own_language_and_its_own_voice() -> None:
    job = speak(TEXT, ESPEAK, REGISTRY, auto_language=True)
    assert [one.language for one in job.segments] == [None, "de", "de", "de", None, "fr"]
    # What doesn't depend on the language stays: eSpeak's variant.
    assert [one.voice.name for one in job.segments] == ["en-us+f2", *["+f2"] * 3, "en-us+f2", "+f2"]
    # The sentences and the pauses are those of the text without languages.
    plain = speak(TEXT, ESPEAK, REGISTRY)
    assert [(one.text, one.source, one.pause_after_s) for one in job.segments] == [
        (one.text, one.source, one.pause_after_s) for one in plain.segments
    ]


def test_a_language_of_the_script_stays() -> None:
    text = "[fr:] Good morning. [Bob] Guten Morgen. [pause:1s] Das ist gut. Thank you all."
    cast = Cast(members=(CastSpeaker(name="Bob", engine="espeak"),))
    assert languages(text, cast=cast) == [
        ("Good morning.", "fr"),
        ("Guten Morgen.", "de"),
        ("Das ist gut.", "de"),
        ("Thank you all.", None),
    ]
    assert [one.pause_after_s for one in speak(text, ESPEAK, REGISTRY, cast=cast, auto_language=True).segments][1] == 1


def test_voices_by_language_take_precedence_over_the_engines() -> None:
    cast = Cast(members=(CastSpeaker(name="Eva", engine="espeak", language="de", voice=NamedVoice("de+f3")),))
    voices = {"de": Speaker(engine="espeak", voice=NamedVoice("de+m7"))}
    job = speak("Hello there. Das ist gut.", ESPEAK, REGISTRY, cast=cast, auto_language=True, language_voices=voices)
    assert [one.voice for one in job.segments] == [NamedVoice("en-us+f2"), NamedVoice("de+m7")]


def test_a_language_that_no_one_speaks_changes_nothing() -> None:
    tone = Speaker(engine="tone")
    assert languages("Das ist gut.", tone) == [("Das ist gut.", None)]
    # Only the narrator is replaced by a speaker of the cast.
    cast = Cast(
        members=(CastSpeaker(name="Eva", engine="espeak", language="de"), CastSpeaker(name="Bob", engine="tone"))
    )
    assert languages("Das ist gut. [Bob] Das ist auch gut.", tone, cast=cast) == [
        ("Das ist gut.", "de"),
        ("Das ist auch gut.", None),
    ]


def test_tags_pronunciations_and_offsets_stay_with_their_sentences() -> None:
    text = r"Hello \[you\]. [laughs] Das ist [gut](/ɡuːt/). [sighs] How are you?"
    job = speak(text, ESPEAK, REGISTRY, markup=True, auto_language=True)
    assert [one.language for one in job.segments] == [None, "de", None]
    assert [text[one.source.start : one.source.end] for one in job.segments] == [
        r"Hello \[you\].",
        "Das ist [gut](/ɡuːt/).",
        "How are you?",
    ]
    assert len(job.segment_notes) == 3
