"""The plan of a text: its pieces, and their lengths in frames."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.engines.f5_tts.lengths import FRAMES_PER_S, LIMIT_FRAMES, Pace, Piece, pace_of, plan
from voxweft.engines.f5_tts.sounds import sounds

PACE = Pace(5.5, is_natural=True)
REFERENCE_FRAMES = 600
WORDS = st.text("abcé.,;!?…—”'9你。，हк ", min_size=1, max_size=14)
TEXTS = st.lists(WORDS, max_size=60).map(lambda words: " ".join(" ".join(words).split()))
SPEEDS = st.floats(0.5, 2.0)


def planned(
    text: str, speed: float = 1.0, *, first_clause: bool = False, reference: int = REFERENCE_FRAMES
) -> list[Piece]:
    return plan(text, PACE, speed, reference, lambda _piece: 1, first_clause=first_clause)


def total(pieces: list[Piece]) -> int:
    return sum(piece.n_frames for piece in pieces)


@given(TEXTS, SPEEDS, SPEEDS, st.booleans(), st.integers(100, 1130))
def test_a_text_is_as_long_as_its_sounds_wherever_it_is_cut(
    text: str, speed: float, other: float, first_clause: bool, reference: int
) -> None:
    pieces = planned(text, speed, first_clause=first_clause, reference=reference)
    expected = math.floor(sounds(text) * PACE.frames_per_sound / speed + 0.5)
    # A piece has at least a frame.
    assert expected <= total(pieces) <= expected + len(pieces)
    if speed <= other:
        assert total(pieces) >= total(planned(text, other)) - len(pieces)


@given(TEXTS, st.booleans())
def test_pieces_make_up_the_text_and_are_within_the_limit(text: str, first_clause: bool) -> None:
    pieces = planned(text, first_clause=first_clause)
    spoken = "".join(piece.text for piece in pieces)
    assert "".join(spoken.split()) == ("".join(text.split()) if pieces else "")
    assert bool(pieces) == any(map(str.isalnum, text))
    for piece in pieces:
        assert piece.n_frames + REFERENCE_FRAMES <= LIMIT_FRAMES * 1.02
        assert piece.text == piece.text.strip()


def test_sentences_are_joined_and_cut_between_each_other() -> None:
    sentence = "This one has a length that isn't small, and it is spoken in one go."
    pieces = planned(" ".join([sentence] * 12))
    assert 1 < len(pieces) < 12
    assert all(piece.text.endswith("go.") for piece in pieces)
    long_recording = planned(" ".join([sentence] * 12), reference=1100)
    assert len(long_recording) > len(pieces), "a longer recording leaves less room"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("When the rain had stopped, nobody wanted to go home.", "When the rain had stopped,"),
        ("Well, the rain has stopped and nobody is at home.", "Well, the rain has stopped and nobody is at home."),
        ("雨がやんだので、みんなで外に出かけました。", "雨がやんだので、"),
        ("It costs 3,500 of them and not one less than that", "It costs 3,500 of them and not one less than that"),
        ("“Leave it alone!” she cried, and slammed the door.", "“Leave it alone!”"),
        ("Go home.", "Go home."),
    ],
)
def test_the_first_clause_is_a_piece_unless_it_is_very_short(text: str, first: str) -> None:
    pieces = planned(text, first_clause=True)
    assert pieces[0].text == first
    assert total(pieces) == total(planned(text))


def test_the_network_gets_the_frames_that_it_needs() -> None:
    (piece,) = plan("Hello.", PACE, 2.0, REFERENCE_FRAMES, lambda _piece: 400)
    assert piece == Piece("Hello.", 400)


@pytest.mark.parametrize(("seconds", "words"), [(8.0, "Hm."), (1.0, "word " * 300)])
def test_a_transcript_of_another_recording_gives_a_pace_that_people_have(seconds: float, words: str) -> None:
    pace = pace_of(round(seconds * FRAMES_PER_S), sounds(words))
    assert not pace.is_natural
    assert 1 < sounds("A woman in a red coat waits until noon.") * pace.frames_per_sound / FRAMES_PER_S < 8


def test_a_recordings_own_words_take_as_long_again() -> None:
    words = "The ferry leaves at dawn, and nobody is on it."
    pace = pace_of(240, sounds(words))
    assert pace.is_natural
    assert total(plan(words, pace, 1.0, 245, lambda _piece: 1)) == 240
    assert total(plan(words, pace, 0.8, 245, lambda _piece: 1)) == 300
