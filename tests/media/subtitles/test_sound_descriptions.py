from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.media.subtitles.sound_descriptions import split_sounds


@pytest.mark.parametrize(
    ("text", "spoken", "sounds"),
    [
        ("[door slams]", "", ["[door slams]"]),
        ("[MUSIC PLAYING]", "", ["[MUSIC PLAYING]"]),
        ("(door\nslams)", "", ["(door slams)"]),
        ("(Thunder)", "", ["(Thunder)"]),
        ("（拍手）", "", ["（拍手）"]),
        ("[sighs] I know.", "I know.", ["[sighs]"]),
        ("(sighs) I know.", "I know.", ["(sighs)"]),
        ("(SIGHS) I know.", "I know.", ["(SIGHS)"]),
        ("Come here! [door slams]", "Come here!", ["[door slams]"]),
        ("No. (sighs)", "No.", ["(sighs)"]),
        ("Go!\n[door slams]\nNow.", "Go!\nNow.", ["[door slams]"]),
        ("- [sighs]\n- What?", "- What?", ["[sighs]"]),
        ("♪", "", ["♪"]),
        ("♪ la la ♪", "", ["♪ la la ♪"]),
        ("♪ la la\nla ♪\nWho's there?", "Who's there?", ["♪ la la la ♪"]),
        ("♪ la la\nWho's there?", "Who's there?", ["♪ la la"]),
        ("Listen! ♪", "Listen!", ["♪"]),
        ("[♪ soft music ♪]", "", ["[♪ soft music ♪]"]),
        ("[a] ♪ b ♪ (c)", "", ["[a]", "♪ b ♪", "(c)"]),
        # Sounds that speakers make, anywhere:
        ("(Sighs) I know.", "I know.", ["(Sighs)"]),
        ("Well (laughs), yes.", "Well, yes.", ["(laughs)"]),
        ("Well [Laughs Softly] yes.", "Well yes.", ["[Laughs Softly]"]),
        ("(Whispering) Come. (Angrily) Now!", "Come. Now!", ["(Whispering)", "(Angrily)"]),
        ("I, [seufzt] well.", "I, well.", ["[seufzt]"]),
        ("面白い（笑）ですね", "面白いですね", ["（笑）"]),
        # Spoken words in brackets:
        ("Be (happy) with it.", None, []),
        ("re(laugh)s", None, []),
        ("Come with me (if you want).", None, []),
        ("Come with me (if you want) now.", None, []),
        ("(And then) he left.", None, []),
        ("Stop! (He means it.)", None, []),
        ("Good [red]morning[/]!", None, []),
        ("He [sic] said so.", None, []),
        ("[1]", None, []),
        ("See [1].", None, []),
        ("(2)", None, []),
        ("Nothing  here\n to take.", None, []),
    ],
)
def test_sound_descriptions(text, spoken, sounds):
    split = split_sounds(text)
    assert (split.spoken, list(split.sounds)) == (text if spoken is None else spoken, sounds)


@given(st.text(alphabet="[]()（）♪ \nab.A1-!", max_size=50))
def test_no_text_is_lost(text):
    """Every character is either in the spoken text or in a description."""
    split = split_sounds(text)
    counted = sorted(c for part in (split.spoken, *split.sounds) for c in part if c.isalnum() or c == "♪")
    assert counted == sorted(c for c in text if c.isalnum() or c == "♪")
    if not split.sounds:
        assert split.spoken == text


def test_long_texts_take_linear_time():
    for text in ("[" * 50_000, "(a" * 50_000, "♪ " * 50_000, "[a] " * 20_000, "♪a" * 50_000, "[a]\n" * 20_000):
        split_sounds(text)


PERFORMED = {"laugh": "laugh", "whisper": "whispering"}


@pytest.mark.parametrize(
    ("text", "keep", "spoken", "sounds"),
    [
        ("Well (laughs), yes.", False, "Well [laugh], yes.", []),
        ("(LAUGHING)\n(sighs) Yes.", False, "[laugh]\nYes.", ["(sighs)"]),
        ("面白い（笑）ですね", False, "面白い [laugh] ですね", []),
        ("[whispers] Here. [door slams]", False, "[whispering] Here.", ["[door slams]"]),
        ("[whispers] Here. [door slams]", True, "[whispering] Here. [door slams]", []),
        ("♪ la la ♪ (laughs)", True, "♪ la la ♪ [laugh]", []),
        ("Be (happy).", False, "Be (happy).", []),
    ],
)
def test_sounds_that_the_engine_performs_become_tags(text, keep, spoken, sounds):
    split = split_sounds(text, PERFORMED, keep=keep)
    assert (split.spoken, list(split.sounds)) == (spoken, sounds)
