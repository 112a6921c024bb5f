"""Speaking a script: each passage in its speaker's voice, also with several engines."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streaming_kit import ENGINES, tone_samples

from voxweft.jobs.run import run
from voxweft.jobs.speak import speak
from voxweft.jobs.speak.job import EAGER_CHARS
from voxweft.jobs.speak.pauses import Pauses
from voxweft.jobs.voices import Speaker
from voxweft.jobs.voices.cast import Cast, CastError, CastSpeaker
from voxweft.media.subtitles import write_subtitles
from voxweft.text.errors import TextError
from voxweft.text.lexicon import read_lexicon
from voxweft.utils.streaming import NamedVoice, StreamingSegment
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime

REGISTRY = EngineRegistry((ENGINES,))
SHORT = {"chunks": 3, "chunk_samples": 1000}
TONE = Speaker(engine="tone", params=SHORT)
CAST = Cast(
    members=(
        CastSpeaker(name="Anna", engine="espeak", voice="en-gb+f2", speed=1.2),
        CastSpeaker(name="Bob", engine="tone", seed=7, params=SHORT, gain_db=-6.0),
        CastSpeaker(name="Hans", engine="espeak", language="de", aliases=("Speaker 2",)),
        CastSpeaker(name="Loud", engine="tone", params=SHORT, gain_db=20.0),
    ),
)
SCRIPT = """The narrator begins. [1] is no tag.

Anna: Good morning!
[Bob] And to you. [pause:1.5s] Really.

[de:] Guten Tag. [Bob|seed:9|speed:1.5] Hm.
[Speaker 2]
Ein Satz. Noch einer.
"""


def segments(text: str, cast: Cast | None = CAST, **options: object) -> list[StreamingSegment]:
    return list(speak(text, TONE, REGISTRY, cast=cast, **options).segments)


@pytest.mark.parametrize("text", ["Speaker 3: Guten Tag.", "[Speakr 2] Guten Tag.", "[|speed:1.1] [Speaker 3]"])
def test_a_misspelled_alias_is_an_error(text: str) -> None:
    with pytest.raises(TextError, match=r"did you mean 'Speaker 2'\?") as raised:
        segments(text)
    assert raised.value.nearest == ("Speaker 2",)


def test_tags_choose_speakers_and_settings() -> None:
    found = segments(SCRIPT, CAST)
    assert [(one.text, one.engine, one.speed, one.seed) for one in found] == [
        ("The narrator begins.", "tone", 1.0, 0),
        ("[1] is no tag.", "tone", 1.0, 0),
        ("Good morning!", "espeak", 1.2, 0),
        ("And to you.", "tone", 1.0, 7),
        ("Really.", "tone", 1.0, 7),
        ("Guten Tag.", "tone", 1.0, 0),
        ("Hm.", "tone", 1.5, 9),
        ("Ein Satz.", "espeak", 1.0, 0),
        ("Noch einer.", "espeak", 1.0, 0),
    ]
    assert found[2].voice == NamedVoice("en-gb+f2")
    assert found[5].language == "de"
    for one in found:
        assert one.source is not None
        assert SCRIPT[one.source.start : one.source.end] == one.text
    # The tone engine has no list of languages, so any language is accepted.
    # After "Good morning!", "Guten Tag.", "Hm." and "Ein Satz.", a short reply's.
    pauses_s = [round(one.pause_after_s, 3) for one in found]
    assert pauses_s == [0.3, 0.7, 0.2, 1.5, 0.7, 0.2, 0.2, 0.2, 0.0]


parts = st.lists(
    st.sampled_from(["Yes.", "No!", " ", "\n", "\n\n", "[1]", "[laughs]", "(x)", "1.5", "word", "中文。", "a: b", "🙂"])
)


@settings(max_examples=60)
@given(parts)
def test_without_tags_a_script_has_the_segments_of_a_text(words: list[str]) -> None:
    text = "".join(words)
    if not text.strip():
        return
    plain = speak(text, TONE, REGISTRY).segments
    script = speak(text, TONE, REGISTRY, markup=True).segments
    with_cast = speak(text, TONE, REGISTRY, cast=CAST).segments
    assert [(one.text, one.source, one.params) for one in script] == [
        (one.text, one.source, one.params) for one in plain
    ]
    assert list(with_cast) == list(script)


def test_a_plain_text_keeps_every_character() -> None:
    text = r"[de:] [pause:1s] a \[ b [c](/d/)"
    (one,) = segments(text, None)
    assert one.text == text
    assert segments(text, CAST, markup=False)[0].text == text


def test_the_lexicon_and_normalization() -> None:
    lexicon = read_lexicon("SQL = sequel\ntomato = /təˈmɑːtoʊ/\nkm = kay em\n")
    text = "I like **SQL**.\nA tomato costs $5.\n\nRun 5 km 🎉."

    def texts(engine: str, **options: object) -> list[str]:
        return [one.text for one in speak(text, Speaker(engine=engine), REGISTRY, **options).segments]

    spoken = ["I like SQL.", "A tomato costs five dollars.", "Run five kilometers."]
    for engine, markup in itertools.product(("espeak", "kokoro"), (True, False)):
        assert texts(engine, markup=markup) == spoken
    assert texts("espeak", normalize=False) == ["I like **SQL**.", "A tomato costs $5.", "Run 5 km 🎉."]
    assert texts("espeak", name_emoji=True)[2] == "Run five kilometers, party popper."
    # The lexicon takes precedence, and what is beside its words is still normalized.
    job = speak(text, Speaker(engine="kokoro"), REGISTRY, lexicon=lexicon)
    assert [one.text for one in job.segments] == [
        "I like sequel.",
        "A [tomato](/təˈmɑːtoʊ/) costs five dollars.",
        "Run five kay em.",
    ]
    assert [text[one.source.start : one.source.end] for one in job.segments][1] == "A tomato costs $5."
    with pytest.raises(ValueError, match="turn normalization on"):
        texts("espeak", normalize=False, name_emoji=True)
    assert list(speak("🎉 **", Speaker(engine="espeak"), REGISTRY).segments) == []
    assert list(speak("[Anna] 🎉 **", Speaker(engine="espeak"), REGISTRY, cast=CAST).segments) == []


def test_another_language_changes_the_voice_or_the_speaker_or_fails() -> None:
    english = Speaker(engine="espeak", voice=NamedVoice("en-gb+f2"))

    def spoken(text: str, speaker: Speaker, cast: Cast) -> StreamingSegment:
        return next(iter(speak(text, speaker, REGISTRY, cast=cast).segments))

    one = spoken("[de:] Hallo.", english, CAST)
    assert (one.voice, one.language) == (NamedVoice("+f2"), "de"), "the variant is the voice, the rest a language"
    assert spoken("[de:] Hallo.", Speaker(engine="espeak", voice=NamedVoice("en-gb")), CAST).voice is None
    kokoro = Speaker(engine="kokoro", voice=NamedVoice("af_bella"))
    assert spoken("[fr:] Bonjour.", kokoro, CAST).voice == NamedVoice("af_bella")
    job = speak("[de:] Hallo.", kokoro, REGISTRY, cast=CAST)
    (one,) = job.segments
    assert (one.engine, one.language) == ("espeak", "de")
    with pytest.raises(TextError, match=r"^3:6: engine 'kokoro' doesn't speak the language 'sv'; these do:.*espeak"):
        spoken("Hello.\n\n[sv:] Hej.", kokoro, CAST)
    cast = Cast(members=(CastSpeaker(name="K", engine="kokoro"),))
    with pytest.raises(TextError, match="'kokoro' doesn't speak the language 'de'"):
        spoken("[de:K] Hallo.", english, cast)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("[Bob|speed:9] x", "^1:14: speed 9"),
        ("a\n[Anna|pich:3] x", "^2:1: .*pich"),
        ("[Anna|pitch:300] x", "parameter 'pitch' is 300"),
        ("[Bob|gain:90] x", "gain 90 dB is out of range"),
        ("[xx:Nobody] x", "Nobody"),
    ],
)
def test_settings_that_an_engine_does_not_have_are_refused(text: str, match: str) -> None:
    with pytest.raises(TextError, match=match):
        speak(text, TONE, REGISTRY, cast=CAST)


def test_empty_scripts_and_other_mistakes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^nothing to speak: the script is empty"):
        speak(" \n", TONE, REGISTRY, cast=CAST)
    with pytest.raises(CastError, match="'X': there is no engine"):
        speak("x", TONE, REGISTRY, cast=Cast(members=(CastSpeaker(name="X", engine="nix"),)))
    with pytest.raises(ValueError, match="sentence_s must be between 0 and 600 seconds, not -1"):
        Pauses(sentence_s=-1)


def test_the_audio_of_a_script(runtime: Runtime) -> None:
    """Two engines, gains, explicit pauses at both ends; the report says where everything is."""
    text = "[pause:500ms] One. [Bob] Two. [Anna] Three. [pause:250ms]"
    job = speak(text, TONE, runtime.registry, cast=CAST)
    audio = np.concatenate(list(run(job, runtime)))
    assert job.sample_rate == 24000, "the narrator's"
    report = job.report()
    one, two, three = report.segments
    assert one.start_sample == 12000
    np.testing.assert_array_equal(audio[one.start_sample : one.end_sample], tone_samples("One.", 3, 1000))
    loud = np.float32(10 ** (-6 / 20))
    expected = _tone("Two.", 7) * loud
    np.testing.assert_array_equal(audio[two.start_sample : two.end_sample], expected)
    assert two.start_sample - one.end_sample == round(0.2 * 24000), "a short reply's"
    assert np.abs(audio[three.start_sample : three.end_sample]).max() > 0.1
    assert audio.size == three.end_sample + 6000 == round(report.duration_s * 24000)
    assert not audio[three.end_sample :].any()
    assert [(piece.speaker, piece.engine, piece.voice) for piece in report.segments] == [
        ("", "tone", ""),
        ("Bob", "tone", ""),
        ("Anna", "espeak", "en-gb+f2"),
    ]
    assert (two.seed, two.gain_db, three.speed) == (7, -6.0, 1.2)
    assert write_subtitles(job.subtitles(), "vtt").count("<v ") == 2
    again = speak(text.replace("One.", "One. And a half."), TONE, runtime.registry, cast=CAST)
    for _ in run(again, runtime):
        pass
    assert [piece.cached for piece in again.report().segments] == [True, False, True, True]


def _tone(text: str, seed: int) -> np.ndarray:
    from streaming_kit import TONE as ENGINE

    return ENGINE.expected(text, seed, 3, 1000)


def test_amplified_audio_never_clips(runtime: Runtime) -> None:
    job = speak("[Anna] Before. [Loud] Now! [Bob] After.", TONE, runtime.registry, cast=CAST)
    audio = np.concatenate(list(run(job, runtime)))
    assert np.abs(audio).max() <= 1.0
    _, loud, after = job.report().segments
    assert np.abs(audio[loud.start_sample : loud.end_sample]).max() > 0.8
    assert audio.size == after.end_sample
    np.testing.assert_array_equal(
        audio[after.start_sample : after.end_sample], _tone("After.", 7) * np.float32(10 ** (-6 / 20))
    )


def test_words_have_their_positions_in_the_script(runtime: Runtime) -> None:
    text = "[Anna] See [this](/dis/) one. And \\[that\\]."
    job = speak(text, TONE, runtime.registry, cast=CAST)
    job.words = []
    for _ in run(job, runtime):
        pass
    # eSpeak NG says "this one" as one word.
    words = [(word.text, text[word.source_start : word.source_end]) for word in job.words]
    assert words[:2] == [("See", "See"), ("this one", "[this](/dis/) one")]
    assert any("that" in spoken and "that" in source for spoken, source in words[2:])
    assert job.report().segments[0].notes == (
        "[this](/dis/): engine 'espeak' accepts no phonemes; it pronounces the word itself",
    )


def test_notes_name_brackets_that_are_read_as_text() -> None:
    job = speak("[laughs] Well, [1] is here. [two](/tu/) words.", TONE, REGISTRY, cast=CAST)
    report = job.report()
    assert [note.partition(": ")[0] for note in report.notes] == ["1:16"]
    assert report.n_notes == 1


def test_a_long_text_is_segmented_while_it_is_spoken(runtime: Runtime) -> None:
    text = "A short sentence number one. And another one!\n\n" * 20_000
    assert len(text) > EAGER_CHARS
    for markup in (False, True):
        job = speak(text, TONE, runtime.registry, markup=markup, cast=CAST if markup else None)
        assert job.n_segments is None
        seen = []
        blocks = run(job, runtime, on_progress=seen.append)
        for _ in itertools.islice(blocks, 20):
            pass
        blocks.close()
        assert len(job._utterances) < 20, "no more than the look-ahead"
        assert job.placed
        assert seen[-1].segments_total is None
        assert 0 < seen[-1].fraction_done < 0.01
    assert len(job.segments) == 40_000, "for who insists"
    assert job.segments[39_999].text == "And another one!"


def test_a_long_text_is_spoken_completely(runtime: Runtime) -> None:
    text = "[Bob] " + "Word " * 20_500 + "end. [pause:1s]"
    job = speak(text, TONE, runtime.registry, cast=CAST)
    seen = []
    n_samples = sum(block.size for block in run(job, runtime, on_progress=seen.append))
    report = job.report()
    assert job._utterances == {}
    assert job.n_segments == len(report.segments) == seen[-1].segments_total
    assert seen[-1].fraction_done == 1.0
    assert n_samples == report.segments[-1].end_sample + 24000
    assert " ".join(piece.text for piece in report.segments).split() == text[6:-11].split()


def test_an_error_late_in_a_long_script_has_its_position(runtime: Runtime) -> None:
    text = (" ".join(["Nothing wrong here"] * 20) + ".\n\n") * 270 + "[zz:Nobody] x"
    job = speak(text, TONE, runtime.registry, cast=CAST)
    with pytest.raises(TextError, match=r"^541:1: "):
        for _ in run(job, runtime):
            pass
    assert job.placed[0].end_sample > 0


@pytest.mark.parametrize("long", [False, True])
def test_single_segments_may_have_different_seeds(long: bool) -> None:
    text = "One. Two. Three. " + "Four is longer. " * (EAGER_CHARS // 16 if long else 0)
    job = speak(text, TONE, REGISTRY, seeds={1: 42})
    assert [one.seed for one in itertools.islice(job.source, 3)] == [0, 42, 0]
    assert [job.segments[number].seed for number in range(3)] == [0, 42, 0]
