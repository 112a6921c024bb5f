"""Recordings with real weights: Kokoro speaks, Whisper hears it, and what is cut is exactly what is said.

VOXWEFT_REAL_MODELS is a folder with `kokoro` and `whisper-base`, each as its engine's `--model-path` takes it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from streaming_kit import ENGINES

from voxweft.jobs.api.functions import say
from voxweft.jobs.voices import PreparedVoice, Speaker, VoiceRecording, VoiceResolver
from voxweft.jobs.voices.heard import Listener
from voxweft.text.wer import word_error_rate
from voxweft.utils.settings import Settings
from voxweft.utils.streaming.contract.engine_spec import ReferencePolicy
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime

MODELS = Path(os.environ.get("VOXWEFT_REAL_MODELS", ""))
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (MODELS / "whisper-base").is_dir(), reason="VOXWEFT_REAL_MODELS has no whisper-base"),
    pytest.mark.skipif(not (MODELS / "kokoro").is_dir(), reason="VOXWEFT_REAL_MODELS has no kokoro"),
]
TEXT = (
    "The committee met on Thursday, in the old town hall. It approved the budget, postponed the election, and thanked "
    "its members for their patience; nobody objected."
)


@pytest.fixture(scope="module")
def real_runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    paths = {"kokoro": MODELS / "kokoro", "faster_whisper": MODELS / "whisper-base"}
    settings = Settings(
        cache_dir=tmp_path_factory.mktemp("real"), engine_folders=(ENGINES / "cloner",), level_lufs=None
    )
    runtime = Runtime(settings, EngineRegistry((ENGINES / "cloner",)), model_paths=paths)
    yield runtime
    runtime.close()


def recorded(runtime: Runtime, text: str, voice: str, transcript: str | None = None) -> VoiceRecording:
    speech = say(text, engine="kokoro", voice=voice, runtime=runtime)
    return VoiceRecording(samples=speech.samples, sample_rate=speech.sample_rate, transcript=transcript, name=voice)


def prepared(runtime: Runtime, recording: VoiceRecording, **policy: object) -> PreparedVoice:
    spec = msgspec.structs.replace(runtime.registry.get("cloner"), reference=ReferencePolicy(**policy))
    return VoiceResolver.of(runtime).reference(recording, spec)


def heard_in(runtime: Runtime, voice: PreparedVoice) -> str:
    clip = runtime.blobs.get(voice.clips[0].voice.digest)
    silence = np.zeros(clip.sample_rate // 2, np.float32)
    samples = np.concatenate([silence, clip.samples(), silence])
    heard = Listener(runtime).hear(VoiceRecording(samples=samples, sample_rate=clip.sample_rate), 30.0)
    assert heard is not None
    return heard.text


@pytest.mark.parametrize("voice", ["af_heart", "bm_george"])
@pytest.mark.parametrize("max_s", [3.0, 4.5, 6.0, 8.0])
def test_the_transcript_of_a_clip_is_what_is_heard_in_it(real_runtime: Runtime, voice: str, max_s: float) -> None:
    for transcript in (None, TEXT):
        recording = recorded(real_runtime, TEXT, voice, transcript)
        found = prepared(real_runtime, recording, max_s=max_s, sample_rate=24000, transcript="needed")
        (clip,) = found.clips
        assert clip.voice is not None
        assert 0.5 <= clip.duration_s <= max_s
        assert clip.voice.transcript is not None
        assert transcript is None or TEXT.startswith(clip.voice.transcript)
        errors = word_error_rate(clip.voice.transcript, heard_in(real_runtime, found))
        # No word is cut off or left over; the listener may mishear one.
        assert errors.insertions == errors.deletions == 0, (clip.voice.transcript, heard_in(real_runtime, found))
        assert errors.substitutions <= 1, (clip.voice.transcript, heard_in(real_runtime, found))
        assert word_error_rate(TEXT[: len(clip.voice.transcript)], clip.voice.transcript).errors <= 1


def test_the_language_of_a_recording_is_noted(real_runtime: Runtime) -> None:
    french = recorded(real_runtime, "Bonjour à tous. Aujourd'hui, il fait très beau dans toute la région.", "ff_siwis")
    voice = prepared(real_runtime, french, transcript="needed")
    assert voice.language == "fr"
    spec = msgspec.structs.replace(real_runtime.registry.get("cloner"), reference=ReferencePolicy(transcript="needed"))
    in_english = Speaker(engine="cloner", voice=voice, language="en").voice_notes(spec)
    assert in_english[-1] == "ff_siwis is in language 'fr', and the text in 'en': expect an accent"
    assert Speaker(engine="cloner", voice=voice, language="fr").voice_notes(spec) == in_english[:-1]


def test_clean_speech_has_no_faults(real_runtime: Runtime) -> None:
    for voice in ("af_heart", "bm_george", "ff_siwis"):
        found = prepared(real_runtime, recorded(real_runtime, TEXT, voice), transcript="ignored")
        assert found.clips[0].notes == ()
