"""Plain sentences are understood, in every voice."""

from __future__ import annotations

import pytest
import real_speech
from real_speech import VOICES, hear, needs_tagger, speak

from voxweft.text.wer import word_error_rate
from voxweft.utils.streaming.runtime import Runtime

pytestmark = real_speech.real

SENTENCES = {
    "en": "The bakery on the corner opens early, and the smell of fresh bread fills the whole street.",
    "es": "La panadería de la esquina abre temprano, y el olor a pan fresco llena toda la calle.",
    "fr": "Le petit marché de la place ouvre le matin, et tout le monde y achète du pain et des fleurs.",
    "it": "Il negozio apre presto la mattina, e il profumo del pane fresco riempie tutta la strada.",
    "pt": "A padaria da esquina abre cedo, e o cheiro de pão fresco enche toda a rua.",
}
MAX_WER = {"en": 0.0, "es": 0.13, "fr": 0.13, "it": 0.13, "pt": 0.13}
"""Beside English, Whisper base mishears up to two of the sixteen words."""


@needs_tagger
@pytest.mark.parametrize("voice", [*VOICES["en-us"], *VOICES["en-gb"]])
def test_english_voices_are_understood(runtime: Runtime, voice: str) -> None:
    assert heard_errors(runtime, "en", voice) <= MAX_WER["en"]


@pytest.mark.parametrize("language", ["es", "fr", "it", "pt"])
def test_other_languages_are_understood(runtime: Runtime, language: str) -> None:
    (voice,) = VOICES["pt-br" if language == "pt" else language]
    assert heard_errors(runtime, language, voice) <= MAX_WER[language]


def heard_errors(runtime: Runtime, language: str, voice: str) -> float:
    speech = speak(runtime, SENTENCES[language], voice)
    heard = hear(runtime, speech.samples, speech.sample_rate, language)
    print(f"{voice}: {heard}")
    return word_error_rate(SENTENCES[language], heard).rate
