"""Cuts of recordings together with their transcripts: arithmetic on speech whose words and pauses are known."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from voxweft.jobs.voices.clip import (
    cut_places,
    cut_transcript,
    end_in,
    trimmed,
    with_side,
    word_around,
    words_before,
)
from voxweft.media.audio.speech_activity import Span, find_speech
from voxweft.utils.streaming import Word

RATE = 8000
GAP_S = 0.02
WORDS = [
    "the",
    "a",
    "of",
    "one",
    "two",
    "four",
    "well-known",
    "don't",
    "café",
    "naïve",
    "yes",
    "and",
    "then",
    "it",
    "is",
]


class Spoken(NamedTuple):
    """A recording of noise bursts as words, with pauses after some of them."""

    samples: np.ndarray
    words: list[Word]
    after: list[float]
    """The silence after each word, in seconds."""

    @property
    def text(self) -> str:
        return " ".join(word.text.strip() for word in self.words)


@st.composite
def speech(draw: st.DrawFn) -> Spoken:
    n_words = draw(st.integers(10, 24))
    texts = draw(st.lists(st.sampled_from(WORDS), min_size=n_words, max_size=n_words))
    lengths = draw(st.lists(st.integers(12, 60), min_size=n_words, max_size=n_words))
    pauses = draw(st.lists(st.sampled_from([0, 0, 0, 15, 30, 80]), min_size=n_words, max_size=n_words))
    random = np.random.default_rng(0)
    words, parts, after, position = [], [np.zeros(round(0.2 * RATE))], [], 0.2
    for text, length, pause in zip(texts, lengths, pauses, strict=True):
        length_s, after_s = length / 100, GAP_S + pause / 100
        words.append(Word(f" {text}", position, position + length_s, probability=0.9))
        parts += [0.3 * random.standard_normal(round(length_s * RATE)), np.zeros(round(after_s * RATE))]
        after.append(after_s)
        position += length_s + after_s
    samples = np.concatenate([*parts, np.zeros(round(0.2 * RATE))]) + 1e-4 * random.standard_normal()
    return Spoken(samples.astype(np.float32), words, after)


def places_of(recording: Spoken, min_s: float, max_s: float, words: list[Word] | None = None) -> tuple[list[Span], int]:
    activity = find_speech(recording.samples, RATE)
    start = trimmed(activity, recording.samples.size, RATE).start
    lengths_s = min_s, max_s
    return cut_places(recording.samples, RATE, activity, start, lengths_s, words or ()), start


@given(speech(), st.floats(0.3, 1.0), st.floats(1.2, 5.0), st.booleans())
def test_a_clip_is_never_too_long_and_ends_in_a_pause_if_there_is_one(
    recording: Spoken, min_s: float, max_s: float, with_words: bool
) -> None:
    assume(recording.samples.size / RATE > max_s + 0.5)
    places, start = places_of(recording, min_s, max_s, recording.words if with_words else None)
    assert places
    ends = [end_in(place, RATE) - start for place in places]
    assert all(0 < end <= max_s * RATE for end in ends)
    assert all(end >= min_s * RATE for end in ends)
    silences = [
        (round(before.end_s * RATE), round(after.start_s * RATE))
        for before, after in pairwise(recording.words)
        if after.start_s - before.end_s > 0.14
    ]
    fitting = [
        s for s in silences if start + min_s * RATE + 500 < s[0] and s[0] + 0.05 * RATE < start + max_s * RATE - 500
    ]
    if fitting:
        end = start + ends[0]
        assert any(begin - 240 <= end <= over + 240 for begin, over in silences), "not in a word"
        half = [s for s in fitting if s[0] >= start + max_s * RATE / 2 + 500]
        if half:
            longest = max(over - begin for begin, over in half)
            assert places[0].end - places[0].start >= longest - 480, "the longest of the second half"


@given(speech(), st.floats(1.2, 5.0), st.data())
def test_the_transcript_has_exactly_the_words_within_the_cut(
    recording: Spoken, max_s: float, data: st.DataObject
) -> None:
    assume(recording.samples.size / RATE > max_s + 0.5)
    # Recognized times are not exact: words include parts of the pauses next to them.
    heard = []
    for word, after_s in zip(recording.words, recording.after, strict=True):
        late = data.draw(st.floats(0, 0.9)) * after_s
        heard.append(Word(word.text.upper(), word.start_s, word.end_s + late, probability=0.5))
    places, _ = places_of(recording, 0.3, max_s, heard)
    assume(places[0].end - places[0].start >= 0.1 * RATE)
    end = end_in(places[0], RATE)
    inside = [word.text.strip() for word in recording.words if word.end_s * RATE <= end + 240]
    assert [word.text.strip().lower() for word in heard[: words_before(heard, places[0], RATE)]] == [
        word.lower() for word in inside
    ]
    written = recording.text.replace(" and ", " And, ")
    text = cut_transcript(written, heard, places[0], RATE)
    assert text is not None
    assert written.startswith(text)
    assert text.replace(",", "").lower().split() == [word.lower() for word in inside]


def words_at(*texts: str, step_s: float = 1.0) -> list[Word]:
    return [Word(f" {text}", at * step_s, at * step_s + 0.7 * step_s) for at, text in enumerate(texts)]


PAUSE = Span(round(2.75 * RATE), round(2.95 * RATE))
"""Between the third and the fourth of `words_at`."""


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("One two three four five six.", "One two three"),
        ("One, TWO — three; four five six.", "One, TWO — three;"),
        ("One 2 three four five six.", "One 2 three"),
        ("One well two three four five six seven.", "One well two three"),
        ("One two three four five six, and very much more that is beyond what was heard.", "One two three"),
        ("One two three — four five six.", "One two three —"),
        ("« One two three » four five six.", "« One two three »"),
        ("One two three", None),
        ("One two free four five six.", None),
        ("One two three or five six.", None),
        ("One two three and a half four five six.", None),
        ("Something else entirely three four, which nobody said.", None),
        ("", None),
    ],
)
def test_a_transcript_is_cut_only_where_it_is_certain(written: str, kept: str | None) -> None:
    heard = words_at("one", "two", "three", "four", "five", "six")
    expected = kept if written != "One two three" else written
    assert cut_transcript(written, heard, PAUSE, RATE) == expected


def test_a_script_without_spaces_is_cut_too() -> None:
    heard = [Word("今日は", 0.0, 1.0), Word("いい", 1.0, 2.6), Word("天気", 3.0, 4.0), Word("です", 4.0, 5.0)]
    assert cut_transcript("今日はいい天気です。", heard, PAUSE, RATE) == "今日はいい"


def test_without_words_nothing_is_certain() -> None:
    assert cut_transcript("One two.", [], PAUSE, RATE) is None


def test_a_pause_within_a_word_is_no_place_to_cut() -> None:
    recording = np.concatenate(
        [np.full(RATE, 0.3), np.zeros(1600), np.full(RATE, 0.3), np.zeros(960), np.full(RATE, 0.3)]
    )
    samples = recording.astype(np.float32) * np.random.default_rng(2).choice([-1, 1], recording.size).astype(np.float32)
    activity = find_speech(samples, RATE)
    assert len(activity.pauses) == 2
    lengths_s = 0.5, 2.8
    (first, _) = cut_places(samples, RATE, activity, 0, lengths_s)
    assert first == activity.pauses[1], "in the second half"
    lengths_s = 0.5, 2.2
    assert cut_places(samples, RATE, activity, 0, lengths_s) == [activity.pauses[0]]
    long_word = [Word("pre-", 0.0, 0.2), Word("Donaudampfschiff", 0.5, 1.9), Word("fahrt", 1.95, 2.1)]
    places = cut_places(samples, RATE, activity, 0, lengths_s, long_word)
    assert [place.start / RATE for place in places] == [1.9], "between the words, as the pause is in one"


def test_without_a_pause_the_quietest_moment_is_taken() -> None:
    samples = np.full(4 * RATE, 0.4, np.float32)
    quiet = round(1.8 * RATE)
    samples[quiet : quiet + 200] = 0.2
    lengths_s = 0.5, 2.0
    (place,) = cut_places(samples, RATE, find_speech(samples, RATE), 0, lengths_s)
    assert quiet <= place.middle <= quiet + 200
    assert end_in(place, RATE) == place.start


@pytest.mark.parametrize(
    ("heard_before", "side"),
    [
        (("met", "on", "Thursday."), "after"),
        (("met", "on", "Thursday", "in"), "before"),
        (("met", "on", "Thursday", "In!"), "before"),
        (("met", "on"), None),
        (("met", "on", "Thursdays"), None),
        ((), None),
    ],
)
def test_a_word_around_a_pause_is_where_it_is_heard(heard_before: tuple[str, ...], side: str | None) -> None:
    words = [Word(" met", 0.4, 0.8), Word(" on", 0.8, 1.0), Word(" Thursday", 1.0, 1.5), Word(" in", 1.5, 2.2)]
    words.append(Word(" the", 2.2, 2.3))
    pause = Span(round(1.8 * RATE), round(2.1 * RATE))
    assert word_around(words, pause, RATE) == 3
    assert word_around(words, Span(round(1.5 * RATE), round(1.7 * RATE)), RATE) is None, "it begins there"
    alone = [Word(f" {text}", at, at + 0.5) for at, text in enumerate(heard_before)]
    found = with_side(words, 3, pause, RATE, alone)
    if side is None:
        assert found is None
        return
    assert [word.text for word in found] == [word.text for word in words]
    assert words_before(found, pause, RATE) == (4 if side == "before" else 3)
