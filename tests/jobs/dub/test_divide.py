from __future__ import annotations

import numpy as np

from voxweft.jobs.dub.divide import divide
from voxweft.jobs.dub.sentences import SegmentText
from voxweft.utils.streaming import SourceSpan, Word

RATE = 1000
TEXT = SegmentText(range(3, 5), "One two three.", (0, 8))


def speech(*spans_s: tuple[float, float], length_s: float) -> np.ndarray:
    samples = np.zeros(round(length_s * RATE), np.float32)
    for start_s, end_s in spans_s:
        samples[round(start_s * RATE) : round(end_s * RATE)] = 0.3
    return samples


def words(*times: tuple[float, float], shift_s: float = 0.0) -> list[Word]:
    spans = [(0, 3), (4, 7), (8, 14)]
    return [
        Word(text="", start_s=start_s + shift_s, end_s=end_s + shift_s, source=SourceSpan(*span))
        for (start_s, end_s), span in zip(times, spans, strict=True)
    ]


def test_a_cut_is_in_the_pause_before_the_word():
    samples = speech((0, 0.3), (0.3, 0.6), (0.8, 1.2), length_s=1.2)
    first, second = divide(samples, RATE, TEXT, words((0, 0.3), (0.3, 0.6), (0.8, 1.2)), 0)
    np.testing.assert_array_equal(np.concatenate([first.samples, second.samples]), samples)
    assert 790 <= first.samples.size <= 800
    assert first.n_sound == 630, "30 ms of the pause, and the rest of it is silence"
    assert (second.samples.size, second.n_sound) == (1200 - first.samples.size,) * 2


def test_without_a_pause_the_cut_is_at_the_quietest_place_between_the_words():
    samples = speech((0, 1.2), length_s=1.2)
    samples[590:600] = 0.01
    first, second = divide(samples, RATE, TEXT, words((0, 0.3), (0.3, 0.6), (0.6, 1.2)), 0)
    assert 590 <= first.samples.size <= 600
    np.testing.assert_array_equal(np.concatenate([first.samples, second.samples]), samples)


def test_times_of_words_count_from_what_was_trimmed():
    samples = speech((0, 0.6), (0.8, 1.2), length_s=1.2)
    first, _ = divide(samples, RATE, TEXT, words((0, 0.3), (0.3, 0.6), (0.8, 1.2), shift_s=0.2), 200)
    assert 790 <= first.samples.size <= 800


def test_without_times_the_share_of_the_text_decides():
    samples = speech((0, 0.67), (0.7, 1.2), length_s=1.2)
    first, second = divide(samples, RATE, TEXT, [], 0)
    assert 670 <= first.samples.size <= 700
    assert first.samples.size + second.samples.size == 1200


def test_audio_that_ends_early_leaves_nothing_for_the_rest():
    first, second = divide(np.zeros(0, np.float32), RATE, TEXT, words((0, 0.3), (0.3, 0.6), (0.8, 1.2)), 0)
    assert (first.samples.size, second.samples.size) == (0, 0)
