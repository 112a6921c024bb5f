"""A segment's text in pieces, and as the model reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.engines.mira_tts.text import MAX_CHARS, normal_text, pieces_of, with_transcript
from voxweft.engines.speech_tokens.pieces import spoken_length


def test_sentences_are_spoken_together_up_to_a_limit() -> None:
    sentence = "This sentence has a little more than fifty characters. "
    pieces = pieces_of(7 * sentence)
    assert [piece.count(".") for piece in pieces] == [4, 3]
    assert all(len(piece) <= MAX_CHARS for piece in pieces)


def test_a_long_sentence_is_cut_at_clauses() -> None:
    pieces = pieces_of("and this clause goes on and on without an end in sight, " * 12)
    assert len(pieces) > 2
    assert all(piece.endswith("sight,") for piece in pieces)


def test_chinese_has_shorter_pieces() -> None:
    pieces = pieces_of("今天天气很好，我们去公园。" * 20)
    assert len(pieces) > 2
    assert all(spoken_length(piece) <= 1.1 * MAX_CHARS and piece.endswith("。") for piece in pieces)


@pytest.mark.parametrize("text", ["", " ", "…", "!?", "“”"])
def test_a_text_without_words(text: str) -> None:
    assert pieces_of(text) == []


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Hello\n  there", "Hello there."),
        ("Hello.", "Hello."),
        ("“Hello!”", "“Hello!”"),
        ("well,", "well,"),
        ("你好", "你好。"),
        ("你好？", "你好？"),
        ("", ""),
    ],
)
def test_a_text_ends_with_a_mark(text: str, normal: str) -> None:
    assert normal_text(text) == normal


@given(st.text(st.sampled_from("ab<|>_ ."), max_size=40))
def test_no_text_reads_as_a_mark_of_the_model(text: str) -> None:
    assert "<|" not in normal_text(text)


def test_the_transcript_goes_on_with_the_text() -> None:
    assert with_transcript("", "Hello.") == "Hello."
    assert with_transcript("It was May.", "Hello.") == "It was May. Hello."
    assert with_transcript("你好。", "再见。") == "你好。再见。"
