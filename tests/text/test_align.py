"""Aligning a corrected text: unchanged words keep their times."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.text.align import align
from voxweft.utils.streaming.contract.events import Word


def recognized(*texts: str, step_s: float = 1.0) -> list[Word]:
    return [
        Word(text, at * step_s, at * step_s + 0.8 * step_s, probability=0.5 + at / 1000)
        for at, text in enumerate(texts)
    ]


def times(words: list[Word]) -> list[tuple[str, float, float]]:
    return [(word.text, round(word.start_s, 6), round(word.end_s, 6)) for word in words]


def without_spaces(text: str) -> str:
    return "".join(text.split())


@st.composite
def timed_words(draw, texts):
    at_s, words = draw(st.floats(0, 5)), []
    for text in draw(texts):
        start_s = at_s + draw(st.sampled_from([0.0, 0.0, 0.02, 0.3, 2.0]))
        at_s = start_s + draw(st.sampled_from([0.0, 0.1, 0.35, 1.0]))
        words.append(Word(text, start_s, at_s, probability=draw(st.none() | st.floats(0, 1))))
    return words


SPACED = timed_words(st.lists(st.integers(0, 999).map(lambda n: f"w{n}"), min_size=1, max_size=25, unique=True))
SPACELESS = timed_words(
    st.lists(st.sampled_from("今天我们来谈语音识别它把声变成文字"), min_size=1, max_size=15, unique=True)
)
ANY = timed_words(
    st.lists(st.text(st.sampled_from("ab-'.,?你好、กำ "), max_size=6) | st.text(max_size=4), min_size=1, max_size=10)
)
EDITS = st.lists(st.sampled_from(["keep", "keep", "keep", "drop", "put", "change", "mark", "case"]), max_size=25)


def corrected(words: list[Word], edits: list[str], glue: str) -> tuple[str, list[tuple[str, Word | None]]]:
    """Return the edited text, and each of its words with its unchanged recognized word."""
    out: list[tuple[str, Word | None]] = []
    for at, word in enumerate(words):
        edit = edits[at] if at < len(edits) else "keep"
        new = f"N{at}" if glue else chr(0x5000 + at)
        if edit == "put":
            out.append((new, None))
        if edit == "change":
            out.append((new, None))
        elif edit == "mark":
            out.append((word.text + ("!" if glue else "。"), word))
        elif edit == "case":
            out.append((word.text.upper(), word))
        elif edit != "drop":
            out.append((word.text, word))
    return glue.join(text for text, _ in out), out


@given(SPACED, EDITS)
def test_unchanged_words_keep_their_times(words, edits):
    text, expected = corrected(words, edits, " ")
    aligned = align(text, words)
    assert [word.text for word in aligned] == [text for text, _ in expected]
    for word, (_, was) in zip(aligned, expected, strict=True):
        if was is None:
            assert word.probability is None
        else:
            assert (word.start_s, word.end_s, word.probability) == (was.start_s, was.end_s, was.probability)


@given(SPACELESS, EDITS)
def test_unchanged_words_keep_their_times_in_scripts_without_spaces(words, edits):
    text, expected = corrected(words, edits, "")
    aligned = align(text, words)
    assert [word.text for word in aligned] == [text for text, _ in expected]
    for word, (_, was) in zip(aligned, expected, strict=True):
        if was is not None:
            assert (word.start_s, word.end_s, word.probability) == (was.start_s, was.end_s, was.probability)


@given(ANY)
def test_the_unchanged_text_returns_the_same_words(words):
    for glue in ("", " "):
        assert align(glue.join(word.text for word in words), words) == words


@given(ANY, st.text(st.sampled_from("ab-'.,?你好、กำ \n"), max_size=40))
def test_any_text_aligns_to_any_words(words, text):
    if not without_spaces("".join(word.text for word in words)) and without_spaces(text):
        with pytest.raises(ValueError, match="no recognized words"):
            align(text, words)
        return
    aligned = align(text, words)
    assert without_spaces("".join(word.text for word in aligned)) == without_spaces(text)
    for earlier, later in pairwise(aligned):
        assert earlier.start_s <= later.start_s
        assert earlier.end_s <= later.end_s
    for word in aligned:
        assert words[0].start_s <= word.start_s <= word.end_s <= words[-1].end_s


def test_replaced_one_to_one():
    words = recognized("the", "whether", "is", "knife", "today")
    assert times(align("The weather is nice today.", words)) == [
        ("The", 0.0, 0.8),
        ("weather", 1.0, 1.8),
        ("is", 2.0, 2.8),
        ("nice", 3.0, 3.8),
        ("today.", 4.0, 4.8),
    ]


def test_several_replaced_one_to_one():
    assert times(align("an extraordinary no", recognized("one", "two", "three"))) == [
        ("an", 0.0, 0.8),
        ("extraordinary", 1.0, 1.8),
        ("no", 2.0, 2.8),
    ]


def test_a_different_number_of_words_shares_time_by_length():
    aligned = align("let us recognize speech now", recognized("let", "us", "wreck", "a", "nice", "beach", "now"))
    assert times(aligned)[:2] == [("let", 0.0, 0.8), ("us", 1.0, 1.8)]
    assert (aligned[2].start_s, aligned[3].end_s) == (2.0, 5.8)
    assert aligned[2].end_s == pytest.approx(aligned[3].start_s)
    assert aligned[2].end_s - 2.0 > 5.8 - aligned[3].start_s
    assert times(align("going to go", recognized("gonna", "go"))) == [
        ("going", 0.0, round(0.8 * 5 / 7, 6)),
        ("to", round(0.8 * 5 / 7, 6), 0.8),
        ("go", 1.0, 1.8),
    ]


def test_inserted_words_share_the_silence():
    aligned = times(align("well one very big two end", recognized("one", "two")))
    assert aligned == [
        ("well", 0.0, 0.0),
        ("one", 0.0, 0.8),
        ("very", 0.8, round(0.8 + 0.2 * 4 / 7, 6)),
        ("big", round(0.8 + 0.2 * 4 / 7, 6), 1.0),
        ("two", 1.0, 1.8),
        ("end", 1.8, 1.8),
    ]


def test_whisper_spaces_are_kept():
    words = recognized(" It", "'s", " well", "-known", ",", " yes")
    assert align("It's well-known, yes", words) == words
    aligned = align("It's very well-known, no", words)
    assert [word.text for word in aligned] == [" It", "'s", " very", " well", "-known", ",", " no"]
    assert [word for word in aligned if word in words] == words[:5]
    assert times(aligned[-1:]) == [(" no", 5.0, 5.8)]


def test_a_word_with_separate_punctuation_keeps_its_times():
    words = recognized("你好", "，", "世界", "。")
    aligned = align("你好世界！", words)
    assert times(aligned) == [("你好", 0.0, 0.8), ("世界！", 2.0, 2.8)]
    assert [word.probability for word in aligned] == [words[0].probability, words[2].probability]


def test_part_of_a_word_gets_its_share_of_the_time():
    assert times(align("世间和平", recognized("世界", "和平"))) == [
        ("世", 0.0, 0.4),
        ("间", 0.4, 0.8),
        ("和平", 1.0, 1.8),
    ]


def test_an_empty_text_has_no_words():
    assert align("", recognized("one")) == []
    assert align(" \n", []) == []


@pytest.mark.parametrize("word", [Word("b", float("nan"), 1.0), Word("b", 0.0, float("inf"))])
def test_times_must_be_finite(word):
    with pytest.raises(ValueError, match=r"word 1 \('b'\)"):
        align("a c", [Word("a", 0.0, 0.5), word])


def test_ten_thousand_words():
    words = recognized(*(f"w{at}" for at in range(10_000)), step_s=0.36)
    texts = [word.text for word in words]
    del texts[5000:5010]
    texts[77] = texts[8000] = "changed"
    texts[3000:3000] = ["put", "in"]
    aligned = {word.text: word for word in align(" ".join(texts), words)}
    untouched = [word for at, word in enumerate(words) if at not in {77, 8010} and not 5000 <= at < 5010]
    assert len(untouched) == len(texts) - 4
    assert all(aligned[word.text] == word for word in untouched)
