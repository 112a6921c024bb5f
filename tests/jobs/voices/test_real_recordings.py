"""Recordings with real weights: Kokoro speaks, Whisper hears it, and what is cut is exactly what is said.

VOXWEFT_REAL_MODELS is a folder with `kokoro` and `whisper-base`, each as its engine's `--model-path` takes it.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from real_speech import MODELS, hear, real, speak
from streaming_kit import ENGINES

from benchmarks.real_runtime import real_runtime
from voxweft.jobs.voices import PreparedVoice, Speaker, VoiceRecording, VoiceResolver
from voxweft.text.wer import word_error_rate
from voxweft.utils.streaming.contract.engine_spec import ReferencePolicy
from voxweft.utils.streaming.runtime import Runtime

pytestmark = real
TEXT = (
    "The committee met on Thursday, in the old town hall. It approved the budget, postponed the election, and thanked "
    "its members for their patience; nobody objected."
)


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with real_runtime(MODELS, tmp_path_factory.mktemp("real"), ENGINES / "cloner") as opened:
        yield opened


def recorded(runtime: Runtime, text: str, voice: str, transcript: str | None = None) -> VoiceRecording:
    speech = speak(runtime, text, voice, level="off")
    return VoiceRecording(samples=speech.samples, sample_rate=speech.sample_rate, transcript=transcript, name=voice)


def prepared(runtime: Runtime, recording: VoiceRecording, **policy: object) -> PreparedVoice:
    spec = msgspec.structs.replace(runtime.registry.get("cloner"), reference=ReferencePolicy(**policy))
    return VoiceResolver.of(runtime).reference(recording, spec)


def heard_in(runtime: Runtime, voice: PreparedVoice) -> str:
    clip = runtime.blobs.get(voice.clips[0].voice.digest)
    return hear(runtime, clip.samples(), clip.sample_rate)


@pytest.mark.parametrize("voice", ["af_heart", "bm_george"])
@pytest.mark.parametrize("max_s", [3.0, 4.5, 6.0, 8.0])
def test_the_transcript_of_a_clip_is_what_is_heard_in_it(runtime: Runtime, voice: str, max_s: float) -> None:
    for transcript in (None, TEXT):
        recording = recorded(runtime, TEXT, voice, transcript)
        found = prepared(runtime, recording, max_s=max_s, sample_rate=24000, transcript="needed")
        (clip,) = found.clips
        assert clip.voice is not None
        assert 0.5 <= clip.duration_s <= max_s
        assert clip.voice.transcript is not None
        assert transcript is None or TEXT.startswith(clip.voice.transcript)
        errors = word_error_rate(clip.voice.transcript, heard_in(runtime, found))
        # No word is cut off or left over; the listener may mishear one.
        assert errors.insertions == errors.deletions == 0, (clip.voice.transcript, heard_in(runtime, found))
        assert errors.substitutions <= 1, (clip.voice.transcript, heard_in(runtime, found))
        assert word_error_rate(TEXT[: len(clip.voice.transcript)], clip.voice.transcript).errors <= 1


def test_the_language_of_a_recording_is_noted(runtime: Runtime) -> None:
    french = recorded(runtime, "Bonjour à tous. Aujourd'hui, il fait très beau dans toute la région.", "ff_siwis")
    voice = prepared(runtime, french, transcript="needed")
    assert voice.language == "fr"
    spec = msgspec.structs.replace(runtime.registry.get("cloner"), reference=ReferencePolicy(transcript="needed"))
    in_english = Speaker(engine="cloner", voice=voice, language="en").voice_notes(spec)
    assert in_english[-1] == "ff_siwis is in language 'fr', and the text in 'en': expect an accent"
    assert Speaker(engine="cloner", voice=voice, language="fr").voice_notes(spec) == in_english[:-1]


def test_clean_speech_has_no_faults(runtime: Runtime) -> None:
    for voice in ("af_heart", "bm_george", "ff_siwis"):
        found = prepared(runtime, recorded(runtime, TEXT, voice), transcript="ignored")
        assert found.clips[0].notes == ()
