"""A text in pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.engines.speech_tokens.pieces import cut_pieces, halves, spoken_length

TEXTS = st.text(st.sampled_from("ab é,.!?…\n\"'你好한[]-"), max_size=700)
LONGEST = 280


def pieces_of(text: str, shortest: int = 12) -> list[str]:
    return cut_pieces(text, longest=LONGEST, shortest=shortest)


def test_a_long_sentence_is_cut_at_a_clause() -> None:
    clause = "this is a clause of a sentence that has no end in sight, "
    pieces = pieces_of(clause * 12)
    assert len(pieces) > 2
    assert all(piece.endswith("sight,") for piece in pieces)


def test_a_dense_script_has_shorter_pieces() -> None:
    pieces = pieces_of("今天天气很好，我们去公园，" * 20)
    assert len(pieces) > 2
    assert max(map(spoken_length, pieces)) <= LONGEST
    assert spoken_length("你好") == 6


@pytest.mark.parametrize("shortest", [12, LONGEST])
@given(TEXTS)
def test_pieces_have_every_character_once(shortest: int, text: str) -> None:
    pieces = pieces_of(text, shortest)
    spoken = [character for character in text if not character.isspace()]
    if any(character.isalnum() for character in text):
        assert [character for piece in pieces for character in piece if not character.isspace()] == spoken
        assert all(len(piece) <= LONGEST for piece in pieces)
    else:
        assert pieces == []


def test_sentences_share_a_piece_if_pieces_may_be_long() -> None:
    sentence = "This sentence has nearly sixty characters, or even a few more. "
    assert [len(piece) for piece in pieces_of(10 * sentence, LONGEST)] == [251, 251, 125]


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
    for piece in pieces_of(text):
        parts = halves(piece)
        if parts is not None:
            assert all(len(part) < len(piece) for part in parts)
            assert "".join(parts).replace(" ", "").replace("\n", "") == "".join(piece.split())
