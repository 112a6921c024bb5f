"""A segment's text in pieces, and as the model reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.engines.chatterbox.text import normal_text, pieces_of

TAGS = ("laugh", "clear_throat")
TEXTS = st.text(st.sampled_from("ab é,.!?…\n\"'你好한[]-"), max_size=700)


def test_each_sentence_is_a_piece() -> None:
    text = "The first sentence is here. The second one is here, too."
    assert pieces_of(text) == ["The first sentence is here.", "The second one is here, too."]


def test_a_short_sentence_is_joined_to_its_neighbor() -> None:
    assert pieces_of("Hi. How are you this morning? Oh! I see what you mean.") == [
        "Hi. How are you this morning? Oh!",
        "I see what you mean.",
    ]
    assert pieces_of("Hi.") == ["Hi."]


@pytest.mark.parametrize("text", ["", " ", "…", "!?", "“”", "[unknown"])
def test_a_text_without_words(text: str) -> None:
    assert pieces_of(text, TAGS) == (["[unknown"] if "u" in text else [])


def test_a_sound_alone_is_spoken() -> None:
    assert pieces_of("[laugh]", TAGS) == ["[laugh]"]
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
