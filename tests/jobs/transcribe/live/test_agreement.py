"""Words of hypotheses: agreed, repeated, and invented ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.jobs.transcribe.live.agreement import LocalAgreement
from voxweft.jobs.transcribe.live.hallucinations import (
    remove_guesses,
    remove_loops,
    remove_too_fast,
    repeats_prompt,
    words_in_speech,
)
from voxweft.jobs.transcribe.live.words import joined, moved, n_repeated, same_word, spread
from voxweft.utils.streaming import Word

TEXTS = st.lists(st.sampled_from(["one", "two", "three", "four", "five"]), max_size=12)


def words(text: str, start_s: float = 0.0, each_s: float = 0.3) -> list[Word]:
    """Consecutive words as Whisper returns them: each with the white space before it."""
    return [
        Word(f" {part}", start_s + number * each_s, start_s + (number + 1) * each_s)
        for number, part in enumerate(text.split())
    ]


def text_of(found: object) -> str:
    return joined(found)  # type: ignore[arg-type]


def test_the_first_hypothesis_agrees_with_nothing() -> None:
    assert LocalAgreement().agreed(words("one two")) == 0


def test_the_common_prefix_of_two_hypotheses_is_agreed() -> None:
    agreement = LocalAgreement()
    agreement.keep(words("one two tree"))
    assert agreement.agreed(words("one two three four")) == 2
    assert agreement.agreed(words("two one")) == 0


@pytest.mark.parametrize(("first", "second"), [("Hello,", "hello"), ("don't", "Don’t"), ("ｆｏｘ", "fox"), ("№", "No")])
def test_case_punctuation_and_unicode_forms_are_ignored(first: str, second: str) -> None:
    assert same_word(Word(first, 0, 1), Word(second, 2, 3))


def test_different_words_are_different() -> None:
    assert not same_word(Word("two", 0, 1), Word("too", 0, 1))
    assert not same_word(Word("…", 0, 1), Word("!", 0, 1))


@given(TEXTS, TEXTS)
def test_repeated_words_are_found_whatever_follows(certain: list[str], fresh: list[str]) -> None:
    heard = words(" ".join(certain + fresh))
    assert n_repeated(heard[: len(certain)], heard) == len(certain)


@pytest.mark.parametrize(
    ("certain", "heard", "fresh"),
    [
        ("one two three", "one too three four", "four"),  # a changed word
        ("one two three", "one three four", "four"),  # a missing word
        ("one two three", "one two and three four", "four"),  # an extra word
        ("one two", "one two one two", "one two"),  # spoken twice
        ("one two", "", ""),
        ("", "one two", "one two"),
    ],
)
def test_a_changed_committed_word_loses_no_other_word(certain: str, heard: str, fresh: str) -> None:
    again = words(heard)
    assert text_of(again[n_repeated(words(certain), again) :]) == fresh


def test_if_all_words_differ_their_times_decide() -> None:
    certain = words("one two", 0.0)
    heard = [*words("six", 0.0, 0.6), *words("seven eight", 0.6)]
    assert text_of(heard[n_repeated(certain, heard) :]) == "seven eight"


def test_a_loop_is_cut_to_its_phrase() -> None:
    looped = words("so we go " + "thank you very much " * 6 + "bye")
    assert text_of(remove_loops(looped)) == "so we go thank you very much"
    assert text_of(remove_loops(words("no " * 30))) == "no"


def test_natural_repetitions_are_kept() -> None:
    for text in ("no no no no no", "nine one one nine one one", "row row row your boat", "bye bye bye bye bye bye bye"):
        assert text_of(remove_loops(words(text))) == text


def test_a_word_repeated_too_fast_is_removed() -> None:
    stacked = [*words("the good"), *(Word(" good", 0.6, 0.6) for _ in range(3)), Word(" book", 0.6, 1.0)]
    assert text_of(remove_loops(stacked)) == "the good book"


@given(TEXTS)
def test_filters_only_remove_words(text: list[str]) -> None:
    kept, before = remove_loops(words(" ".join(text))), words(" ".join(text))
    assert list(kept) == before[: len(kept)]


def test_words_in_silence_or_after_the_end_are_removed() -> None:
    def speech_s(start_s: float, end_s: float) -> float:
        return max(0.0, min(end_s, 2.0) - max(start_s, 1.0))

    uttered = [Word(" thanks", 0.0, 0.4), Word(" hello", 0.9, 1.4), Word(" there", 1.4, 2.0), Word(" amen", 3.2, 4.0)]
    assert text_of(words_in_speech(uttered, 3.0, speech_s)) == "hello there"
    assert text_of(words_in_speech(uttered, 1.2, speech_s)) == "hello"
    at_the_end = [Word(" book", 1.7, 1.96), Word(" The", 1.98, 2.4)]
    assert text_of(words_in_speech(at_the_end, 3.0, speech_s)) == "book"


def test_words_faster_than_speech_and_last_words_without_length_are_removed() -> None:
    stacked = [
        *words("her book"),
        *(Word(f" {word}", 0.84 + n / 100, 0.84 + (n + 1) / 100) for n, word in enumerate("abcdef")),
    ]
    assert text_of(remove_too_fast(stacked)) == "her book"
    assert text_of(remove_too_fast([*words("her book"), Word(" gr", 1.0, 1.1), Word(" -", 1.1, 1.1)])) == "her book gr"
    assert text_of(remove_too_fast([Word(" a", 0.0, 0.0), *words("b c")])) == "a b c"
    assert remove_too_fast([]) == ()


def test_unlikely_words_at_the_end_are_removed() -> None:
    guessed = [Word(" the", 0.0, 0.2, probability=0.05), Word(" rain", 0.2, 0.5, probability=0.9)]
    cut_off = [*guessed, Word(" fell.", 0.5, 0.8, probability=0.02)]
    assert remove_guesses(cut_off, 0.9) == tuple(guessed)
    assert remove_guesses(cut_off, 2.0) == tuple(cut_off)
    assert len(remove_guesses(words("no probability"), 0.6)) == 2


def test_four_words_of_the_prompt_in_a_row_are_a_repetition() -> None:
    prompt = "A man in a gray coat, read his newspaper."
    assert repeats_prompt(prompt, words("so in a Grey coat read his paper")) is False
    assert repeats_prompt(prompt, words("yes In a gray coat"))
    assert repeats_prompt("", words("yes in a gray coat")) is False
    assert repeats_prompt(prompt, ()) is False


def test_words_of_a_text_without_times_are_spread() -> None:
    spread_out = spread(" one three", 2.0, 4.0)
    assert joined(spread_out) == "one three"
    assert [word.text for word in spread_out] == [" one", " three"]
    assert spread_out[0].start_s < spread_out[0].end_s == spread_out[1].start_s < spread_out[1].end_s == 4.0
    assert spread("", 0.0, 1.0) == ()


def test_moved_words_keep_other_fields() -> None:
    assert moved(Word(" one", 0.5, 1.0, probability=0.5), 2.0) == Word(" one", 2.5, 3.0, probability=0.5)
