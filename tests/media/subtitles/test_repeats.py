"""What is shown again is said once; what is said again stays."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.media.subtitles import ReadOptions, SubtitleError, read_subtitles
from voxweft.media.subtitles.timing import format_ms

WORDS = ["boats", "leave", "harbor", "noon", "wind", "captain", "silver", "rope", "garden", "stone", "river", "letter"]


def clock(ms):
    return format_ms(ms, ",")


def srt(*cues):
    return "\n".join(f"{n}\n{clock(a)} --> {clock(b)}\n{text}\n" for n, (a, b, text) in enumerate(cues, 1))


def read(text, **options):
    return read_subtitles(text.encode(), options=ReadOptions(**options))


def times(file):
    return [(cue.start_ms, cue.end_ms, cue.text) for cue in file.cues]


def ass(*events):
    head = "[Script Info]\n\n[Events]\nFormat: Layer, Start, End, Style, Name, Effect, Text\n"
    return head + "".join(f"Dialogue: {event}\n" for event in events)


@pytest.mark.parametrize("n_lines", [1, 2, 3])
def test_rolling_captions(n_lines):
    lines = [f"line {word}" for word in WORDS]
    shown = [lines[max(0, at - n_lines + 1) : at + 1] for at in range(len(lines))]
    file = read(srt(*((at * 2000, at * 2000 + 2000, "\n".join(cue)) for at, cue in enumerate(shown))))
    assert times(file) == [(at * 2000, at * 2000 + 2000, line) for at, line in enumerate(lines)]
    notes = [note.message for note in file.notes if note.kind == "repeat"]
    assert len(notes) == (n_lines > 1)
    assert n_lines == 1 or "11 of 12 cues" in notes[0]


def test_rolling_captions_with_word_times_and_pauses_of_ten_milliseconds():
    body = []
    for at, line in enumerate(WORDS):
        start, end = at * 2000, at * 2000 + 1990
        above = WORDS[at - 1] if at else " "
        body.append(f"{clock(start)} --> {clock(end)} align:start\n{above}\n{line}<{clock(start + 500)}><c> word</c>\n")
        body.append(f"{clock(end)} --> {clock(end + 10)} align:start\n{line} word\n \n")
    # As the service stores it, the second cue repeats the first's words, and so does the next one's upper line.
    text = "WEBVTT\n\n" + re.sub(r"(?m)^(\w+)$", r"\1 word", "\n".join(body).replace(",", "."))
    assert [cue.text for cue in read(text).cues] == [f"{word} word" for word in WORDS]


@pytest.mark.parametrize("tags", [("<u>", "</u>"), ('<font color="#00ff00">', "</font>"), ("<b>", "</b>")])
@pytest.mark.parametrize("gap_ms", [0, 150])
def test_highlighted_words(tags, gap_ms):
    cues = [
        (
            at * 400,
            at * 400 + 400 - gap_ms,
            " ".join(f"{tags[0]}{w}{tags[1]}" if i == at else w for i, w in enumerate(WORDS)),
        )
        for at in range(len(WORDS))
    ]
    assert times(read(srt(*cues))) == [(0, len(WORDS) * 400 - gap_ms, " ".join(WORDS))]


@pytest.mark.parametrize("mark", ["**{}**", "_{}_", "[{}]"])
def test_words_highlighted_by_signs(mark):
    states = [" ".join(mark.format(word) if at == n else word for n, word in enumerate(WORDS[:4])) for at in range(4)]
    file = read(srt(*((at * 500, at * 500 + 400, text) for at, text in enumerate(states)), (9000, 9500, "*Aft* end")))
    assert times(file)[0] == (0, 1900, "boats leave harbor noon")


def test_words_highlighted_by_capitals():
    states = ["THE Harbor is shut.", "The HARBOR is shut.", "The Harbor IS shut.", "The Harbor is SHUT."]
    file = read(srt(*((at * 500, at * 500 + 500, text) for at, text in enumerate(states))))
    assert times(file) == [(0, 2000, "The Harbor is shut.")]


def test_louder_repeats_stay():
    cues = [(0, 900, "Let me go."), (1000, 1900, "LET ME GO."), (2000, 2900, "LET ME GO.")]
    assert times(read(srt(*cues))) == cues


def test_text_that_grows_word_by_word():
    grown = [(at * 300, at * 300 + 300, " ".join(WORDS[: at + 1])) for at in range(len(WORDS))]
    assert times(read(srt(*grown))) == [(0, len(WORDS) * 300, " ".join(WORDS))]


def test_text_that_grows_and_rolls_with_a_frame_between():
    states = [
        "Boats",
        "Boats leave",
        "Boats leave the harbor.",
        "Boats leave the harbor.\nAt",
        "At noon",
        "At noon sharp.",
    ]
    file = read(srt(*((at * 500, at * 500 + 460, text) for at, text in enumerate(states))))
    assert [cue.text for cue in file.cues] == ["Boats leave the harbor.", "At noon sharp."]
    repeats = [(at * 500, at * 500 + 460, "No.") for at in range(6)]
    assert times(read(srt(*repeats))) == repeats


def test_two_cues_are_not_growth():
    pair = [(0, 1000, "No."), (1000, 2000, "No. Never.")]
    assert [text for *_, text in times(read(srt(*pair)))] == ["No.", "No. Never."]


@pytest.mark.parametrize("gap_ms", [42, 84, 1000])
def test_real_repeats_stay(gap_ms):
    cues = [(0, 1000, "No."), (1000 + gap_ms, 2000 + gap_ms, "No."), (4000, 5000, "<i>No.</i>")]
    assert len(read(srt(*cues)).cues) == 3


def test_two_speakers_say_the_same():
    vtt = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Yes.\n\n00:02.000 --> 00:03.000\n<v Bob>Yes.\n"
    assert len(read(vtt).cues) == 2
    both = ass("0,0:00:01.00,0:00:02.00,Default,Ann,,Yes.", "0,0:00:01.00,0:00:02.00,Default,Bob,,Yes.")
    assert len(read(both).cues) == 2


def test_layers_and_frames_of_a_sign():
    frames = [(layer, 100 + at * 4) for at in range(20) for layer in (0, 1)]
    events = [
        f"{layer},0:00:01.{cs - 100:02d},0:00:01.{cs - 96:02d},Sign,,,{{\\pos({cs},9)}}HARBOR" for layer, cs in frames
    ]
    assert times(read(ass(*events))) == [(1000, 1800, "HARBOR")]


def test_syllables():
    syllables = ["Ri", "ver ", "of ", "stone"]
    events = [
        f"0,0:00:01.{at * 2}0,0:00:01.{at * 2 + 2}0,Song,,fx,{{\\k20}}{text}" for at, text in enumerate(syllables)
    ]
    assert times(read(ass(*events))) == [(1000, 1800, "River of stone")]
    one = read(ass("0,0:00:01.00,0:00:02.00,Song,,,{\\k20}Ri{\\k20}ver {\\k20}of {\\k40}stone"))
    assert [cue.text for cue in one.cues] == ["River of stone"]


PIECES = [("Ri", 100), ("ver ", 140), ("of ", 190), ("stone", 230)]


def placed(pieces, layer, step_s=0.0, style="Song"):
    for at, (piece, x) in enumerate(pieces):
        start = 1 + at * step_s
        yield f"{layer},0:00:{start:05.2f},0:00:05.00,{style},,fx,{{\\pos({x},20)}}{piece}"


@pytest.mark.parametrize("step_s", [0.0, 0.5])
def test_placed_syllables_in_layers(step_s):
    events = [event for layer in range(3) for event in placed(PIECES, layer, step_s)]
    assert times(read(ass(*events))) == [(1000, 5000, "River of stone")]
    whole = "0,0:00:01.00,0:00:05.00,Song,,,{\\k20}Ri{\\k20}ver of stone"
    assert times(read(ass(whole, *events))) == [(1000, 5000, "River of stone")]


def test_placed_letters_of_a_sign():
    letters = [(letter, 100 + 9 * at) for at, letter in enumerate("HARBOR")]
    talk = "0,0:00:02.00,0:00:03.00,Talk,,,{\\pos(3,3)}Look!"
    file = read(
        ass(*placed(letters, 0, style="Sign"), talk, *placed([(a, x + 1) for a, x in letters], 1, style="Sign"))
    )
    assert [cue.text for cue in file.cues] == ["HARBOR", "Look!"]


def test_placed_answers_stay():
    words = [("Yes.", 100), ("No.", 120), ("Why?", 140)]
    assert [cue.text for cue in read(ass(*placed(words, 0, 0.5))).cues] == ["Yes.", "No.", "Why?"]


def test_styles_are_chosen():
    text = ass(
        "0,0:00:01.00,0:00:02.00,Default,,,Hello.",
        "0,0:00:01.00,0:00:02.00,Sign-A,,,EXIT",
        "0,0:00:03.00,0:00:04.00,Song,,,La",
    )
    assert [cue.text for cue in read(text, skip_styles=("sign*", "Song")).cues] == ["Hello."]
    file = read(text, styles=("Default",))
    assert [cue.text for cue in file.cues] == ["Hello."]
    assert [note.message for note in file.notes if note.kind == "style"] == ["skipped 2 cues by their style"]
    file = read(text, skip_styles=("Song",))
    assert [note.line for note in file.notes if note.kind == "style"] == [file.cues[-1].line + 1]
    with pytest.raises(SubtitleError, match=r"no cue has the style 'Signs'; the file has 'Default', 'Sign-A', 'Song'"):
        read(text, skip_styles=("Signs",))


def test_repeats_can_be_kept():
    cues = [(0, 1000, "One"), (1000, 2000, "One")]
    assert len(read(srt(*cues), keep_repeats=True).cues) == 2


@given(st.lists(st.tuples(st.integers(0, 3), st.lists(st.sampled_from(WORDS), min_size=1, max_size=4)), max_size=12))
def test_no_line_is_lost(cues):
    placed, at = [], 0
    for gap, lines in cues:
        at += (0, 10, 60, 2000)[gap]
        placed.append((at, at + 1000, "\n".join(lines)))
        at += 1000
    if placed:
        file = read(srt(*placed))
        found = {line for cue in file.cues for line in cue.text.split("\n")}
        assert found == {line for *_, text in placed for line in text.split("\n")} or all(
            any(line in said for said in found) for *_, text in placed for line in text.split("\n")
        )
