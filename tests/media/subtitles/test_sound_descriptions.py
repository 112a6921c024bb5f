from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.media.subtitles.sound_descriptions import SoundConventions, sound_conventions, split_sounds


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
        ("[bang] ♪ b ♪ (sighs)", "", ["[bang]", "♪ b ♪", "(sighs)"]),
        # Sounds that speakers make, anywhere:
        ("(Sighs) I know.", "I know.", ["(Sighs)"]),
        ("Well (laughs), yes.", "Well, yes.", ["(laughs)"]),
        ("Well [Laughs Softly] yes.", "Well yes.", ["[Laughs Softly]"]),
        ("(Whispering) Come. (Angrily) Now!", "Come. Now!", ["(Whispering)", "(Angrily)"]),
        ("I, [seufzt] well.", "I, well.", ["[seufzt]"]),
        ("面白い（笑）ですね", "面白いですね", ["（笑）"]),
        # Words that are known from descriptions:
        ("(Door slams) What was that?", "What was that?", ["(Door slams)"]),
        ("(Thunder) Hello.", "Hello.", ["(Thunder)"]),
        ("(Puerta chirriando) ¿Hola?", "¿Hola?", ["(Puerta chirriando)"]),
        ("（ドアを叩く音）はい", "はい", ["（ドアを叩く音）"]),
        ("كيف حالك؟ (ضحك)", "كيف حالك؟", ["(ضحك)"]),
        ("(На английском) Да.", "Да.", ["(На английском)"]),
        ("(THROUGH RADIO) Hello.", "Hello.", ["(THROUGH RADIO)"]),
        ("Hey, (ZORBLES) you.", None, []),
        ("(ZORBLES) You.", "You.", ["(ZORBLES)"]),
        ("*sighs* Well.", "Well.", ["*sighs*"]),
        ("*door slams*", "", ["*door slams*"]),
        # Songs:
        ("# Row, row your boat #", "", ["# Row, row your boat #"]),
        ("#Row, row your boat#", "", ["#Row, row your boat#"]),
        ("# Row, row\nyour boat #\nStop!", "Stop!", ["# Row, row your boat #"]),
        ("* gentle music *", "", ["* gentle music *"]),
        ("~ la la ~", "", ["~ la la ~"]),
        ("¶ la la ¶", "", ["¶ la la ¶"]),
        ("🎵 Music 🎵", "", ["🎵 Music 🎵"]),
        # Spoken words in brackets:
        ("Be (happy) with it.", None, []),
        ("re(laugh)s", None, []),
        ("Come with me (if you want).", None, []),
        ("Come with me (if you want) now.", None, []),
        ("(And then) he left.", None, []),
        ("(He was wrong.)", None, []),
        ("(and so on)", None, []),
        ("(RGB)", None, []),
        ("（例えば電子）など", None, []),
        ("[x; y] is a vector.", None, []),
        ("We are number #1 today.", None, []),
        ("#hashtag", None, []),
        ("# include <file>", None, []),
        ("I *really* mean it.", None, []),
        ("*Really?*", None, []),
        ("2 * 3 * 4", None, []),
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


def test_a_file_that_describes_sounds_in_round_brackets_does_so_with_other_words_too():
    film = ["(seufzt) Ja.", "(Tür knallt)", "(halbherzig) Na gut.", "(Das ist wahr.)"]
    conventions = sound_conventions(film)
    assert conventions.round_brackets
    assert [split_sounds(text, conventions=conventions).spoken for text in film] == ["Ja.", "", "Na gut.", ""]
    course = ["(lacht) Ja.", "(halbherzig) Na gut.", "(Das ist wahr.)", "(nicht immer)"]
    assert not sound_conventions(course).round_brackets


def test_a_file_with_formulas_in_square_brackets_has_no_unknown_words_in_them():
    course = ["[1, 0] and", "[0, 1] are", "[pi] is", "[applause]"]
    conventions = sound_conventions(course)
    assert [split_sounds(text, conventions=conventions).spoken for text in course] == [*course[:3], ""]


def test_a_file_of_songs_marks_them_at_the_start_alone():
    film = ["# Row, row,\nrow your boat", "# Gently down the stream #", "Number #1.", "- # Hey"]
    conventions = sound_conventions(film)
    assert conventions.song_signs == "#"
    assert [split_sounds(text, conventions=conventions).spoken for text in film] == ["", "", "Number #1.", ""]
    assert sound_conventions(film[:1]).song_signs == ""
    assert split_sounds("# Row #", keep=True).spoken.split() == ["Row"]


@given(
    st.text(alphabet="[]()（）♪#*~ \nab.A1-!", max_size=50),
    st.builds(SoundConventions, st.booleans(), st.booleans(), st.sampled_from(["", "#", "#*~"])),
)
def test_no_text_is_lost(text, conventions):
    """Every character is either in the spoken text or in a description."""
    split = split_sounds(text, conventions=conventions)
    counted = sorted(c for part in (split.spoken, *split.sounds) for c in part if c.isalnum() or c == "♪")
    assert counted == sorted(c for c in text if c.isalnum() or c == "♪")
    if not split.sounds:
        assert split.spoken == text


def test_long_texts_take_linear_time():
    for text in (
        "[" * 10_000,
        "(a" * 10_000,
        "♪ " * 10_000,
        "[ab] " * 10_000,
        "♪a" * 10_000,
        "[ab]\n" * 10_000,
        "# a\n" * 10_000,
        "* a *\n" * 10_000,
        "*a" * 10_000,
        "(" + "laugh " * 10_000 + ")",
    ):
        split_sounds(text)
        sound_conventions([text])


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
