"""Speech and pauses in recordings whose parts are known, and in real speech."""

from __future__ import annotations

import numpy as np
import pytest
from espeak_speech import SPEECH_RATE_HZ, spoken
from hypothesis import given
from hypothesis import strategies as st

from voxweft.media.audio.speech_activity import Span, find_speech, frame_levels

RATES = (8000, 16000, 22050, 44100, 48000)


def recording(parts: list[tuple[float, float]], rate: int, noise_db: float = -70.0) -> np.ndarray:
    """Return (silence, sound) pairs of seconds as samples, with noise all over."""
    random = np.random.default_rng(1)
    pieces = []
    for silence_s, sound_s in parts:
        pieces += [np.zeros(round(silence_s * rate)), 0.3 * random.standard_normal(round(sound_s * rate))]
    samples = np.concatenate(pieces)
    return (samples + 10 ** (noise_db / 20) * random.standard_normal(samples.size)).astype(np.float32)


@given(
    st.lists(st.tuples(st.integers(15, 100), st.integers(20, 150)), min_size=1, max_size=6),
    st.sampled_from(RATES),
    st.sampled_from([-60.0, -75.0, -100.0]),
)
def test_sounds_and_the_pauses_between_them_are_found(parts: list[tuple[int, int]], rate: int, noise_db: float) -> None:
    seconds = [(silence / 100, sound / 100) for silence, sound in parts]
    found = find_speech(recording([*seconds, (0.3, 0.0)], rate, noise_db), rate)
    starts, position = [], 0
    for silence_s, sound_s in seconds:
        position += round(silence_s * rate)
        starts.append((position, position := position + round(sound_s * rate)))
    tolerance = round(0.021 * rate)
    assert found.speech.start == pytest.approx(starts[0][0], abs=tolerance)
    assert found.speech.end == pytest.approx(starts[-1][1], abs=tolerance)
    assert len(found.pauses) == len(starts) - 1
    for pause, (_, before), (after, _) in zip(found.pauses, starts, starts[1:], strict=False):
        assert pause.start == pytest.approx(before, abs=tolerance)
        assert pause.end == pytest.approx(after, abs=tolerance)


def test_a_steady_sound_is_speech_from_end_to_end() -> None:
    times = np.arange(16000) / 16000
    samples = (0.5 * np.sin(2 * np.pi * 300 * times)).astype(np.float32)
    assert find_speech(samples, 16000)[:2] == (Span(0, 16000), ())
    assert find_speech(samples[:15999], 16000).speech == Span(0, 15999), "the last frame may be shorter"


def test_silence_has_no_speech() -> None:
    for n_samples in (0, 1, 16000):
        assert find_speech(np.zeros(n_samples, np.float32), 16000).speech == Span(0, 0)


def test_a_click_is_no_speech() -> None:
    samples = recording([(0.5, 1.0), (0.5, 0.0)], 16000)
    samples[100:140] = 0.9
    assert find_speech(samples, 16000).speech.start == pytest.approx(8000, abs=320)


def test_without_distance_to_the_noise_no_pause_is_found() -> None:
    samples = recording([(0.0, 1.0), (1.0, 1.0), (0.3, 0.0)], 16000, noise_db=-22.0)
    found = find_speech(samples, 16000)
    assert found[:2] == (Span(0, samples.size), ())
    assert found.speech_db - found.noise_db < 20


def test_the_levels_of_frames() -> None:
    samples = np.concatenate([np.full(10, 0.1), np.full(10, 1.0), np.zeros(5)]).astype(np.float32)
    assert frame_levels(samples, 10).tolist() == pytest.approx([-20.0, 0.0, -120.0], abs=1e-6)


def test_pauses_of_real_speech_are_where_the_words_are_not() -> None:
    samples, words = spoken("One, two, three. This is a sentence; and this is another one.")
    found = find_speech(samples, SPEECH_RATE_HZ)
    assert len(found.pauses) >= 3
    assert all(0 < pause.end - pause.start < SPEECH_RATE_HZ for pause in found.pauses)
    starts = [word.start_s * SPEECH_RATE_HZ for word in words]
    near = [min(abs(pause.end - start) for start in starts) for pause in found.pauses]
    assert sum(distance < 0.1 * SPEECH_RATE_HZ for distance in near) >= 3, "words begin where pauses end"
