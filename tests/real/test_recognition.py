"""Recognition with whichever model is there, and verification: no false alarm, and no wrong word missed."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import real_speech
from real_speech import VOICES, WHISPER, needs_tagger, speak

from voxweft.jobs.api.functions import transcribe
from voxweft.jobs.transcribe import Recognizer, Recording, Verification, verify
from voxweft.utils.settings import Settings
from voxweft.utils.streaming.runtime import Runtime

pytestmark = real_speech.real

MAX_FALSE_ALARMS = 0
MAX_MISSED = 0
CLEAN = {
    "en": (
        "It was Eleanor Pryce, the doctor's daughter, with a basket on her arm.",
        "At 11:45 p.m. the church clock struck, as it had done since 1887.",
        "Professor Whitfield paid $12.50 for the ticket.",
        "The grey harbour reminded her of the old theatre.",
        "Dr. Marguerite Lindqvist apologised for the delay.",
        "We need twenty-one chairs, thirty tables and a hundred plates.",
        "It wasn't Theodora who rang; it was Sebastian.",
        "NASA and the FBI declined to comment on the report.",
        "I'd have told you if I could've, but they wouldn't let me.",
        "Mr. and Mrs. Abernathy live at 27 Elm Street.",
        "The first, second and third prizes went to Ingrid, Tomasz and Yusuf.",
        "The U.S. delegation arrived on March 3, 2024.",
        "Roughly 3,500 people live there, and 45% of them own a bicycle.",
        "“Only me,” said Mr. Harding.",
        "They marched for 3 days and 2 nights without any rest.",
        "The door was open.",
    ),
    "es": ("Compré tres manzanas y un kilo de naranjas por 12 euros.", "El médico dijo que no debía salir de casa."),
    "fr": ("Le billet coûte 25 euros et le voyage dure trois heures.", "Il n'avait pas dormi depuis vingt ans."),
    "it": ("Ho comprato due libri e un quaderno.", "La nonna abitava in una piccola casa vicino al mare."),
    "pt": ("A menina abriu a janela e olhou para o mar.", "O bilhete custa 30 reais."),
    "zh": ("昨天晚上我在车站遇见了一位老朋友。", "明天可能会下雨，请带上雨伞。"),
}
FAULTY = (
    ("en", "The sea lay as flat as a table.", "The sea lay as flat as a cable."),
    ("en", "A dog barked twice, then thought better of it.", "A dog barked once, then thought better of it."),
    ("en", "He went down with a basket on her arm.", "He went down with a basket on his arm."),
    ("en", "He had not slept well in thirty years.", "He had slept well in thirty years."),
    ("en", "The tide won't wait for us.", "The tide won't wait."),
    ("en", "The boats knocked softly against each other.", "The boats knocked softly softly against each other."),
    ("en", "Mr. and Mrs. Abernathy live next to the pharmacy.", "Mr. and Mrs. Anderson live next to the pharmacy."),
    ("es", "El médico dijo que María no debía salir de casa.", "El médico dijo que María debía salir de casa."),
    ("fr", "Il n'avait pas dormi depuis vingt ans.", "Il n'avait pas dormi depuis trente ans."),
    ("zh", "昨天晚上我在车站遇见了一位老朋友。", "昨天早上我在车站遇见了一位老朋友。"),
)


def verified(runtime: Runtime, number: int, language: str, text: str, spoken: str) -> Verification:
    voices = [*VOICES["en-us"], *VOICES["en-gb"]] if language == "en" else VOICES.get(language, VOICES["pt-br"])
    speech = speak(runtime, spoken, voices[number % len(voices)])
    recording = Recording(text=text, samples=speech.samples, sample_rate=speech.sample_rate)
    (found,) = verify([recording], Recognizer(language=language), runtime)
    print(f"{found.errors.errors} of {found.errors.words}: {spoken} | {found.recognized}")
    return found


@needs_tagger
def test_right_words_raise_no_alarm(runtime: Runtime) -> None:
    spoken = [(language, text) for language, texts in CLEAN.items() for text in texts]
    assert len(spoken) == 26
    found = [verified(runtime, number, language, text, text) for number, (language, text) in enumerate(spoken)]
    alarms = [(one.text, one.recognized) for one in found if one.errors.errors or one.message]
    assert len(alarms) <= MAX_FALSE_ALARMS, alarms


@needs_tagger
def test_every_wrong_word_is_found(runtime: Runtime) -> None:
    found = [verified(runtime, number, *fault) for number, fault in enumerate(FAULTY)]
    missed = [(one.text, one.recognized) for one in found if not one.errors.errors]
    assert len(found) == 10
    assert len(missed) <= MAX_MISSED, missed


def test_the_only_model_on_the_machine_is_used(runtime: Runtime, tmp_path: Path) -> None:
    file = tmp_path / "speech.wav"
    speak(runtime, "La porte est ouverte.", "ff_siwis").save(file)
    folder = tmp_path / "models" / "stt" / "faster-whisper"
    folder.mkdir(parents=True)
    (folder / "base").symlink_to(WHISPER, target_is_directory=True)
    settings = Settings(
        cache_dir=tmp_path / "cache",
        models_home=tmp_path / "home",
        model_folders=(tmp_path / "models",),
        hub_cache=None,
    )
    with closing(Runtime(settings)) as alone:
        for fields in ({}, {"model": "base"}):
            transcript = transcribe(file, language="fr", runtime=alone, **fields)
            assert transcript.report.model == "base"
            assert "porte est ouverte" in transcript.text.lower()
    with closing(Runtime(settings, model_paths={"faster_whisper": WHISPER})) as named:
        assert transcribe(file, language="fr", runtime=named).report.model == WHISPER.name
