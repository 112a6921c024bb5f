"""Words from eSpeak NG's events: positions in the text, joined and split words, scripts without spaces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.engines.espeak.binding import SAMPLE_RATE_HZ, WordEvent
from voxweft.engines.espeak.words import WordTracker
from voxweft.utils.streaming import Word


def track(text: str, positions: list[int], n_samples: int | None = None) -> list[Word]:
    tracker = WordTracker(text)
    tracker.add(WordEvent(position, 1000 * number) for number, position in enumerate(positions))
    tracker.finish(1000 * len(positions) if n_samples is None else n_samples)
    return list(tracker.take())


@pytest.mark.parametrize(
    ("text", "positions", "expected"),
    [
        ("Hello world.", [0, 6], ["Hello", "world"]),
        ("of the people", [0, 7], ["of the", "people"]),
        ('"Quoted," (he)', [1, 11], ["Quoted", "he"]),
        ("cost $3.50 now", [0, 5, 6, 7, 7, 11], ["cost", "$3.50", "now"]),
        ("½ cup", [0, 1, 2], ["½", "cup"]),
        ("Mrs. etc. x", [0, 4, 10], ["Mrs", "etc", "x"]),
        ("- Hi. You", [0, 6], ["Hi", "You"]),
        ("well-known camelCase", [0, 11, 16], ["well-known", "camelCase"]),
        ("a—b", [0, 2], ["a", "b"]),
        ("50% foo@bar.com", [0, 2, 4, 7, 8, 11, 12], ["50%", "foo@bar.com"]),
        ("你好，世界 12。", [0, 3, 4, 6], ["你好", "世", "界", "12"]),
        ("世界", [0, 0, 0], ["世界"]),
        ("(ไทย", [1], ["ไทย"]),
        ("e\u0301t la\u0300", [0, 4], ["e\u0301t", "la\u0300"]),
        ("आप हैं", [0], ["आप हैं"]),
        ("Hi ♪ you", [0, 5], ["Hi", "you"]),
        ("one two three", [0, 8, 4], ["one two", "three"]),
        ("abc ... ---", [4], ["abc"]),
        ("... ---", [3], []),
        ("a\x01b", [0, 2], ["a", "b"]),
        ("tail ", [0, 99], ["tail"]),
        ("", [0], []),
        ("none", [], []),
    ],
)
def test_words(text: str, positions: list[int], expected: list[str]) -> None:
    words = track(text, positions)
    assert [word.text for word in words] == expected
    for word in words:
        assert word.source is not None
        assert text[word.source.start : word.source.end] == word.text


def test_a_word_ends_where_the_next_begins_and_the_last_word_with_the_audio() -> None:
    tracker = WordTracker("one two")
    tracker.add([WordEvent(0, 441)])
    assert tracker.take() == ()
    tracker.add([WordEvent(4, 882)])
    (one,) = tracker.take()
    tracker.finish(SAMPLE_RATE_HZ)
    (two,) = tracker.take()
    assert (one.start_s, one.end_s, two.start_s, two.end_s) == (0.02, 0.04, 0.04, 1.0)
    tracker.finish(99)
    assert tracker.take() == ()


def test_a_position_that_advances_onto_a_space_does_not_start_the_next_word() -> None:
    half, cup = track("½ cup", [0, 1, 2])
    assert (half.end_s, cup.start_s) == (2000 / SAMPLE_RATE_HZ, 2000 / SAMPLE_RATE_HZ)


@given(
    st.text(alphabet="ab1.-, \n世の\u0301é😀—%\x01", max_size=30),
    st.lists(st.tuples(st.integers(0, 32), st.integers(-3, 50)), max_size=12),
)
def test_words_from_any_events_are_ordered_and_cover_the_text(text: str, raw: list[tuple[int, int]]) -> None:
    samples = [0]
    for _, step in raw:
        samples.append(max(0, samples[-1] + step))
    tracker = WordTracker(text)
    tracker.add(WordEvent(position, sample) for (position, _), sample in zip(raw, samples, strict=False))
    tracker.finish(max(samples) + 60)
    words = tracker.take()
    place, time_s = 0, 0.0
    covered: set[int] = set()
    for word in words:
        assert word.source is not None
        assert word.source.start >= place
        assert word.text == text[word.source.start : word.source.end] != ""
        assert time_s <= word.start_s <= word.end_s
        place, time_s = word.source.end, word.end_s
        covered.update(range(word.source.start, word.source.end))
    if words:
        assert all(not character.isalnum() or at in covered for at, character in enumerate(text))
