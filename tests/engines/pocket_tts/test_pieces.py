"""Text in pieces for Pocket-TTS: within the limit, complete, cut at the best places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.engines.pocket_tts.pieces import cut_pieces

WORDS = st.text("ab.,;!?…—)”'é9", min_size=1, max_size=12)
TEXTS = st.lists(WORDS, min_size=1, max_size=40).map(" ".join)


@given(TEXTS, st.integers(min_value=1, max_value=40))
def test_pieces_are_within_the_limit_and_make_up_the_text(text: str, limit: int) -> None:
    pieces = cut_pieces(text, len, limit)
    assert all(pieces)
    assert all(len(piece) <= limit for piece in pieces)
    assert "".join(pieces).replace(" ", "") == text.replace(" ", "")
    if len(text) <= limit:
        assert pieces == [text]


@given(TEXTS)
def test_words_stay_whole_if_each_fits(text: str) -> None:
    limit = max(map(len, text.split()))
    assert [word for piece in cut_pieces(text, len, limit) for word in piece.split()] == text.split()


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("One here. Two there. Three.", 20, ["One here. Two there.", "Three."]),
        (
            "He said “no.” Then he left, and nobody knew why.",
            40,
            ["He said “no.”", "Then he left, and nobody knew why."],
        ),
        ("First this, then that; in the end nothing.", 30, ["First this, then that;", "in the end nothing."]),
        ("one two three four five six", 20, ["one two three four", "five six"]),
        ("3.14 is 3,14 in German", 12, ["3.14 is 3,14", "in German"]),
        ("abcdefgh", 3, ["ab", "cd", "ef", "gh"]),
    ],
)
def test_the_best_places_come_first(text: str, limit: int, pieces: list[str]) -> None:
    assert cut_pieces(text, len, limit) == pieces


def test_a_token_count_that_isnt_the_length_decides() -> None:
    text = "aa b aa b aa b"

    def n_tokens(piece: str) -> int:
        return 1 + piece.count("b")  # a mark at the start of each piece

    assert cut_pieces(text, n_tokens, 2) == ["aa b", "aa b", "aa b"]
