"""Recordings prepared for engines: real speech, real recognition, and the clip that an engine really gets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from espeak_speech import SPEECH_RATE_HZ, spoken
from hypothesis import given, settings
from hypothesis import strategies as st
from streaming_kit import ENGINES, MakeRuntime

from voxweft.jobs.run import run
from voxweft.jobs.speak import speak
from voxweft.jobs.voices import Cast, CastSpeaker, PreparedVoice, Speaker, VoiceLibrary, VoiceRecording, VoiceResolver
from voxweft.jobs.voices.clip import words_before
from voxweft.jobs.voices.heard import Heard
from voxweft.jobs.voices.prepare import Preparation
from voxweft.media.audio.loudness import LoudnessMeter
from voxweft.media.audio.speech_activity import find_speech
from voxweft.utils.streaming import ReferenceVoice, Word
from voxweft.utils.streaming.contract.engine_spec import EngineSpec, ReferencePolicy
from voxweft.utils.streaming.contract.errors import UnknownEngineError
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime
from voxweft.utils.streaming.worker.blobs import BlobStore

REGISTRY = EngineRegistry((ENGINES,))
CLONER, MIMIC = REGISTRY.get("cloner"), REGISTRY.get("mimic")
TEXT = (
    "The quick brown fox jumps over the lazy dog. Then it goes home; and there it sleeps until the next morning comes."
)


class Ear:
    """Hears the words that are known to be said; it stands for the recognizer, which is tested on its own."""

    def __init__(self, words: tuple[Word, ...], *, ready: bool = True) -> None:
        self.words = words
        self.words_s = words[-1].end_s if words else 0.0
        self.ready = ready
        self.asked: list[float] = []

    def hear(
        self,
        recording: VoiceRecording,
        length_s: float,
        *,
        required: bool = False,
        poll: Callable[[], None] | None = None,
    ) -> Heard | None:
        self.asked.append(length_s)
        if self.ready:
            # A part of the recording begins 50 ms before the first word, the whole one 0.4 s.
            before_s = 0.0 if recording.duration_s > self.words_s else 0.35
            heard = [word for word in self.words if (word.start_s + word.end_s) / 2 - before_s < recording.duration_s]
            return Heard(words=tuple(heard), language="en")
        if required:
            raise UnknownEngineError(
                "there is no engine for recognition that is ready; run `voxweft engines install x`"
            )
        return None


def recording(text: str = TEXT, *, silence_s: float = 0.4, **fields: object) -> tuple[VoiceRecording, tuple[Word, ...]]:
    samples, words = spoken(text)
    edge = np.zeros(round(silence_s * SPEECH_RATE_HZ), np.float32)
    moved = tuple(Word(word.text, word.start_s + silence_s, word.end_s + silence_s) for word in words)
    made = VoiceRecording(
        samples=np.concatenate([edge, samples, edge]),
        sample_rate=SPEECH_RATE_HZ,
        name="anna.wav",
        transcript_place="anna.txt",
        **fields,
    )
    return made, moved


def with_policy(spec: EngineSpec = CLONER, **fields: object) -> EngineSpec:
    return msgspec.structs.replace(spec, reference=ReferencePolicy(**fields))


def clip_of(blobs: BlobStore, voice: PreparedVoice) -> tuple[np.ndarray, int, str | None]:
    (clip,) = voice.clips
    assert clip.voice is not None
    blob = blobs.get(clip.voice.digest)
    assert blob is not None
    assert clip.duration_s == blob.samples().size / blob.sample_rate
    return blob.samples(), blob.sample_rate, clip.voice.transcript


@settings(max_examples=20)
@given(
    st.sampled_from([0, 8000, 16000, 22050, 24000, 44100, 48000]),
    st.floats(2.0, 9.0),
    st.sampled_from(["needed", "used", "ignored"]),
    st.sampled_from([{}, {"lufs": -27.0}, {"rms": 0.1}, {"rms": 5.0}, {"lufs": 0.0}]),
)
def test_a_clip_has_the_rate_the_length_and_the_loudness_of_the_policy(
    rate: int, max_s: float, transcript: str, level: dict[str, float]
) -> None:
    blobs = BlobStore()
    made, words = recording()
    spec = with_policy(sample_rate=rate, max_s=max_s, transcript=transcript, **level)
    voice = Preparation(blobs, Ear(words)).prepare(made, spec)
    samples, got_rate, text = clip_of(blobs, voice)
    assert got_rate == (rate or SPEECH_RATE_HZ)
    assert 0.5 * got_rate <= samples.size <= max_s * got_rate
    assert np.abs(samples).max() <= 1.0
    if "rms" in level and np.abs(samples).max() < 0.97:
        assert np.sqrt(np.mean(samples**2)) == pytest.approx(level["rms"], rel=1e-3)
    if "lufs" in level and np.abs(samples).max() < 0.97:
        measured = LoudnessMeter.of_recording(samples[np.newaxis], got_rate).integrated_lufs
        assert measured == pytest.approx(level["lufs"], abs=0.05)
    assert (text is None) == (transcript == "ignored")
    again = Preparation(BlobStore(), Ear(words)).prepare(made, spec)
    assert again == voice, "the same bits"


def test_rounding_never_makes_a_clip_longer_than_the_maximum() -> None:
    blobs = BlobStore()
    sound = (0.3 * np.sin(np.arange(44_102) * 0.1)).astype(np.float32)
    made = VoiceRecording(samples=sound, sample_rate=44_100, transcript="A tone.")
    samples, rate, _ = clip_of(blobs, Preparation(blobs).prepare(made, with_policy(sample_rate=16_000, max_s=1.00005)))
    assert samples.size == 16_000, "44,102 samples are 16,000.7 at that rate"
    assert samples.size / rate <= 1.00005


def test_silence_at_the_edges_is_cut_but_for_50_ms() -> None:
    blobs = BlobStore()
    made, words = recording(silence_s=1.0, transcript="Its words.")
    samples, rate, text = clip_of(blobs, Preparation(blobs).prepare(made, with_policy()))
    first, last = (np.flatnonzero(np.abs(samples) > 0.01)[at] / rate for at in (0, -1))
    assert 0.03 < first < 0.1
    assert 0.03 < samples.size / rate - last < 0.1
    assert samples.size / rate == pytest.approx(words[-1].end_s - words[0].start_s + 0.1, abs=0.15)
    assert text == "Its words."


@pytest.mark.parametrize("max_s", [2.0, 3.0, 4.0, 5.0, 6.0])
@pytest.mark.parametrize("transcript", [None, TEXT, TEXT.replace("quick", "swift").replace(". ", " - ").upper()])
def test_the_transcript_is_cut_with_the_sound(max_s: float, transcript: str | None) -> None:
    blobs = BlobStore()
    made, words = recording(transcript=transcript)
    spec = with_policy(max_s=max_s, transcript="needed")
    voice = Preparation(blobs, Ear(words)).prepare(made, spec)
    samples, rate, text = clip_of(blobs, voice)
    # The sound starts 50 ms before the first word, and the recording 0.4 s before it.
    end_s = 0.35 + samples.size / rate
    inside = [word.text for word in words if (word.start_s + word.end_s) / 2 < end_s]
    assert 2 <= len(inside) < len(words)
    assert text is not None
    assert len(text.replace("-", "").split()) == len(inside)
    if transcript is None:
        assert text.split() == inside
        assert (
            f'anna.wav: heard "{text}"; if that is wrong, write the words of the recording into anna.txt'
            in voice.clips[0].notes
        )
    else:
        assert transcript.startswith(text)
    of_s = made.duration_s - 0.7
    used = f"anna.wav: {samples.size / rate:.1f} s of {of_s:.1f} s are used, as the maximum is {max_s:g} s"
    assert voice.clips[0].notes[0] == used


def test_a_transcript_that_is_not_of_the_recording_is_left_out_or_refused() -> None:
    made, words = recording(transcript="It was the best of times, it was the worst of times, it was the age of wisdom.")
    used = Preparation(BlobStore(), Ear(words)).prepare(made, with_policy(max_s=3.0))
    assert used.clips[0].voice.transcript is None
    assert "its transcript doesn't match what is heard, \"The quick brown fox" in used.clips[0].notes[1]
    with pytest.raises(ValueError, match=r"correct it, or shorten the recording to 3 s, with its words in anna\.txt"):
        Preparation(BlobStore(), Ear(words)).prepare(made, with_policy(max_s=3.0, transcript="needed"))


def test_without_a_recognizer_there_are_two_ways_out() -> None:
    deaf = Ear((), ready=False)
    made, _ = recording()
    with pytest.raises(
        ValueError,
        match=r"engine 'cloner' can't use anna\.wav: its transcript is needed; write its words into anna\.txt, or get "
        r"a recognizer \(there is no engine for recognition that is ready; run `voxweft engines install x`\)",
    ):
        Preparation(BlobStore(), deaf).prepare(made, with_policy(transcript="needed"))
    written, _ = recording(transcript=TEXT)
    assert Preparation(BlobStore(), deaf).prepare(written, with_policy(transcript="needed")).clips[0].notes == ()
    with pytest.raises(
        ValueError, match=r"longer than 3 s.*shorten the recording and its transcript in anna\.txt, or get"
    ):
        Preparation(BlobStore(), deaf).prepare(written, with_policy(max_s=3.0, transcript="needed"))
    voice = Preparation(BlobStore(), deaf).prepare(written, with_policy(max_s=3.0))
    assert voice.clips[0].voice.transcript is None
    assert voice.clips[0].notes[1].startswith("anna.wav: its transcript is left out: no recognizer is ready")
    assert Preparation(BlobStore(), deaf).prepare(made, with_policy()).clips[0].notes == ()
    with pytest.raises(ValueError, match="its transcript is needed"):
        Preparation(BlobStore()).prepare(made, with_policy(transcript="needed"))


def test_a_recording_without_words_cannot_give_a_transcript() -> None:
    made, _ = recording()
    with pytest.raises(ValueError, match=r"no words are recognized in it; write them into anna\.txt"):
        Preparation(BlobStore(), Ear(())).prepare(made, with_policy(transcript="needed"))
    voice = Preparation(BlobStore(), Ear(())).prepare(made, with_policy())
    assert voice.clips[0].voice.transcript is None
    assert "no words are recognized" in voice.clips[0].notes[0]


def test_a_short_recording_is_refused_or_noted() -> None:
    made, _ = recording("Hello there.")
    with pytest.raises(
        ValueError,
        match=r"can't use anna\.wav: it is \d\.\d\d s long without the silence at its ends; the minimum is 5 s",
    ):
        Preparation(BlobStore()).prepare(made, with_policy(min_s=5.0))
    voice = Preparation(BlobStore()).prepare(made, with_policy(recommended_s=5.0))
    assert "are short; with 5 s the voice is more like it" in voice.clips[0].notes[0]


def test_a_preparation_is_shared_by_engines_and_made_again_only_if_it_is_gone() -> None:
    made, words = recording()
    blobs, ear = BlobStore(max_bytes=1 << 20), Ear(words)
    first = Preparation(blobs, ear).prepare(made, with_policy(transcript="needed"))
    other = msgspec.structs.replace(with_policy(transcript="needed"), name="other", models={})
    assert Preparation(blobs, ear).prepare(made, other) == first
    assert len(ear.asked) == 1
    (clip,) = first.clips
    blobs.put(bytes((1 << 20) - 100))
    assert blobs.get(clip.voice.digest) is None
    assert Preparation(blobs, ear).prepare(made, other) == first
    assert blobs.get(clip.voice.digest) is not None


def test_a_recognizer_that_becomes_ready_is_used() -> None:
    made, words = recording()
    blobs, ear = BlobStore(), Ear(words, ready=False)
    assert Preparation(blobs, ear).prepare(made, with_policy()).clips[0].voice.transcript is None
    ear.ready = True
    assert Preparation(blobs, ear).prepare(made, with_policy()).clips[0].voice.transcript is not None


def test_each_model_gets_the_clip_that_it_wants() -> None:
    made, words = recording()
    blobs = BlobStore()
    voice = Preparation(blobs, Ear(words)).prepare(made, MIMIC)
    by_model = {
        model: Speaker(engine="mimic", model=model, voice=voice).segment(0, "x", MIMIC).voice for model in MIMIC.models
    }
    assert all(isinstance(found, ReferenceVoice) for found in by_model.values())
    assert len({found.digest for found in by_model.values()}) == 3
    assert [by_model[model].transcript is None for model in ("sound", "words", "long")] == [True, False, False]
    # Too short for one of the models only.
    short, words = recording("Hello there, you.")
    voice = Preparation(blobs, Ear(words)).prepare(short, MIMIC)
    assert Speaker(engine="mimic", voice=voice).segment(0, "x", MIMIC).voice is not None
    with pytest.raises(ValueError, match=r"engine 'mimic' can't use anna\.wav: it is 1\.\d\d s long.*minimum is 3 s"):
        Speaker(engine="mimic", model="long", voice=voice).segment(0, "x", MIMIC)


def test_a_model_that_needs_a_recording_is_refused_without_one(runtime: Runtime) -> None:
    resolver = VoiceResolver.of(runtime)
    with pytest.raises(
        ValueError, match=r"needs one: a file \(--voice alice\.wav\), .*library:alice.*'Voice from audio'"
    ):
        resolver.speaker(Speaker(engine="mimic"))
    with pytest.raises(ValueError, match="speaks in the voice of a recording"):
        resolver.speaker(Speaker(engine="mimic", voice="af_heart"))
    with pytest.raises(ValueError, match="speaks in the voice of a recording"):
        speak("Hello.", Speaker(engine="mimic"), runtime.registry)
    with pytest.raises(ValueError, match=r"'Bo': engine 'mimic' speaks in the voice of a recording"):
        resolver.cast(Cast(members=(CastSpeaker(name="Bo", engine="mimic"),)), Speaker(engine="espeak"))
    assert resolver.speaker(Speaker(engine="mimic", model="long")).voice is None


@pytest.mark.parametrize(
    ("heard", "text", "noted"),
    [("en", "en-GB", False), ("en", None, False), (None, "de", False), ("en", "de", True), ("no", "nb-NO", False)],
)
def test_another_language_than_the_texts_is_noted(heard: str | None, text: str | None, noted: bool) -> None:
    voice = PreparedVoice(
        name="a.wav", language=heard, clips=Preparation(BlobStore()).prepare(recording()[0], CLONER).clips
    )
    notes = Speaker(engine="cloner", voice=voice, language=text).voice_notes(CLONER)
    assert (notes != ()) == noted
    if noted:
        assert notes == ("a.wav is in language 'en', and the text in 'de': expect an accent",)


def test_notes_are_logged_once_and_reported_each_time(
    runtime: Runtime, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made, _ = recording("Hello there, you.", silence_s=0.31)
    made = msgspec.structs.replace(made, name="logged.wav", transcript="Hello there, you.")
    voice = VoiceResolver.of(runtime).reference(made, MIMIC)
    for _ in range(2):
        job = speak("Hello. Hello.", Speaker(engine="mimic", voice=voice), runtime.registry)
        audio = np.concatenate(list(run(job, runtime)))
        (note,) = job.report().voice_notes
        assert note.startswith("logged.wav: 1.")
        assert np.abs(audio).max() > 0.1
    assert sum("logged.wav" in record.getMessage() for record in caplog.records) == 1


def test_a_recording_that_left_the_memory_is_named(make_runtime: MakeRuntime) -> None:
    runtime = make_runtime()
    voice = Preparation(BlobStore()).prepare(recording()[0], CLONER)
    with pytest.raises(ValueError, match=r"anna\.wav is no longer in memory; load the recording again"):
        VoiceResolver.of(runtime).speaker(Speaker(engine="cloner", voice=voice))


def test_a_recording_in_the_store_is_prepared_too() -> None:
    blobs = BlobStore()
    made, _ = recording()
    resolver = VoiceResolver(REGISTRY, blobs, VoiceLibrary([]))
    digest = blobs.put(made.samples.tobytes(), made.sample_rate)
    speaker = resolver.speaker(Speaker(engine="cloner", voice=ReferenceVoice(digest, "Its words.")))
    assert isinstance(speaker.voice, PreparedVoice)
    voice = speaker.voice_on(CLONER)
    assert isinstance(voice, ReferenceVoice)
    assert blobs.get(voice.digest).sample_rate == 16000
    with pytest.raises(ValueError, match="there is no recording 'none' in the store"):
        resolver.speaker(Speaker(engine="cloner", voice=ReferenceVoice("none")))


def test_a_prepared_speaker_survives_json() -> None:
    voice = Preparation(BlobStore()).prepare(recording(transcript="Words.")[0], MIMIC)
    speaker = Speaker(engine="mimic", voice=voice, language="en")
    assert msgspec.json.decode(msgspec.json.encode(speaker), type=Speaker) == speaker


class StretchedEar(Ear):
    """Hears each word that follows a pause as if it began before the pause, as recognizers do."""

    def hear(
        self,
        recording: VoiceRecording,
        length_s: float,
        *,
        required: bool = False,
        poll: Callable[[], None] | None = None,
    ) -> Heard | None:
        heard = super().hear(recording, length_s, required=required, poll=poll)
        assert heard is not None
        words = list(heard.words)
        for pause in find_speech(recording.samples, recording.sample_rate).pauses:
            early_s = pause.start / recording.sample_rate - 0.1
            at = words_before(words, pause, recording.sample_rate)
            if 0 < at < len(words):
                words[at - 1] = Word(words[at - 1].text, words[at - 1].start_s, early_s)
                words[at] = Word(words[at].text, early_s, words[at].end_s)
                if words[at].end_s > pause.end / recording.sample_rate:
                    # Most of it seems to be before the pause.
                    words[at] = Word(words[at].text, early_s, pause.end / recording.sample_rate + 0.05)
        return msgspec.structs.replace(heard, words=tuple(words))


@pytest.mark.parametrize("max_s", [3.0, 4.0, 5.0])
@pytest.mark.parametrize("transcript", [None, TEXT])
def test_words_whose_times_include_a_pause_are_on_the_right_side_of_the_cut(
    max_s: float, transcript: str | None
) -> None:
    made, words = recording(transcript=transcript)
    spec = with_policy(max_s=max_s, transcript="needed")
    exact = Preparation(BlobStore(), Ear(words)).prepare(made, spec)
    stretched = Preparation(BlobStore(), StretchedEar(words)).prepare(made, spec)
    assert stretched.clips[0].voice == exact.clips[0].voice
