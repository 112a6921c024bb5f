"""Pauses are as long as asked, segments begin and end with their sound, and word times are those of the sound."""

from __future__ import annotations

import importlib.util
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
import real_speech
from numpy.typing import NDArray
from real_speech import KOKORO, VOICES, has_tagger, sounds

from voxweft.engines.kokoro.adapter import KokoroAdapter
from voxweft.engines.kokoro.joins import ChunkJoiner
from voxweft.engines.kokoro.timing import edges_of
from voxweft.jobs.api.functions import dub
from voxweft.jobs.requests.speak import SpeakRequest
from voxweft.jobs.run import run
from voxweft.jobs.speak.pauses import Pauses
from voxweft.jobs.voices import Speaker
from voxweft.media.audio.speech_activity import Span, frame_levels
from voxweft.media.subtitles import Cue
from voxweft.utils.streaming import AdapterContext, NamedVoice, StreamingSegment, TextPayload
from voxweft.utils.streaming.runtime import Runtime

pytestmark = real_speech.real

PASSAGES = {
    "en-us": "The ferry was late again. Nobody seemed to mind. Really? I would have walked. Give me the map.\n\n"
    "We left before the sun came up.",
    "en-gb": "The kettle was on. Have you seen my gloves? No! They were here on Monday.\n\nShe closed the window.",
    "es": "El tren salió muy tarde. ¿Quién abrió la puerta? Sí. Todavía no es la hora.\n\nMañana volveremos.",
    "fr": "Le bateau est parti à midi. Où est la carte ? Oui. Je reviens bientôt.\n\nNous partirons demain matin.",
    "it": "La barca partì a mezzogiorno. Dove sono le chiavi? Andiamo! Le ho lasciate sul tavolo.\n\nDomani si parte.",
    "pt-br": "O barco saiu ao meio-dia. Onde está o meu casaco? Sim. Deixei na cadeira.\n\nAmanhã voltaremos.",
    "hi": "नाव दोपहर को निकली। तुम कहाँ जा रहे हो? हाँ। मैं यहाँ इंतज़ार करूँगा।\n\nहम कल फिर बात करेंगे।",
    "ja": "船は正午に港を出た。どこへ行くの？はい。ここで待っているよ。\n\n明日また話しましょう。",
    "zh": "船在中午离开了港口。你要去哪里？走吧！我在这里等你。\n\n明天我们再谈这件事。",
}
PACKAGES = {"ja": "fugashi", "zh": "pypinyin"}


class Passage(NamedTuple):
    """A spoken passage: the asked pauses in seconds, the samples of each segment, and its words' times in seconds."""

    samples: NDArray[np.float32]
    rate: int
    asked: list[float]
    segments: list[Span]
    words: list[tuple[float, float]]


def is_installed(language: str) -> bool:
    if language.startswith("en"):
        return has_tagger
    return importlib.util.find_spec(PACKAGES.get(language, "numpy")) is not None


@pytest.fixture(scope="module")
def passages(runtime: Runtime) -> list[Passage]:
    return [
        spoken_passage(runtime, text, voice)
        for language, text in PASSAGES.items()
        if is_installed(language)
        for voice in VOICES[language]
    ]


def spoken_passage(runtime: Runtime, text: str, voice: str) -> Passage:
    request = SpeakRequest(text=text, speaker=Speaker(engine="kokoro", voice=NamedVoice(voice)))
    job = request.job(runtime)
    job.words = []
    samples = np.concatenate(list(run(job, runtime, request.options)))
    found = job.report().segments
    asked = [
        Pauses().after_s(one.text, ends_paragraph="\n\n" in text[one.source_end : next_one.source_start])
        for one, next_one in pairwise(found)
    ]
    segments = [Span(one.start_sample, one.end_sample) for one in found]
    words = [(word.start_s, word.end_s) for word in job.words]
    return Passage(samples, job.sample_rate, asked, segments, words)


def ends_of(passage: Passage) -> list[tuple[float, float]]:
    """Return the silence at both ends of each segment, in seconds."""
    return [real_speech.silences_s(passage.samples[begin:end], passage.rate) for begin, end in passage.segments]


def test_pauses_are_as_asked_from_sound_to_sound(passages: list[Passage]) -> None:
    errors = []
    for passage in passages:
        ends = ends_of(passage)
        for at, (before, after) in enumerate(pairwise(passage.segments)):
            heard_s = (after.start - before.end) / passage.rate + ends[at][1] + ends[at + 1][0]
            errors.append(heard_s - passage.asked[at])
    print(f"{len(errors)} seams: median {np.median(errors):+.3f} s, from {min(errors):+.3f} to {max(errors):+.3f} s")
    assert len(errors) >= 40
    assert abs(np.median(errors)) <= 0.03
    assert np.abs(errors).max() <= 0.1


def test_segments_begin_and_end_with_their_sound(passages: list[Passage]) -> None:
    lead, tail = zip(*(ends for passage in passages for ends in ends_of(passage)), strict=True)
    print(f"{len(lead)} segments: silence p95 {np.percentile(lead, 95):.3f} and {np.percentile(tail, 95):.3f} s")
    assert np.percentile(lead, 95) <= 0.1
    assert np.percentile(tail, 95) <= 0.1


def test_words_have_the_times_of_their_sound(passages: list[Passage]) -> None:
    starts, ends = [], []
    for passage in passages:
        begins_s, ends_s = (np.array(times) for times in zip(*passage.words, strict=True))
        for sound in sounds(passage.samples, passage.rate):
            starts.append(np.abs(begins_s - sound.start / passage.rate).min())
            ends.append(np.abs(ends_s - sound.end / passage.rate).min())
    print(f"{len(starts)} sounds between pauses: starts off by {np.median(starts):.3f}, ends {np.median(ends):.3f} s")
    assert np.median(starts) <= 0.04
    assert np.median(ends) <= 0.06
    assert np.percentile(starts, 90) <= 0.1
    assert np.percentile(ends, 90) <= 0.12


def test_what_is_left_out_is_silent() -> None:
    """The energy of all that is trimmed is at least 45 dB below the speech."""
    adapter = KokoroAdapter()
    adapter.load(
        AdapterContext(
            model="kokoro-82m",
            model_path=KOKORO,
            device="cpu",
            dtype="float32",
            params={},
            progress=lambda message, part: None,
            blob=lambda digest: pytest.fail(digest),
        )
    )
    worst_db = -200.0
    for language in ("es", "fr", "it", "pt-br", "hi"):
        (voice,) = VOICES[language]
        segment = StreamingSegment(
            index=0,
            payload=TextPayload(PASSAGES[language]),
            engine="kokoro",
            voice=NamedVoice(voice),
            language=language,
        )
        job = adapter._job(segment)
        for chunk in adapter._chunks(job):
            (part,) = adapter._speak(job, chunk, 1.0, 0, lambda: False)
            joined = ChunkJoiner().join(part.samples, *edges_of(part.sound), chunk.pause_s, True)
            kept = Span(-joined.shift, -joined.shift + joined.samples.size)
            left_out = np.concatenate([part.samples[: kept.start], part.samples[kept.end :]]).astype(np.float64)
            speech_db = float(np.percentile(frame_levels(part.samples, 240), 95))
            worst_db = max(worst_db, 10 * float(np.log10(np.mean(left_out**2) + 1e-12)) - speech_db)
    adapter.unload()
    print(f"left out: at most {worst_db:.1f} dB")
    assert worst_db <= -45


def test_a_dub_is_as_long_as_estimated_and_not_hurried_for_silence(runtime: Runtime) -> None:
    cues = [
        Cue(index=index, start_ms=start, end_ms=end, text=text, line=0)
        for index, (start, end, text) in enumerate(
            (
                (0, 2200, "¿Dónde has estado? Te esperé una hora."),
                (2400, 3400, "¿Otra vez?"),
                (3600, 5600, "Encontraron algo debajo del puente."),
                (6000, 7000, "Dámelo."),
                (7200, 9400, "Nadie puede cruzar antes de medianoche."),
            )
        )
    ]
    speech = dub(cues, Speaker(engine="kokoro", voice=NamedVoice("ef_dora")), runtime=runtime)
    cues_made = speech.report.cues
    # What is left out of a cue's silence isn't in its estimate.
    for cue in cues_made:
        assert cue.spoken_s == pytest.approx(cue.predicted_s, abs=0.05)
    spoken = [speech.samples[cue.start_sample : cue.end_sample] for cue in cues_made]
    trailing_s = sum(real_speech.silences_s(samples, speech.sample_rate)[1] for samples in spoken)
    share = trailing_s * speech.sample_rate / sum(samples.size for samples in spoken)
    print(f"trailing silence: {share:.1%} of the spoken time")
    assert share <= 0.05
    # At most as much as the neighbors, for an even pace: alone, both have room.
    assert all(cue.speed <= 1.05 for cue in cues_made if cue.text in ("¿Otra vez?", "Dámelo."))
