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
    ("text", "heard", "is_faint"),
    [
        ("noticed at first", "noticed it first", True),
        ("half a coin", "half coin", True),
        ("called a man", "called the man", False),
        ("over their house", "over there house", True),
        ("past the buoy", "pass the buoy", True),
        ("not now", "now", False),
        ("twice", "once", False),
        ("a table", "a cable", False),
        ("his arm", "her arm", False),
        ("three coins", "free coins", False),
    ],
)
def test_a_difference_of_vowels_alone_is_faint(text: str, heard: str, is_faint: bool) -> None:
    comparison = compare(text, heard, "en")
    assert [one.is_faint for one in comparison.differences] == [is_faint]
    same = compare(text, text, "en")
    assert agreed(comparison, same, only_faint=True).differences == (() if is_faint else comparison.differences)


def test_other_scripts_are_never_faint() -> None:
    (difference,) = compare("昨天晚上", "昨天早上", "zh").differences
    assert (difference.start, difference.end, difference.heard, difference.is_faint) == (2, 3, ("早",), False)


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


@given(PLAIN, PLAIN)
def test_replacing_the_differences_gives_what_was_heard(text: list[str], heard: list[str]) -> None:
    comparison = compare(" ".join(text), " ".join(heard), "en")
    rebuilt = list(text)
    for one in reversed(comparison.differences):
        rebuilt[one.start : one.end] = one.heard
    assert rebuilt == heard
    assert comparison.n_words == len(text)
