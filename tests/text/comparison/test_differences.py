"""Differences are found where they are, and only what two recognitions agree on remains."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.text.comparison.differences import Difference, agreed, compare

TEXT = "It was Eleanor Pryce with a basket on her arm and no shoes"
PLAIN = st.lists(
    st.sampled_from(["one", "red", "lamp", "stood", "near", "that", "open", "door"]), min_size=1, max_size=12
)


def found(heard: str, text: str = TEXT) -> list[tuple[int, int, str]]:
    return [(one.start, one.end, " ".join(one.heard)) for one in compare(text, heard, "en").differences]


@pytest.mark.parametrize(
    ("heard", "differences"),
    [
        ("it was a leaner price, with a basket on her arm and no shoes.", []),
        ("It was Elena Price with a basket on her arm and no shoes", []),
        ("It was Isabel Pryce with a basket on her arm and no shoes", [(2, 3, "isabel")]),
        ("It was Eleanor Miller with a basket on her arm and no shoes", [(3, 4, "miller")]),
        ("It was Eleanor Pryce with a basket on his arm and no shoes", [(8, 9, "his")]),
        ("It was Eleanor Pryce with basket on her arm and no shoes", [(5, 6, "")]),
        ("It was Eleanor Pryce with a a basket on her arm and no no shoes", [(6, 6, "a"), (12, 12, "no")]),
        ("It was Eleanor Pryce with a basket on her arm", [(10, 13, "")]),
        ("", [(0, 13, "")]),
    ],
)
def test_other_words_are_found_in_their_place(heard: str, differences: list[tuple[int, int, str]]) -> None:
    assert found(heard) == differences


def test_joined_and_separated_words_are_equal() -> None:
    assert found("some one in the light house said good bye", "Someone in the lighthouse said goodbye") == []
    assert found("a brotherinlaw", "a brother-in-law") == []


def test_only_what_two_recognitions_agree_on_is_an_error() -> None:
    first = compare(TEXT, "It was Eleanor Pryce with the basket on his arm and no shoes", "en")
    second = compare(TEXT, "It was Eleanor Pryce with a basket on this arm and no shoes", "en")
    assert [one.start for one in first.differences] == [5, 8]
    confirmed = agreed(first, second)
    assert confirmed.differences == (Difference(8, 9, ("his",)),)
    assert (confirmed.errors.words, confirmed.errors.substitutions, confirmed.errors.errors) == (13, 1, 1)
    doubled = compare("near the door", "near the the door", "en")
    assert agreed(doubled, doubled) == doubled
    assert not agreed(first, compare(TEXT, TEXT, "en")).differences


@pytest.mark.parametrize(
    ("text", "heard", "n_differences"),
    [
        ("past the buoy", "pass the buoy", 0),
        ("past every buoy", "pass every buoy", 1),
        ("not now", "now", 1),
        ("a table", "a cable", 1),
        ("three coins", "free coins", 1),
        ("half a coin", "half coin", 1),
        ("he kept bees", "he keep bees", 1),
        ("he called him", "he call him", 1),
    ],
)
def test_a_last_stop_is_not_heard_before_a_consonant(text: str, heard: str, n_differences: int) -> None:
    assert len(compare(text, heard, "en").differences) == n_differences


def test_repeated_words_need_no_hint() -> None:
    comparison = compare("The tower stood above them", "the tower the tower stood above us", "en")
    assert [one.is_repeated for one in comparison.differences] == [True, False]
    assert comparison.hint == "... stood above them ..."
    same = compare("The tower stood above them", "The tower stood above them", "en")
    assert agreed(comparison, same, and_repeated=True).differences == comparison.differences[:1]


def test_the_hint_is_the_text_around_a_difference() -> None:
    comparison = compare(
        "He took 12 feet of rope, a box, and left at noon.", "he took 20 feet of rope a box and left noon", "en"
    )
    assert comparison.hint == "... He took twelve feet of ... and left at noon. ..."
    assert compare("你好", "你好", "zh").hint == compare("", "", None).hint == ""


@given(PLAIN, st.data())
def test_a_changed_dropped_or_doubled_word_is_one_error_in_its_place(text: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text) - 1))
    for heard, kind in (
        ([*text[:place], "window", *text[place + 1 :]], "substitutions"),
        ([*text[:place], *text[place + 1 :]], "deletions"),
        ([*text[: place + 1], *text[place:]], "insertions"),
    ):
        comparison = compare(" ".join(text), " ".join(heard), "en")
        assert comparison.errors.errors == getattr(comparison.errors, kind) == 1
        (difference,) = comparison.differences
        if kind == "substitutions":
            assert difference[:3] == (place, place + 1, ("window",))
        assert agreed(comparison, comparison) == comparison


def test_a_long_text_has_its_differences_in_their_places() -> None:
    line = "the old man walked slowly past our wall and counted sixty small boats"
    text = line.split() * 50
    places = range(3, len(text), 13 * 7)
    heard = list(text)
    for place in reversed(places):
        heard[place : place + 2] = ["ran"]
    differences = compare(" ".join(text), " ".join(heard), "en").differences
    assert [one.start for one in differences] == list(places)
    assert {(one.end - one.start, one.heard) for one in differences} == {(2, ("ran",))}


@given(PLAIN, PLAIN)
def test_replacing_the_differences_gives_what_was_heard(text: list[str], heard: list[str]) -> None:
    comparison = compare(" ".join(text), " ".join(heard), "en")
    rebuilt = list(text)
    for one in reversed(comparison.differences):
        rebuilt[one.start : one.end] = one.heard
    assert rebuilt == heard
    assert comparison.errors.words == len(text)
