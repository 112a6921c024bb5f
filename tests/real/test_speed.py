"""Speed, low latency and unusual numbers, with the real weights."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
import real_speech
from real_speech import KOKORO, VOICES, hear, needs_tagger, sounds, speak

from voxweft.engines.kokoro.common.languages import LANGUAGES
from voxweft.engines.kokoro.common.tokens import is_spoken
from voxweft.engines.kokoro.g2p.phonemizer import Phonemizer
from voxweft.jobs.speak import speak as speak_job
from voxweft.jobs.voices import Speaker
from voxweft.text.wer import word_error_rate
from voxweft.utils.streaming import AudioChunk, NamedVoice
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.runtime import Runtime

pytestmark = real_speech.real

SENTENCES = {
    "en": "When the train finally came, most of the people on the platform had already gone home.",
    "es": "La panadería de la esquina abre temprano, y el olor a pan fresco llena toda la calle.",
    "fr": "Le petit marché de la place ouvre le matin, et tout le monde y achète du pain et des fleurs.",
    "hi": "आज सुबह मैं बाज़ार गया और बहुत सारी ताज़ी सब्ज़ियाँ खरीदीं।",
    "it": "Il negozio apre presto la mattina, e il profumo del pane fresco riempie tutta la strada.",
    "pt": "A padaria da esquina abre cedo, e o cheiro de pão fresco enche toda a rua.",
}
SPEEDS = (0.5, 0.8, 0.9, 1.1, 1.25, 1.4, 1.5, 1.75, 2.0)
LONG = (
    "She sat down on the bench, opened her book, and began to read the letter that her brother had written.",
    # without a mark
    "We need to talk about the letter that you sent to my brother in the second week of last month.",
)


FRAMES = (
    "It fell to {} last night.",
    "We were told {} by phone.",
    "It costs {}.",
    "{} is what I got.",
    "She wrote “{}” on it.",
    "The result ({}) was good.",
    "A change of {} in a day.",
    "Result: {}!",
)
UNUSUAL = (
    *("-5°C", "-5 °C", "-$5", "$5", "-$3.50", "-12", "−7", "--9", "+4", "£3.2", "€12", "-3.5%", "(-3)", "[4]", "{7}"),
    *("'9'", "5'", "6'2\"", "`14`", "#5", "5)", "a)", "1.", "'90s", "'tis", "-v", "--help", "*5*", "_it_", "~5", "±3"),
    *(
        "5+",
        "A+",
        "C#",
        "C++",
        "@home",
        "%d",
        "<5",
        ">10",
        "x=5",
        "№5",
        "½",
        "x²",
        "5°",
        "45°N",
        "—5",
        "…5",
        "/5",
        "5/",
    ),
    *("\\5", "|5|", "^5", "=5", "5:30", "-5:00", "UTC-5", "F-16", "3-D", "007", "1e-5", "2×", "24/7", "m/s", "O’Neil"),
    *("-é", "'ñ'", "“é”", "-I", "<d>", "٣", "①", "३", "（５）"),
)


def voices() -> list[tuple[str, str]]:
    of_english = [("en", voice) for tag in ("en-us", "en-gb") for voice in VOICES[tag]]
    return [*of_english, *((tag, VOICES[{"pt": "pt-br"}.get(tag, tag)][0]) for tag in SENTENCES if tag != "en")]


def test_the_length_is_divided_by_the_speed(runtime: Runtime) -> None:
    spec = runtime.registry.get("kokoro")
    segments = tuple(
        Speaker(engine="kokoro", voice=NamedVoice(voice)).segment(index, SENTENCES[tag], spec)
        for index, (tag, voice) in enumerate(voices())
    )
    lengths_s = np.array(runtime.run(runtime.estimate(segments, (1.0, *SPEEDS))))
    made = lengths_s[:, :1] / lengths_s[:, 1:]
    errors = np.abs(made / SPEEDS - 1)
    total = lengths_s.sum(axis=0)
    print("asked", SPEEDS, "made", np.round(total[0] / total[1:], 3), "worst", np.round(errors.max(axis=0), 4))
    assert errors[:, :-1].max() <= 0.01
    # At twice the speed, symbols of one frame can't get shorter.
    assert errors[:, -1].max() <= 0.03
    assert np.abs(total[0] / total[1:] / SPEEDS - 1).max() <= 0.01


@needs_tagger
def test_speech_at_1_25_is_understood(runtime: Runtime) -> None:
    text = SENTENCES["en"]
    fast = [speak(runtime, text, voice, speed=1.25) for voice in ("af_heart", "bf_emma")]
    heard = " ".join(hear(runtime, speech.samples, speech.sample_rate, "en") for speech in fast)
    assert word_error_rate(f"{text} {text}", heard).rate <= 0.04, heard


@needs_tagger
@pytest.mark.parametrize("text", LONG)
def test_low_latency_is_as_long_and_as_clear(runtime: Runtime, text: str) -> None:
    whole = speak(runtime, text)
    quick = speak(runtime, text, low_latency=True)
    assert quick.samples.size == whole.samples.size
    assert len(sounds(quick.samples, quick.sample_rate)) <= len(sounds(whole.samples, whole.sample_rate))
    heard = hear(runtime, quick.samples, quick.sample_rate, "en")
    assert (
        word_error_rate(text, heard).rate
        <= word_error_rate(text, hear(runtime, whole.samples, whole.sample_rate, "en")).rate
    ), heard
    speaker = Speaker(engine="kokoro", voice=NamedVoice("af_heart"), low_latency=True)
    segment = speaker.segment(0, text, runtime.registry.get("kokoro"), is_awaited=True)
    with runtime.stream([segment], StreamOptions(use_cache=False)) as events:
        sizes = [event.samples.size for event in events if isinstance(event, AudioChunk)]
    assert sum(sizes) == quick.samples.size
    assert sizes[0] < quick.samples.size / 2


@needs_tagger
def test_only_the_first_sentence_is_made_in_parts(runtime: Runtime) -> None:
    job = speak_job(" ".join(LONG), Speaker(engine="kokoro", low_latency=True), runtime.registry)
    assert [segment.params for segment in job.segments] == [{"streaming": "clauses"}, {}]


@needs_tagger
def test_no_number_vanishes() -> None:
    alphabet = json.loads((KOKORO / "config.json").read_text("utf-8"))["vocab"]
    notes: list[str] = []
    phonemizer = Phonemizer(frozenset(alphabet), notes.append)
    silent = []
    for frame, unusual in itertools.product(FRAMES, UNUSUAL):
        text = frame.format(unusual)
        for token in phonemizer.tokens(text, LANGUAGES["a"], 0, len(text)):
            word = text[token.start : token.end]
            if any(map(str.isalnum, word)) and not is_spoken(token.phonemes):
                silent.append((text, word))
    phonemizer.close()
    assert silent == []
    assert notes == []


@needs_tagger
def test_a_temperature_below_zero_is_heard_and_a_sign_left_out_is_noted(runtime: Runtime) -> None:
    speech = speak(runtime, "It fell to -5°C last night.", normalize=False)
    heard = hear(runtime, speech.samples, speech.sample_rate, "en").casefold()
    assert "5" in heard or "five" in heard, heard
    assert speech.report.segments[0].notes == ()
    speech = speak(runtime, "Pay in $ please.", normalize=False)
    assert "no pronunciation for them: $" in " ".join(speech.report.segments[0].notes)
