"""The eSpeak NG adapter, loaded in this process."""

from __future__ import annotations

import threading
import tracemalloc
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from voxweft.engines import espeak
from voxweft.engines.espeak import binding
from voxweft.engines.espeak.adapter import EspeakAdapter
from voxweft.engines.espeak.binding import find_espeak
from voxweft.engines.espeak.errors import EspeakError
from voxweft.utils.streaming import (
    AdapterContext,
    AudioChunk,
    AudioPayload,
    Blob,
    LoadedModel,
    NamedVoice,
    ParamValue,
    StreamingSegment,
    TensorVoice,
    TextPayload,
    Voice,
    Word,
)
from voxweft.utils.streaming.contract.engine_spec import read_spec

TEXT = "The quick brown fox jumps over the lazy dog."


def no_blob(digest: str) -> Blob:
    raise KeyError(digest)


def load() -> tuple[EspeakAdapter, LoadedModel]:
    adapter = EspeakAdapter()
    context = AdapterContext(
        model="", model_path=None, device="", dtype="", params={}, progress=lambda message, part: None, blob=no_blob
    )
    return adapter, adapter.load(context)


ADAPTER, LOADED = load()


def segment(
    text: str,
    voice: str | Voice | None = None,
    language: str | None = None,
    speed: float = 1.0,
    **params: ParamValue,
) -> StreamingSegment:
    return StreamingSegment(
        index=0,
        payload=TextPayload(text),
        engine="espeak",
        voice=NamedVoice(voice) if isinstance(voice, str) else voice,
        language=language,
        speed=speed,
        params=params,
    )


def never() -> bool:
    return False


def speak(piece: StreamingSegment) -> tuple[NDArray[np.float32], list[Word]]:
    chunks = list(ADAPTER.stream(piece, never))
    samples = [np.zeros(0, np.float32), *(chunk.samples for chunk in chunks)]
    return np.concatenate(samples), [word for chunk in chunks for word in chunk.words]


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "espeak"]


def test_the_loaded_model_matches_engine_toml() -> None:
    spec = read_spec(Path(espeak.__file__).parent)
    assert LOADED.sample_rate == spec.native_sample_rate == 22050
    assert set(LOADED.versions) == set(spec.distributions) == {"espeakng-loader"}
    assert spec.deterministic
    assert spec.default_voice in {info.name for info in ADAPTER.voices()}


def test_samples_are_mono_float32_in_range_and_audible() -> None:
    for chunk in ADAPTER.stream(segment(TEXT), never):
        assert isinstance(chunk, AudioChunk)
        assert chunk.samples.dtype == np.float32
        assert chunk.samples.ndim == 1
        assert chunk.sample_rate == 22050
    samples, _ = speak(segment(TEXT))
    assert 0.05 < np.abs(samples).max() <= 1.0
    assert 2.0 < len(samples) / 22050 < 5.0


def test_the_first_chunk_is_small_and_later_chunks_grow() -> None:
    sizes = [len(chunk.samples) for chunk in ADAPTER.stream(segment(TEXT * 4), never)]
    assert 0 < sizes[0] <= 1400
    assert all(after > before for before, after in pairwise(sizes[:4]))
    assert max(sizes) <= 12_500
    assert min(sizes[4:-1]) >= 10_000


def test_the_same_segment_gives_the_same_samples_after_any_other() -> None:
    piece = segment("Once upon a time, 3 whispers.", "en-us+f2")
    samples, words = speak(piece)
    for other in (segment("Etwas anderes.", "de+croak"), segment(TEXT, speed=2.0, pitch=90), segment("", "hi")):
        speak(other)
        again, words_again = speak(piece)
        assert np.array_equal(samples, again)
        assert words == words_again


def test_words_of_a_sentence() -> None:
    text = "Dr. Smith paid $3.50 for the café 😀 on 1/2/2024."
    samples, words = speak(segment(text))
    assert [word.text for word in words] == ["Dr", "Smith", "paid", "$3.50", "for the", "café", "😀", "on", "1/2/2024"]
    assert words[-1].end_s == (np.flatnonzero(samples)[-1] + 1) / 22050


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("“Come back inside.”", "en"),
        ("(Not now.)", "en"),
        ("cat", "en"),
        ("« Reste ici. »", "fr"),
        ("“等一下。”", "zh"),
    ],
)
def test_silence_at_the_ends_is_trimmed_and_not_part_of_words(text: str, language: str, speed: float) -> None:
    samples, words = speak(segment(text, language=language, speed=speed))
    sound = np.flatnonzero(samples)
    assert sound[0] <= 0.02 * 22050
    assert len(samples) - sound[-1] <= 0.02 * 22050 + 1
    assert words[0].start_s == pytest.approx(sound[0] / 22050, abs=0.04)
    assert words[-1].end_s == pytest.approx(sound[-1] / 22050, abs=0.001)


def test_a_word_ends_before_the_pause_that_follows_it() -> None:
    samples, words = speak(segment("Stop! Now."))
    stop, now = words
    assert now.start_s - stop.end_s > 0.25
    assert not samples[round(stop.end_s * 22050) : round(now.start_s * 22050)].any()


FRAGMENTS = [
    "Hello",
    "of",
    "the",
    "12",
    "3.50",
    "$5",
    "Dr.",
    "etc.",
    "😀",
    "👨‍👩‍👧",
    "e\u0301t",
    "naïve",
    "世界",
    "你好，",
]
FRAGMENTS += [
    "नमस्ते",
    "Привет",
    "שלום",
    "-",
    "...",
    "—",
    "(x)",
    '"q"',
    "90's",
    "½",
    "\t",
    "\n\n",
    "♪",
    "\x01",
    "\0",
    "สวัสดี",
]


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.lists(st.sampled_from(FRAGMENTS), max_size=8).map(" ".join),
        st.lists(st.sampled_from(FRAGMENTS), max_size=5).map("".join),
        st.text(st.characters(exclude_categories=("Cs",)), max_size=20),
    ),
    st.sampled_from(["en-us", "de", "cmn", "hi", "ja"]),
)
def test_words_are_ordered_and_cover_the_letters_of_the_text(text: str, voice: str) -> None:
    place, time_s, n_samples = 0, 0.0, 0
    covered: set[int] = set()
    for chunk in ADAPTER.stream(segment(text, voice), never):
        n_samples += len(chunk.samples)
        for word in chunk.words:
            assert word.source is not None
            assert word.source.start >= place
            assert word.text == text[word.source.start : word.source.end] != ""
            assert time_s <= word.start_s <= word.end_s <= n_samples / 22050
            place, time_s = word.source.end, word.end_s
            covered.update(range(word.source.start, word.source.end))
    letters = {at for at, character in enumerate(text) if character.isalnum()}
    assert letters <= covered or not covered
    # eSpeak NG says nothing of a word with a letter that it doesn't know.
    assert covered or not letters or not all(text[at].isascii() for at in letters)


@pytest.mark.parametrize(
    ("voice", "language", "text", "expected"),
    [
        ("de", None, "Größe über Äpfel", ["Größe", "über", "Äpfel"]),
        (None, "fr-CA", "Ça va être génial", ["Ça", "va", "être", "génial"]),
        ("+f2", "zh", "今天去", ["今", "天", "去"]),
        ("hi", "hi-IN", "नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
    ],
)
def test_languages(voice: str | None, language: str | None, text: str, expected: list[str]) -> None:
    samples, words = speak(segment(text, voice, language))
    assert np.abs(samples).max() > 0.05
    assert [word.text for word in words] == expected


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "...", "!?!", "—", "- - -", "\0\0", "\u200b"])
def test_text_without_speech_has_no_words_and_no_silence(text: str) -> None:
    samples, words = speak(segment(text))
    assert samples.any() == (len(samples) > 0)
    assert words == []


def test_control_characters_become_spaces_and_offsets_stay_valid() -> None:
    text = "one\0two\x01three\x02+10S four"
    plain = "one two three +10S four"
    samples, words = speak(segment(text))
    same, _ = speak(segment(plain))
    assert np.array_equal(samples, same)
    assert [text[word.source.start : word.source.end] for word in words if word.source] == [word.text for word in words]
    assert [word.text for word in words][:2] == ["one", "two"]


def test_markup_and_phonemes_are_spoken_as_text() -> None:
    _, words = speak(segment("[[h@loU]] <b>bold</b>"))
    assert len(words) == 2
    spelt, _ = speak(segment("[[h@loU]]"))
    hello, _ = speak(segment("hello"))
    assert len(spelt) > 1.5 * len(hello)


def test_a_lone_surrogate_does_not_fail() -> None:
    _, words = speak(segment("one \ud800 two"))
    assert [word.text for word in words] == ["one", "two"]


def test_speed_changes_the_duration_about_inversely() -> None:
    normal = len(speak(segment(TEXT))[0])
    for speed in (0.46, 0.75, 1.5, 2.57):
        ratio = normal / len(speak(segment(TEXT, speed=speed))[0])
        assert ratio == pytest.approx(speed, rel=0.25)


@pytest.mark.parametrize("speed", [0.45, 2.58, 0.0, -1.0, float("nan"), float("inf")])
def test_a_speed_out_of_range_names_the_range(speed: float) -> None:
    with pytest.raises(ValueError, match=r"between 0\.46 and 2\.57"):
        ADAPTER.stream(segment(TEXT, speed=speed), never)


def test_parameters_change_the_sound() -> None:
    plain, _ = speak(segment(TEXT))
    same, _ = speak(segment(TEXT, pitch=50, pitch_range=50, word_gap_ms=0))
    assert np.array_equal(plain, same)
    for name, value in (("pitch", 80), ("pitch_range", 0)):
        assert not np.array_equal(plain, speak(segment(TEXT, **{name: value}))[0])
    short, long = (len(speak(segment("one two three four", word_gap_ms=gap_ms))[0]) for gap_ms in (200, 400))
    assert (long - short) / 22050 == pytest.approx(3 * 0.2, rel=0.1)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"pitch": 100}, "outside"),
        ({"pitch": "high"}, "must be an integer"),
        ({"word_gap_ms": -1}, "outside"),
        ({"volume": 1}, "no parameter 'volume'; available: pitch, pitch_range, word_gap_ms"),
    ],
)
def test_invalid_parameters_are_rejected(params: dict[str, ParamValue], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ADAPTER.stream(segment(TEXT, **params), never)


def test_invalid_voices_and_payloads_are_rejected() -> None:
    with pytest.raises(ValueError, match="'en-us'"):
        ADAPTER.stream(segment(TEXT, "en-uz"), never)
    with pytest.raises(ValueError, match="named voices only"):
        ADAPTER.stream(segment(TEXT, TensorVoice("00")), never)
    recognition = StreamingSegment(index=0, payload=AudioPayload(b"", 16000), engine="espeak")
    with pytest.raises(ValueError, match="speaks text"):
        ADAPTER.stream(recognition, never)


def test_a_cancel_during_a_stream_stops_at_once_and_the_engine_stays_usable() -> None:
    whole, _ = speak(segment(TEXT))
    n_checks = 0

    def cancelled() -> bool:
        nonlocal n_checks
        n_checks += 1
        return n_checks > 12

    n_samples = sum(len(chunk.samples) for chunk in ADAPTER.stream(segment(TEXT * 100), cancelled))
    assert 0 < n_samples <= 12 * 1400
    assert n_checks <= 16
    assert not threads()
    assert not binding.is_loaded(find_espeak().shared_library)
    assert np.array_equal(speak(segment(TEXT))[0], whole)


def test_a_cancel_before_the_start_yields_nothing() -> None:
    assert list(ADAPTER.stream(segment(TEXT), lambda: True)) == []
    assert not threads()


def test_a_closed_or_dropped_stream_ends_its_thread_and_unloads_the_library() -> None:
    for drop in (False, True):
        stream = ADAPTER.stream(segment(TEXT * 50), never)
        next(stream)
        assert len(threads()) == 1
        if drop:
            del stream
        else:
            stream.close()
        assert not threads()
        assert not binding.is_loaded(find_espeak().shared_library)
    assert len(speak(segment(TEXT))[0]) > 0


def test_a_second_concurrent_stream_is_an_error_and_the_first_continues() -> None:
    whole, _ = speak(segment(TEXT * 5))
    first = ADAPTER.stream(segment(TEXT * 5), never)
    first_chunk = next(first)
    with pytest.raises(EspeakError, match="in use in this process"):
        next(ADAPTER.stream(segment("second"), never))
    rest = [chunk.samples for chunk in first]
    assert np.array_equal(np.concatenate([first_chunk.samples, *rest]), whole)


def test_a_long_text_streams_in_little_memory() -> None:
    text = (TEXT + " ") * (200_000 // (len(TEXT) + 1))
    n_words = n_samples = 0
    stream = ADAPTER.stream(segment(text, "de", speed=2.5), never)
    next(stream)  # the encoded text is allocated before the measurement
    tracemalloc.start()
    try:
        for chunk in stream:
            n_samples += len(chunk.samples)
            n_words += len(chunk.words)
            if n_samples > 22050 * 300:
                break
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        stream.close()
    assert n_words > 1000
    assert 4 * n_samples > 20_000_000
    assert peak_bytes < 2_000_000
    assert not threads()


def test_every_word_of_a_text_of_many_clauses_is_spoken() -> None:
    text = (TEXT + " ") * 300
    words = [word for chunk in ADAPTER.stream(segment(text, "de", speed=2.5), never) for word in chunk.words]
    assert [word.text for word in words] == text.replace(".", "").split()


def test_a_text_over_the_limit_is_rejected() -> None:
    with pytest.raises(ValueError, match="maximum is 16777215"):
        ADAPTER.stream(segment("a" * (1 << 24)), never)


def test_the_estimate_is_exact_at_each_speed() -> None:
    piece = segment("Whisper 12 words.", "en-us+whisper", word_gap_ms=50)
    speeds = [0.5, 1.0, 2.5]
    estimates = ADAPTER.estimate_duration(piece, speeds)
    for speed, estimate in zip(speeds, estimates, strict=True):
        samples, _ = speak(segment("Whisper 12 words.", "en-us+whisper", speed=speed, word_gap_ms=50))
        assert estimate == len(samples) / 22050
    with pytest.raises(ValueError, match="must be between"):
        ADAPTER.estimate_duration(piece, [1.0, 9.0])


def test_loading_fails_if_engine_toml_has_another_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voxweft.engines.espeak.adapter.SAMPLE_RATE_HZ", 16000)
    with pytest.raises(EspeakError, match="22050 Hz"):
        load()
