"""Speaking a text: sentences, pauses, and the cache that all interfaces share."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from fixtures_jobs import Command, read_wav, to_pcm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from streaming_kit import ENGINES, tone_samples

from voxweft.jobs.run import run
from voxweft.jobs.speak import speak
from voxweft.jobs.speak.pauses import Pauses
from voxweft.jobs.speech_job import SpeechJob
from voxweft.jobs.voices import Speaker
from voxweft.text.errors import TextError
from voxweft.utils.streaming import AudioChunk, NamedVoice, SegmentDone, SegmentStats, TextPayload
from voxweft.utils.streaming.contract.errors import UnknownEngineError
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.runtime import Runtime

REGISTRY = EngineRegistry((ENGINES,))
TONE = Speaker(engine="tone", params={"chunks": 3, "chunk_samples": 1000})
TEXT = """  Dr. Jones is here. He says
hello!

A new paragraph: "Is it 3.14?" It is.  """


def heard(job: SpeechJob, runtime: Runtime) -> NDArray[np.float32]:
    return np.concatenate([np.zeros(0, np.float32), *run(job, runtime)])


def one_line(text: str) -> str:
    return "".join(" " if character in "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029" else character for character in text)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from(["Yes.", "No!", " ", "\n", "\n\n", "\r\n\r\n", "\u2029", "1.5", "word", "中文。", "🙂"]))
)
def test_the_report_covers_the_text_and_the_audio(parts) -> None:
    text = "".join(parts)
    if not text.strip():
        with pytest.raises(ValueError, match="the text is empty"):
            speak(text, TONE, REGISTRY)
        return
    rate = 22050
    job = speak(text, TONE, REGISTRY, sample_rate=rate)
    lengths = [100 + 7 * index for index in range(len(job.segments))]
    n_samples = 0
    for index, length in enumerate(lengths):
        samples = np.full(length, 0.5, np.float32)
        n_samples += sum(b.size for b in job.feed(AudioChunk(samples=samples, sample_rate=rate, index=index)))
        n_samples += sum(b.size for b in job.feed(SegmentDone(stats=SegmentStats(), index=index)))
    n_samples += sum(b.size for b in job.finish())
    report = job.report()
    assert report.duration_s == n_samples / rate
    position = 0
    end_sample = 0
    for piece, length in zip(report.segments, lengths, strict=True):
        assert piece.text == one_line(text[piece.source_start : piece.source_end])
        assert piece.text == piece.text.strip()
        between = text[position : piece.source_start]
        assert not between.strip(), "no word is left out"
        pause = 0
        if piece.index:
            breaks = between.replace("\r\n", "\n")
            is_paragraph = breaks.count("\n") > 1 or "\u2029" in breaks
            before = report.segments[piece.index - 1].text
            pause = round(Pauses().after_s(before, ends_paragraph=is_paragraph) * rate)
        assert piece.start_sample == end_sample + pause
        assert piece.end_sample == piece.start_sample + length
        assert (piece.start_s, piece.end_s) == (piece.start_sample / rate, piece.end_sample / rate)
        position, end_sample = piece.source_end, piece.end_sample
    assert not text[position:].strip()
    assert end_sample == n_samples, "no pause at the end"


def test_sentences_and_pauses_in_the_audio(runtime: Runtime) -> None:
    job = speak(TEXT, TONE, runtime.registry)
    audio = heard(job, runtime)
    pieces = job.report().segments
    assert [piece.text for piece in pieces] == [
        "Dr. Jones is here.",
        "He says hello!",
        'A new paragraph: "Is it 3.14?"',
        "It is.",
    ]
    assert [round((b.start_s - a.end_s) * 10) for a, b in pairwise(pieces)] == [3, 7, 3]
    whole = np.zeros(audio.size, np.float32)
    for piece in pieces:
        whole[piece.start_sample : piece.end_sample] = tone_samples(piece.text, 3, 1000)
    np.testing.assert_array_equal(audio, whole)
    assert pieces[-1].end_sample == audio.size


def test_a_silent_segment_adds_no_pause(runtime: Runtime) -> None:
    """Only the pause of the sentence before it: 0.3 s between the two that sound."""
    job = speak("This is the first one. Two. Three.", TONE, runtime.registry)
    assert isinstance(job.segments, list)
    job.segments[1] = msgspec.structs.replace(job.segments[1], params={"chunks": 0})
    heard(job, runtime)
    first, silent, last = job.report().segments
    assert [piece.status for piece in (first, silent, last)] == ["spoken", "silent", "spoken"]
    assert silent.start_sample == silent.end_sample == last.start_sample
    assert last.start_sample - first.end_sample == round(0.3 * 24000)


def test_every_interface_uses_the_same_cache_entries(tmp_path, make_runtime) -> None:
    """Streamed into a pipe, whole into a file, from Python, on a wrapped line: one set of entries, the same bytes."""
    command = Command(tmp_path)
    options = ("-v", "en-gb", "-s", "1.2", "-p", "pitch=60")
    text = "The first sentence. The second one is here!"
    streamed = command.fine_bytes("say", text, *options, "-o", "-")
    entries = command.entries()
    assert len(entries) == 2
    whole = command.fine("say", text.replace(" one", "\none"), *options, "-o", "out.wav", "--json", "-w", "2")
    assert whole.out.count('"cached": true') == 2
    assert command.entries() == entries
    rate, samples = read_wav(tmp_path / "out.wav")
    assert rate == 22050
    assert samples.tobytes() == streamed[44:]
    runtime = make_runtime(cache_dir=command.cache)
    speaker = Speaker(voice=NamedVoice("en-gb"), speed=1.2, params={"pitch": 60})
    job = speak(text, speaker, runtime.registry)
    np.testing.assert_array_equal(to_pcm(heard(job, runtime)), samples)
    assert all(piece.cached for piece in job.report().segments)
    assert command.entries() == entries
    # One more word misses one sentence.
    changed = speak(text.replace("second", "second and last"), speaker, runtime.registry)
    heard(changed, runtime)
    assert [piece.cached for piece in changed.report().segments] == [True, False]


def test_a_second_run_gives_the_same_bytes(tmp_path) -> None:
    command = Command(tmp_path)
    for name in ("first", "second"):
        command.fine("say", "Twice the same. Really!", "-o", f"{name}.wav", "--sample-rate", "48000", "--float")
    assert (tmp_path / "first.wav").read_bytes() == (tmp_path / "second.wav").read_bytes()
    assert len(command.entries()) == 2


def test_no_cache_reads_and_writes_nothing(tmp_path) -> None:
    command = Command(tmp_path)
    command.fine_here("say", "Hello.", "-o", "a.wav", "--no-cache")
    assert command.entries() == {}
    command.fine_here("say", "Hello.", "-o", "b.wav")
    assert len(command.entries()) == 1
    done = command.fine_here("say", "Hello.", "-o", "c.wav", "--no-cache", "--json")
    assert '"cached": false' in done.out
    assert len({(tmp_path / name).read_bytes() for name in ("a.wav", "b.wav", "c.wav")}) == 1


def test_invalid_speakers_are_refused() -> None:
    def check(match: str, error: type[Exception] = ValueError, **fields) -> None:
        with pytest.raises(error, match=match):
            speak("x", Speaker(**fields), REGISTRY)

    check("there is no engine 'espeek'; did you mean 'espeak", UnknownEngineError, engine="espeek")
    check("it is for recognition", engine="recognizer")
    check("speed 9 is out of range for engine 'espeak'", speed=9.0)
    check("speed nan is out of range", speed=float("nan"))
    check(r"has no parameter 'pich'; did you mean 'pitch' or 'pitch_range'\?", params={"pich": 1})
    check("parameter 'pitch' is 300", params={"pitch": 300})
    check("parameter 'pitch' must be an integer", params={"pitch": "high"})


def test_the_report_claims_no_speed_that_was_not_applied(runtime: Runtime) -> None:
    """An engine without speed control doesn't get one: the audio is as much shorter, and a note says so."""
    lengths = []
    for text, speaker, markup in (
        ("One.", Speaker(engine="random"), False),
        ("One.", Speaker(engine="random", speed=1.25), False),
        ("[|speed:1.25] One.", Speaker(engine="random"), True),
    ):
        job = speak(text, speaker, runtime.registry, markup=markup)
        assert job.segments[0].speed == 1
        lengths.append(sum(block.size for block in run(job, runtime)))
        (piece,) = job.report().segments
        expected = "speed 1.25 by tempo change: engine 'random' has no speed control"
        assert (piece.speed, piece.notes) == ((1.25, (expected,)) if len(lengths) > 1 else (1.0, ()))
    assert abs(lengths[0] / 1.25 - lengths[1]) <= 1200, "50 ms"
    assert lengths[1:] == [pytest.approx(lengths[1], abs=1200)] * 2
    with pytest.raises(TextError, match=r"speed 2\.5 is out of range for engine 'random', which has no speed control"):
        speak("[|speed:2.5] x", Speaker(engine="random"), REGISTRY, markup=True)
    plain = speak("One. Two.", Speaker(engine="random"), runtime.registry)
    list(run(plain, runtime))
    assert {piece.speed for piece in plain.report().segments} == {1.0}
    slow, fast = (speak("One two three.", Speaker(engine="espeak", speed=speed), runtime.registry) for speed in (1, 2))
    lengths = [sum(block.size for block in run(job, runtime)) for job in (slow, fast)]
    assert lengths[1] < 0.7 * lengths[0]
    assert [job.report().segments[0].speed for job in (slow, fast)] == [1, 2]


def test_defaults_are_explicit_in_segments() -> None:
    job = speak("Hello.", Speaker(), REGISTRY)
    assert job.segments[0].voice == NamedVoice("en-us"), "the default is made explicit"
    assert job.segments[0].payload == TextPayload("Hello.")
    assert speak("Hallo.", Speaker(language="de"), REGISTRY).segments[0].voice is None, "the language chooses"
    assert job.sample_rate == 22050
    assert StreamOptions().on_failure == "raise"
