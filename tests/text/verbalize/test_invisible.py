from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.text.verbalize.invisible import without_invisible
from voxweft.text.verbalize.verbalizer import make_verbalizer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\u202bGood evening.\u202c", "Good evening."),
        ("\u200e[door\u200b slams]\ufeff", "[door slams]"),
        ("co\u00adoperate", "cooperate"),
        ("foo\u200dbar\u200c", "foobar"),
        ("a\u200c\u200d\u200cb", "ab"),
        ("♪\ufe0f la", "♪ la"),
        # Joiners within words and emoji:
        ("می\u200cخواهم.\u200c", "می\u200cخواهم."),
        ("क्\u200dष", "क्\u200dष"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("❤\ufe0f\u200d🔥", "❤\u200d🔥"),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴\U000e0067\U000e0062\U000e007f"),
        ("x\U000e0067\U000e0062", "x"),
    ],
)
def test_only_characters_without_a_sound_are_left_out(text, expected):
    assert without_invisible(text) == expected


@given(st.text(alphabet="aé. می\u200c\u200d\u202b\u2060\ufe0f❤", max_size=40))
def test_nothing_visible_is_lost(text):
    hidden = "\u200c\u200d\u202b\u2060\ufe0f"
    left = without_invisible(text)
    assert left.translate(dict.fromkeys(map(ord, hidden))) == text.translate(dict.fromkeys(map(ord, hidden)))
    assert not set(left) & set("\u202b\u2060\ufe0f")


def test_they_are_left_out_of_every_text_that_is_normalized():
    verbalizer = make_verbalizer("en")
    assert verbalizer is not None
    assert verbalizer.apply("\u202bGood evening\u2060.\u202c") == "Good evening."
    assert verbalizer.apply("می\u200cخواهم.\u200c") == "می\u200cخواهم."
