"""Segmenting text as it arrives: nothing is lost, order is kept, and clauses are returned early."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.text.incremental_segmenter import FIRST_CLAUSE_CHARS, IncrementalSegmenter, ReadySegment
from voxweft.text.segmenter import segment_texts
from voxweft.text.sound_tags import perform

PARTS = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            ["Hello, ", "Dr. ", "3.", "14", " and then", "; ", ". ", "? ", "\n\n", "“Yes,” ", "你好，", "世界。", "- "]
        ),
    ),
    max_size=30,
)


def segment_all(pieces: list[str]) -> list[ReadySegment]:
    text = IncrementalSegmenter()
    ready = [piece for part in pieces for piece in text.push(part)]
    return [*ready, *text.flush()]


def without_spaces(text: str) -> str:
    return "".join(text.split())


def words_of(segment: ReadySegment) -> str:
    return perform(segment.text, {}).text.strip()


@given(PARTS)
def test_all_text_is_returned_in_order(pieces: list[str]) -> None:
    found = segment_all(pieces)
    assert without_spaces("".join(piece.text for piece in found)) == without_spaces("".join(pieces))
    for piece in found:
        assert piece.text == piece.text.strip() != ""
        assert "\n" not in piece.text


@given(PARTS)
def test_the_buffer_is_bounded(pieces: list[str]) -> None:
    text = IncrementalSegmenter()
    for part in pieces:
        text.push(part)
        assert without_spaces(text._buffer) == "" or len(text._buffer.strip()) <= 400 + len(part)


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_sentences_equal_those_of_the_complete_text(size: int) -> None:
    text = "Mr. Smith paid 3.50 today. Nobody knew why! It was late. Then they went home."
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    assert [piece.text for piece in segment_all(pieces)] == list(segment_texts(text))


def test_a_sentence_is_returned_when_the_next_one_starts() -> None:
    text = IncrementalSegmenter()
    assert text.push("Hello there.") == []
    assert text.ends_sentence
    assert text.push(" ") == []
    assert text.push("How") == [ReadySegment("Hello there.", "sentence")]
    assert not text.ends_sentence
    assert text.push(" are you?\n\nFine") == [ReadySegment("How are you?", "paragraph")]
    assert text.flush() == [ReadySegment("Fine", "sentence")]
    assert text.buffered_chars == 0


def test_the_first_clause_is_short_and_later_ones_are_longer() -> None:
    text = IncrementalSegmenter()
    words = "Well then, my friend, we go on, and on, and on, until nobody is left who could listen to us, or wants to"
    found = [piece.text for word in words.split() for piece in text.push(f"{word} ")]
    assert found[0] == "Well then, my friend,"
    assert len(found[0]) >= FIRST_CLAUSE_CHARS
    assert len(found[1]) >= 2 * FIRST_CLAUSE_CHARS
    assert without_spaces("".join(found) + "".join(piece.text for piece in text.flush())) == without_spaces(words)


def test_a_number_is_not_split() -> None:
    text = IncrementalSegmenter()
    assert text.push("There are about 12,") == []
    assert text.push("000 of them") == []


def test_clear_discards_the_buffer() -> None:
    text = IncrementalSegmenter()
    text.push("Half a sen")
    text.clear()
    assert text.flush() == []


@given(
    st.data(), st.lists(st.sampled_from(["Hello", "Dr.", "so,", "3.14", "you?", "Yes!", "well;", "你好，", "世界。"]))
)
def test_tags_change_neither_the_segments_nor_when_they_are_returned(data: st.DataObject, words: list[str]) -> None:
    plain, tagged = IncrementalSegmenter(), IncrementalSegmenter()
    n_tags, returned = 0, []
    for word in words:
        separator = data.draw(st.sampled_from([" ", "\n\n"]))
        tag = data.draw(st.sampled_from(["", "", " [laughs]"]))
        n_tags += bool(tag)
        cut = data.draw(st.integers(0, len(tag)))
        for part, is_tag in [*((one, False) for one in word), (tag[:cut], True), (tag[cut:], True), (separator, False)]:
            found = [] if is_tag else plain.push(part)
            ready = tagged.push(part)
            assert [(words_of(one), one.end) for one in ready] == [(one.text, one.end) for one in found]
            returned += ready
    rest = tagged.flush()
    assert [words_of(one) for one in rest if words_of(one)] == [one.text for one in plain.flush()]
    returned += rest
    assert sum(one.text.count("[laughs]") for one in returned) == n_tags
    assert without_spaces("".join(map(words_of, returned))) == without_spaces("".join(words))


def test_a_tag_goes_with_the_words_after_it() -> None:
    text = IncrementalSegmenter()
    assert text.push("That is funny. [lau") == []
    assert text.push("ghs] Any") == [ReadySegment("That is funny.", "sentence")]
    assert text.push("way, my very old friend, [sighs] [coughs] so") == [
        ReadySegment("[laughs] Anyway, my very old friend,", "clause")
    ]
    assert text.flush() == [ReadySegment("[sighs] [coughs] so", "sentence")]


def test_a_text_of_tags_only_is_returned_at_the_end() -> None:
    segmenter = IncrementalSegmenter(("giggle",))
    assert segmenter.push(" [laughs] [giggle] ") == []
    assert not segmenter.ends_sentence
    assert segmenter.flush() == [ReadySegment("[laughs] [giggle]", "sentence")]


def test_a_bracket_that_never_closes_is_text() -> None:
    text = IncrementalSegmenter()
    assert text.push("One two three. [Laugh a") == []
    assert [one.text for one in text.flush()] == ["One two three.", "[Laugh a"]
