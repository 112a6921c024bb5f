"""A segment's text in pieces, and as the model reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.engines.chatterbox.text import MAX_CHARS, cut_pieces, halves, normal_text, spoken_length

TAGS = ("laugh", "clear_throat")
TEXTS = st.text(st.sampled_from("ab é,.!?…\n\"'你好한[]-"), max_size=700)


def test_each_sentence_is_a_piece() -> None:
    text = "The first sentence is here. The second one is here, too."
    assert cut_pieces(text) == ["The first sentence is here.", "The second one is here, too."]


def test_a_short_sentence_is_joined_to_its_neighbor() -> None:
    assert cut_pieces("Hi. How are you this morning? Oh! I see what you mean.") == [
        "Hi. How are you this morning? Oh!",
        "I see what you mean.",
    ]
    assert cut_pieces("Hi.") == ["Hi."]


def test_a_long_sentence_is_cut_at_a_clause() -> None:
    clause = "this is a clause of a sentence that has no end in sight, "
    pieces = cut_pieces(clause * 12)
    assert len(pieces) > 2
    assert all(piece.endswith("sight,") for piece in pieces)


def test_a_dense_script_has_shorter_pieces() -> None:
    pieces = cut_pieces("今天天气很好，我们去公园，" * 20)
    assert len(pieces) > 2
    assert max(map(spoken_length, pieces)) <= MAX_CHARS
    assert spoken_length("你好") == 6


@given(TEXTS)
def test_pieces_have_every_character_once(text: str) -> None:
    pieces = cut_pieces(text)
    spoken = [character for character in text if not character.isspace()]
    if any(character.isalnum() for character in text):
        assert [character for piece in pieces for character in piece if not character.isspace()] == spoken
        assert all(len(piece) <= MAX_CHARS for piece in pieces)
    else:
        assert pieces == []


@pytest.mark.parametrize("text", ["", " ", "…", "!?", "“”", "[unknown"])
def test_a_text_without_words(text: str) -> None:
    assert cut_pieces(text, TAGS) == (["[unknown"] if "u" in text else [])


def test_a_sound_alone_is_spoken() -> None:
    assert cut_pieces("[laugh]", TAGS) == ["[laugh]"]
    assert normal_text("[laugh]", TAGS, turbo=True) == "[laugh]"
    assert normal_text("well, [clear_throat] you know", TAGS, turbo=True) == "Well, [clear throat] you know."


def test_marks_are_those_of_the_training() -> None:
    assert normal_text("hello;  there: you") == "Hello,  there, you."
    assert normal_text("so… what — this - is it") == "So,  what - this, is it."
    assert normal_text("wait... what") == "Wait,  what."
    assert normal_text("wait... what", turbo=True) == "Wait... what."
    assert normal_text("你好。") == "你好。"


def test_quotation_marks_are_left_out() -> None:
    """The model speaks them as a sigh."""
    assert normal_text("“I’m here,” said «Anna».") == "I'm here, said Anna."
    assert normal_text('"Hello."') == "Hello."


@given(TEXTS)
def test_what_the_model_reads_ends_with_a_mark(text: str) -> None:
    normal = normal_text(text)
    assert not normal or (normal.endswith((".", "!", "?", "-", ",", "]")) and not set(normal) & set('"“”\n'))


def test_halves() -> None:
    assert halves("The first half is this, the second half is that.") == (
        "The first half is this,",
        "the second half is that.",
    )
    assert halves("你好你好你好你好") is not None
    assert halves("Hello.") is None
    assert halves("Hello") is None


@given(TEXTS)
def test_halves_become_smaller(text: str) -> None:
    for piece in cut_pieces(text):
        parts = halves(piece)
        if parts is not None:
            assert all(len(part) < len(piece) for part in parts)
            assert "".join(parts).replace(" ", "").replace("\n", "") == "".join(piece.split())
