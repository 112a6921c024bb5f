"""Text that arrives bit by bit: nothing is lost, order is kept, and clauses come without waiting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.text.incremental_segmenter import FIRST_CHARS, ArrivedText, ArrivingText
from voxweft.text.segmenter import segment_texts

PIECES = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            ["Hello, ", "Dr. ", "3.", "14", " and then", "; ", ". ", "? ", "\n\n", "“Yes,” ", "你好，", "世界。", "- "]
        ),
    ),
    max_size=30,
)


def arrive(pieces: list[str]) -> list[ArrivedText]:
    text = ArrivingText()
    ready = [piece for part in pieces for piece in text.push(part)]
    return [*ready, *text.flush()]


def squeezed(text: str) -> str:
    return "".join(text.split())


@given(PIECES)
def test_nothing_is_lost_and_order_is_kept(pieces: list[str]) -> None:
    found = arrive(pieces)
    assert squeezed("".join(piece.text for piece in found)) == squeezed("".join(pieces))
    for piece in found:
        assert piece.text == piece.text.strip() != ""
        assert "\n" not in piece.text


@given(PIECES)
def test_what_is_held_is_bounded(pieces: list[str]) -> None:
    text = ArrivingText()
    for part in pieces:
        text.push(part)
        assert squeezed(text._held) == "" or len(text._held.strip()) <= 400 + len(part)


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_whole_sentences_are_those_of_the_text_spoken_whole(size: int) -> None:
    text = "Mr. Smith paid 3.50 today. Nobody knew why! It was late. Then they went home."
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    assert [piece.text for piece in arrive(pieces)] == list(segment_texts(text))


def test_a_sentence_comes_when_the_next_one_begins() -> None:
    text = ArrivingText()
    assert text.push("Hello there.") == []
    assert text.ends_sentence
    assert text.push(" ") == []
    assert text.push("How") == [ArrivedText("Hello there.", "sentence")]
    assert not text.ends_sentence
    assert text.push(" are you?\n\nFine") == [ArrivedText("How are you?", "paragraph")]
    assert text.flush() == [ArrivedText("Fine", "sentence")]
    assert text.held_chars == 0


def test_a_first_clause_comes_early_and_later_ones_are_longer() -> None:
    text = ArrivingText()
    words = "Well then, my friend, we go on, and on, and on, until nobody is left who could listen to us, or wants to"
    found = [piece.text for word in words.split() for piece in text.push(f"{word} ")]
    assert found[0] == "Well then, my friend,"
    assert len(found[0]) >= FIRST_CHARS
    assert len(found[1]) >= 2 * FIRST_CHARS
    assert squeezed("".join(found) + "".join(piece.text for piece in text.flush())) == squeezed(words)


def test_a_number_is_not_torn() -> None:
    text = ArrivingText()
    assert text.push("There are about 12,") == []
    assert text.push("000 of them") == []


def test_what_was_cancelled_is_forgotten() -> None:
    text = ArrivingText()
    text.push("Half a sen")
    text.clear()
    assert text.flush() == []
