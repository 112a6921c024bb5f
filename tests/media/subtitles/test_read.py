"""Reading real-world subtitle files: fixes, notes, and errors that name the line."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import ROOT

from voxweft.media.subtitles import ReadOptions, SubtitleError, read_subtitles
from voxweft.media.subtitles import read as read_module

EXAMPLE = ROOT / "examples" / "first-words.srt"
ONE = "1\n00:00:01,000 --> 00:00:02,000\nOne\n\n"
TWO = "2\n00:00:03,000 --> 00:00:04,500\nTwo\n"


def read(text, **options):
    return read_subtitles(text.encode(), **options)


def texts(file):
    return [cue.text for cue in file.cues]


def kinds(file):
    return [(note.line, note.kind) for note in file.notes]


def fault(text, **options):
    """Return the line that strict reading names."""
    with pytest.raises(SubtitleError) as caught:
        read(text, options=ReadOptions(strict=True), **options)
    error = caught.value
    assert error.line is None or str(error).startswith(f"line {error.line}: ")
    return error.line


def vtt(body):
    return "WEBVTT\n\n" + body


def ass(*dialogues, events_format="Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"):
    head = ["[Script Info]", "ScriptType: v4.00+", "", "[V4+ Styles]", "Style: Default,Arial,oddities", "", "[Events]"]
    return "\n".join([*head, f"Format: {events_format}", *dialogues]) + "\n"


# SubRip


def test_plain_file():
    file = read(ONE + TWO)
    assert [(c.index, c.start_ms, c.end_ms, c.text, c.line, c.number) for c in file.cues] == [
        (0, 1000, 2000, "One", 2, "1"),
        (1, 3000, 4500, "Two", 6, "2"),
    ]
    assert (file.cues[1].start_s, file.cues[1].end_s) == (3.0, 4.5)
    assert (file.format, file.encoding, file.notes) == ("srt", "utf-8", ())


def test_example_is_clean_and_speakable():
    file = read_subtitles(EXAMPLE.read_bytes(), name=EXAMPLE.name)
    assert file.notes == ()
    assert len(file.cues) == 12
    rates = sorted(len(cue.spoken_text) / (cue.end_s - cue.start_s) for cue in file.cues)
    assert rates[-1] < 20
    assert 13 < rates[len(rates) // 2] < 17
    assert b"<i>" in EXAMPLE.read_bytes()
    assert "<" not in "".join(texts(file))


def test_line_breaks_are_kept_and_spoken_as_spaces():
    cue = read("1\n00:00:01,000 --> 00:00:02,000\n  Two   words \nand more\t\n").cues[0]
    assert cue.text == "Two   words\nand more"
    assert cue.spoken_text == "Two words and more"


def test_carriage_returns():
    assert texts(read((ONE + TWO).replace("\n", "\r\n"))) == ["One", "Two"]
    assert read((ONE + TWO).replace("\n", "\r")).cues[1].line == 6


def test_dot_for_comma():
    file = read((ONE + TWO).replace(",", "."))
    assert [(c.start_ms, c.end_ms) for c in file.cues] == [(1000, 2000), (3000, 4500)]
    assert kinds(file) == [(2, "time"), (6, "time")]


def test_short_fractions_are_decimal():
    file = read("1\n00:00:01,5 --> 00:00:02,25\nOne\n")
    assert (file.cues[0].start_ms, file.cues[0].end_ms) == (1500, 2250)
    assert kinds(file) == [(2, "time")]


def test_hours_are_optional_and_unlimited():
    file = read("1\n00:01,000 --> 00:02,000\nA\n\n2\n100:00:00,000 --> 123:45:06,789\nB\n")
    assert (file.cues[0].start_ms, file.cues[1].end_ms) == (1000, ((123 * 60 + 45) * 60 + 6) * 1000 + 789)
    assert kinds(file) == [(2, "time")]


def test_spaces_around_times_and_numbers():
    assert read("  1 \n 00:00:01,000   -->  00:00:02,000  \nOne").notes == ()
    assert texts(read("1\n00:00:01,000-->00:00:02,000\nOne")) == ["One"]


def test_coordinates_are_not_text():
    file = read("1\n00:00:01,000 --> 00:00:02,000  X1:117 X2:619 Y1:042 Y2:428\nOne\n")
    assert (texts(file), file.notes) == (["One"], ())


def test_webvtt_settings_in_srt_are_noted():
    file = read("1\n00:00:01,000 --> 00:00:02,000 position:50% line:0\nOne\n")
    assert (texts(file), kinds(file)) == (["One"], [(2, "ignored")])


def test_text_after_the_times():
    assert fault("1\n00:00:01,000 --> 00:00:02,000 Hello\nOne\n") == 2


def test_missing_number():
    file = read("00:00:01,000 --> 00:00:02,000\nOne\n\n" + TWO + "\n00:00:05,000 --> 00:00:06,000\nThree")
    assert texts(file) == ["One", "Two", "Three"]
    assert [cue.number for cue in file.cues] == [None, "2", None]
    assert kinds(file) == [(1, "number"), (8, "number")]


def test_wrong_number():
    file = read(ONE + TWO.replace("2\n", "7\n", 1) + "\n8\n00:00:05,000 --> 00:00:06,000\nThree")
    assert [cue.number for cue in file.cues] == ["1", "7", "8"]
    assert kinds(file) == [(5, "number")]


def test_last_line_that_is_a_number_is_text():
    file = read("1\n00:00:01,000 --> 00:00:02,000\nHow many?\n42\n\n" + TWO + "\n\n43\n")
    assert texts(file) == ["How many?\n42", "Two\n43"]


def test_number_before_a_cue_without_one_is_text():
    file = read("1\n00:00:01,000 --> 00:00:02,000\nHow many?\n42\n00:00:03,000 --> 00:00:04,000\nTwo")
    assert texts(file) == ["How many?\n42", "Two"]
    assert kinds(file) == [(5, "number")]


def test_no_blank_line_between_cues():
    file = read(ONE.rstrip() + "\n" + TWO)
    assert texts(file) == ["One", "Two"]
    assert kinds(file) == [(4, "number")]


def test_blank_lines_everywhere():
    file = read("\n\n" + (ONE + TWO).replace("\n", "\n\n"))
    assert texts(file) == ["One", "Two"]
    assert {note.kind for note in file.notes} == {"number"}


def test_duplicate_number():
    file = read(ONE + "2\n" + TWO)
    assert texts(file) == ["One", "Two"]
    assert all(kind == "number" for _, kind in kinds(file))
    assert file.notes


def test_blank_line_inside_a_cue():
    file = read("1\n00:00:01,000 --> 00:00:02,000\nOne\n\n \nand a half\n\n" + TWO)
    assert texts(file) == ["One\nand a half", "Two"]
    assert kinds(file) == [(6, "blank-line")]


def test_cue_without_its_times_is_joined_and_noted():
    file = read(ONE + "2\nTwo\n\n3\n00:00:05,000 --> 00:00:06,000\nThree")
    assert texts(file) == ["One\n2\nTwo", "Three"]
    assert (5, "blank-line") in kinds(file)


def test_formatting_tags():
    text = (
        "<i>One</i> <b>two</b> <FONT color=\"#ff0\" size='3'>three</FONT>\n{\\an8}{\\i1}four{\\i0}<br>five <u>six</u >"
    )
    assert texts(read(f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n")) == ["One two three\nfour\nfive six"]


def test_text_that_resembles_a_tag_is_kept():
    file = read("1\n00:00:01,000 --> 00:00:02,000\n1 < 2 > 0, <laughs> {smiling} a <b and c> d & e\n")
    assert texts(file) == ["1 < 2 > 0, <laughs> {smiling} a <b and c> d & e"]
    assert [(note.line, note.kind) for note in file.notes] == [(2, "markup")] * 2


def test_arrow_in_text_is_noted():
    file = read("1\n00:00:01,000 --> 00:00:02,000\nFrom A --> to B\n")
    assert (texts(file), kinds(file)) == (["From A --> to B"], [(3, "markup")])


def test_clock_times_are_text():
    assert texts(read("1\n00:00:01,000 --> 00:00:02,000\n8:30 - 9:15\n")) == ["8:30 - 9:15"]


def test_empty_cue_is_skipped():
    file = read("1\n00:00:00,000 --> 00:00:00,500\n<i></i>\n\n" + TWO)
    assert texts(file) == ["Two"]
    assert kinds(file) == [(2, "empty")]
    assert file.cues[0].index == 0


def test_zero_length_cue_is_kept():
    file = read("1\n00:00:01,000 --> 00:00:01,000\nOne\n")
    assert (texts(file), kinds(file)) == (["One"], [(2, "zero-length")])


def test_long_cue():
    assert read("1\n00:00:01,000 --> 00:01:32,000\nOne\n").notes == ()


def test_overlap_is_noted():
    file = read("1\n00:00:01,000 --> 00:00:09,000\nOne\n\n" + TWO + "\n3\n00:00:08,000 --> 00:00:10,000\nThree\n")
    assert texts(file) == ["One", "Two", "Three"]
    assert kinds(file) == [(6, "overlap"), (10, "overlap")]


def test_unsorted_cues_are_sorted():
    file = read(TWO + "\n" + ONE)
    assert texts(file) == ["One", "Two"]
    assert [(cue.index, cue.line) for cue in file.cues] == [(0, 6), (1, 2)]
    assert (6, "unsorted") in kinds(file)


def test_cues_at_the_same_time_keep_their_order():
    body = "".join(
        f"{n}\n00:00:01,000 --> 00:00:0{5 - n},000\n{word}\n\n" for n, word in [(1, "b"), (2, "a"), (3, "c")]
    )
    assert texts(read(body)) == ["b", "a", "c"]


def test_name_prefix_is_kept_in_the_text():
    cue = read("1\n00:00:01,000 --> 00:00:02,000\nANNA: Hello\n").cues[0]
    assert (cue.text, cue.speaker) == ("ANNA: Hello", "")


def test_byte_order_mark_between_joined_files():
    assert texts(read(ONE + "\ufeff" + TWO)) == ["One", "Two"]


@pytest.mark.parametrize(
    "line",
    [
        "00:00:03,000 -> 00:00:04,000",
        "00:00:03,000 -> 00:00:04",
        "00:00:xx,000 --> 00:00:04,000",
        "00:00:03,000 --> ",
        "--> 00:00:04,000",
        "00:00:03 --> 00:00:04",
        "00:00:03,000 → 00:00:04,000",
        "00:00:03,000 - 00:00:04,000",
        "00:00:03,000 00:00:04,000",
        "00:00:03:000 --> 00:00:04:000",
        "00:00:03,0000 --> 00:00:04,000",
        "-00:00:03,000 --> 00:00:04,000",
        "00:00:63,000 --> 00:00:64,000",
        "00:60:03,000 --> 00:60:04,000",
        "00:00:05,000 --> 00:00:04,000",
        "soon --> later",
    ],
)
def test_broken_timing_line_is_named(line):
    assert fault(f"{ONE}2\n{line}\nTwo\n") == 6
    assert fault(f"1\n{line}\nOne\n\n{TWO}") == 2
    assert fault(f"1\n{line}\nOne\n") == 2


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Hello\n" + ONE, 1),
        ("\n\nHello\n\n" + ONE, 3),
        ("1\nHello\n\n" + TWO, 1),
        ("Just words\nin a file", 1),
    ],
)
def test_text_before_the_first_cue(text, line):
    assert fault(text) == line


@pytest.mark.parametrize("text", ["", "\n \r\n\t\n", "1\n00:00:01,000 --> 00:00:02,000\n\n"])
def test_no_cues(text):
    assert fault(text) is None


# WebVTT


def test_webvtt():
    text = """WEBVTT - a title
Kind: captions
X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0

STYLE
::cue(b) { color: lime }

REGION
id:fred
width:40%

NOTE one line

NOTE
several
lines

intro
00:01.000 --> 00:02.500 align:start position:0%
<v.loud Roger Bingham>We are in <c.yellow.bg_blue>New York</c> &amp; &lt;it&gt; rains</v>
second <00:00:02.000><i>line</i>

00:03.000 --> 01:00:04.000
<lang en>Two</lang>&nbsp;words

NOTE the end
"""
    file = read(text)
    assert [(c.start_ms, c.end_ms, c.text, c.speaker, c.number, c.line) for c in file.cues] == [
        (1000, 2500, "We are in New York & <it> rains\nsecond line", "Roger Bingham", "intro", 19),
        (3000, 3_604_000, "Two\xa0words", "", None, 23),
    ]
    assert (file.format, file.notes) == ("vtt", ())


def test_webvtt_with_mark_and_crlf():
    file = read_subtitles(b"\xef\xbb\xbf" + vtt("00:01.000 --> 00:02.000\r\nOne").replace("\n", "\r\n").encode())
    assert texts(file) == ["One"]


def test_missing_signature():
    body = "00:01.000 --> 00:02.000\nOne\n"
    assert fault(body, name="a.vtt") == 1
    assert fault(body, format="vtt") == 1
    assert fault("WEBVTTX\n\n" + body, format="vtt") == 1
    assert fault("webvtt\n\n" + body, name="a.vtt") == 1


def test_webvtt_blank_line_inside_a_cue():
    file = read(vtt("00:01.000 --> 00:02.000\nOne\n\nand a half\n\nNOTE no\nwords\n\n2\n00:03.000 --> 00:04.000\nTwo"))
    assert texts(file) == ["One\nand a half", "Two"]
    assert kinds(file) == [(6, "blank-line")]


def test_webvtt_identifier_without_blank_line():
    file = read(
        vtt("1\n00:01.000 --> 00:02.000\nOne\n2\n00:03.000 --> 00:04.000\n\nTwo\nand\n00:05.000 --> 00:06.000\nX")
    )
    assert texts(file) == ["One", "Two\nand", "X"]
    assert (6, "number") in kinds(file)


def test_webvtt_comma_and_short_fraction():
    file = read(vtt("00:01,000 --> 00:02.5\nOne"))
    assert (file.cues[0].start_ms, file.cues[0].end_ms) == (1000, 2005)
    assert kinds(file) == [(3, "time"), (3, "time")]


def test_webvtt_several_voices():
    file = read(vtt("00:01.000 --> 00:02.000\n<v Ann>Hello\n<v Bob>Hi"))
    assert (file.cues[0].text, file.cues[0].speaker) == ("Hello\nHi", "Ann")
    assert kinds(file) == [(3, "voices")]


def test_webvtt_ruby_annotation_is_noted():
    file = read(vtt("00:01.000 --> 00:02.000\n<ruby>漢<rt>kan</rt>字<rt>ji</ruby> word"))
    assert texts(file) == ["漢字 word"]
    assert ["kan" in str(file.notes), "ji" in str(file.notes)] == [True, True]


def test_webvtt_unknown_tag_is_noted():
    file = read(vtt("00:01.000 --> 00:02.000\n1 < 2 <sighs> <b and c>words"))
    assert file.cues[0].spoken_text == "1 < 2 words"
    assert "<sighs>" in str(file.notes)
    assert "<b and c>" in str(file.notes)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("00:01.000 -> 00:02.000\nOne\n", 3),
        ("00:01.000 --> 00:02.000\nOne\n\n00:xx.000 --> 00:04.000\nTwo", 6),
        ("00:01.000 --> 00:02.000\na --> b\n", 4),
        ("00:02.000 --> 00:01.000\nOne\n", 3),
        ("Hello\n\n00:01.000 --> 00:02.000\nOne\n", 3),
        ("00:01.000 --> 00:02.000 Hello there\nOne\n", 3),
        ("00:01.000 --> 00:02.000\nOne\n\n00:75.000 --> 00:76.000\nTwo", 6),
    ],
)
def test_webvtt_errors(body, line):
    assert fault(vtt(body)) == line


def test_webvtt_without_cues():
    assert fault("WEBVTT") is None
    assert fault(vtt("NOTE nothing\n")) is None


# SubStation


def test_ass():
    file = read(
        ass(
            "Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,not spoken",
            r"Dialogue: 0,0:00:01.00,0:00:02.50,Default,Anna,0,0,0,,{\i1}One{\i0}, two\Nthree\nfour\hfive {comment}six",
            "Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,fade, seven ",
        )
    )
    assert [(c.start_ms, c.end_ms, c.text, c.speaker, c.line, c.number) for c in file.cues] == [
        (1000, 2500, "One, two\nthree\nfour five six", "Anna", 10, None),
        (3000, 4000, "seven", "", 11, None),
    ]
    assert (file.format, file.notes) == ("ass", ())


def test_ssa():
    file = read(
        "[Script Info]\nScriptType: v4.00\n\n[V4 Styles]\n\n[Events]\n"
        "Format: Marked, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: Marked=0,0:00:01.00,0:00:02.00,*Default,Bob,0000,0000,0000,,One\n"
    )
    assert (file.format, file.cues[0].text, file.cues[0].speaker) == ("ssa", "One", "Bob")


def test_ass_with_fields_in_another_order():
    file = read(ass("Dialogue: Anna,0:00:02.00,0:00:01.00,One, two", events_format="Actor, End, Start, Text"))
    assert [(c.start_ms, c.end_ms, c.text, c.speaker) for c in file.cues] == [(1000, 2000, "One, two", "Anna")]


def test_ass_drawings_are_not_spoken():
    file = read(
        ass(
            r"Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\pos(1,2)\p1}m 0 0 l 100 0{\p0}One",
            r"Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,{\p1}m 0 0 l 100 0",
            r"Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,{\pos(3,4)\pbo1}Two",
        )
    )
    assert texts(file) == ["One", "Two"]
    assert kinds(file) == [(9, "markup"), (10, "markup"), (10, "empty")]


def test_ass_unclosed_brace_is_text():
    assert texts(read(ass("Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,a {b c"))) == ["a {b c"]


def test_ass_attachment_is_skipped():
    text = ass("Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,One")
    assert texts(read("[Script Info]\n\n[Fonts]\nfontname: x.ttf\n[ABC]\n!D:#\n\n" + text)) == ["One"]


def test_ass_other_events_are_noted():
    file = read(
        ass("Sound: 0,0:00:00.00,0:00:01.00,,,0,0,0,,bang.wav", "Dialogue: 0,0:00:01.00,0:00:02.00,,,0,0,0,,One")
    )
    assert kinds(file) == [(9, "ignored")]


@pytest.mark.parametrize(
    "line",
    [
        "Dialogue: 0,0:00:01.00,Default,,0,0,0,,One",
        "Dialogue: 0,0:00:01.00,0:00:xx.00,Default,,0,0,0,,One",
        "Dialogue: 0,0:00:01,0:00:02.00,Default,,0,0,0,,One",
        "Dialogue: 0,0:00:61.00,0:01:02.00,Default,,0,0,0,,One",
        "Dialogue: 0,-0:00:01.00,0:00:02.00,Default,,0,0,0,,One",
        "Dialogue: 0,0:00:02.00,0:00:01.00,Default,,0,0,0,,One",
        "Dialoge: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,One",
        "and more text",
        "Format: Start, Text, End",
    ],
)
def test_ass_errors(line):
    assert fault(ass("Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,Zero", line)) == 10


def test_ass_text_outside_events():
    assert fault("Hello\n" + ass("Dialogue: 0,0:00:01.00,0:00:02.00,,,0,0,0,,One"), format="ass") == 1
    assert fault("[Script Info]\nDialogue: 0,0:00:01.00,0:00:02.00,,,0,0,0,,One") == 2


# Any file


def test_content_takes_precedence_over_the_name():
    file = read(vtt("00:01.000 --> 00:02.000\nOne"), name="film.srt")
    assert (file.format, kinds(file)) == ("vtt", [(1, "format")])


def test_format_argument():
    assert fault(vtt("00:01.000 --> 00:02.000\nOne"), format="srt") == 1
    with pytest.raises(ValueError, match="sub"):
        read(ONE, format="sub")


def test_bounds(monkeypatch):
    monkeypatch.setattr(read_module, "MAX_CUES", 1)
    assert fault(ONE + TWO) == 6
    monkeypatch.setattr(read_module, "MAX_LINES", 3)
    assert fault(ONE + TWO) == 4
    monkeypatch.setattr(read_module, "MAX_FILE_BYTES", 10)
    with pytest.raises(SubtitleError, match="maximum 10"):
        read(ONE)


@pytest.mark.parametrize("piece", ["<font =", "{\\", "<v ", "{", "&lt", "--\u2060", "1 ", "00:00:", "9"])
def test_reading_takes_linear_time(piece):
    # 300 kB on one line: milliseconds if linear, many minutes if quadratic.
    long = piece * (300_000 // len(piece))
    assert read(f"1\n00:00:01,000 --> 00:00:02,000\nx{long}\n").cues
    assert read(vtt(f"00:01.000 --> 00:02.000\nx{long}\n")).cues
    assert read(ass(f"Dialogue: 0,0:00:01.00,0:00:02.00,,,0,0,0,,x{long}")).cues


FORMATS = st.sampled_from([None, "srt", "vtt", "ass", "ssa"])
SNIPPETS = st.sampled_from(
    [
        *["\n", "\n\n", "\r\n", "1", "2\n", " ", "-->", " --> ", "00:00:01,000", "00:02.000", "00:00:03.5", "WEBVTT\n"],
        *[
            "NOTE ",
            "STYLE\n",
            "<v ",
            "<rt>",
            "</",
            ">",
            "{\\p1}",
            "{",
            "}",
            "\\N",
            "[Events]\n",
            "[Script Info]\n",
            ",",
        ],
        *["Format: Start, End, Text\n", "Dialogue: ", "0,0:00:01.00,0:00:02.00,,,,,,,", "&#0;", "&", "\ufeff", "\x00"],
    ]
)


@given(st.binary(max_size=300), FORMATS)
def test_random_bytes_raise_only_subtitle_errors(data, kind):
    with contextlib.suppress(SubtitleError):
        assert read_subtitles(data, format=kind).cues


@given(st.lists(SNIPPETS | st.text(max_size=6), max_size=40), FORMATS)
@settings(max_examples=300)
def test_random_parts_raise_only_subtitle_errors(pieces, kind):
    try:
        file = read_subtitles("".join(pieces).encode(), format=kind)
    except SubtitleError:
        return
    assert [cue.index for cue in file.cues] == list(range(len(file.cues)))
    assert all(cue.text and 0 <= cue.start_ms <= cue.end_ms for cue in file.cues)


def _mangle(lines, edits):
    for edit, where, to in edits:
        if not lines:
            break
        at = where % len(lines)
        if edit == "delete":
            del lines[at]
        elif edit == "duplicate":
            lines.insert(at, lines[at])
        elif edit == "blank":
            lines.insert(at, "")
        else:
            lines.insert(to % len(lines), lines.pop(at))
    return lines


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["delete", "duplicate", "blank", "move"]), st.integers(0, 10_000), st.integers(0, 10_000)
    ),
    min_size=1,
    max_size=6,
)


@given(st.lists(st.integers(1, 3), min_size=1, max_size=8), EDITS, st.sampled_from(["srt", "vtt", "ass"]))
@settings(max_examples=400)
def test_damaged_files_lose_no_word(line_counts, edits, kind):
    """Every remaining word, and every number too large for a cue, is in a cue or a note; or reading is an error."""
    word = 0
    lines = ["WEBVTT", ""] if kind == "vtt" else ass().splitlines() if kind == "ass" else []
    for number, count in enumerate(line_counts):
        spoken = []
        for _ in range(count):
            word += 1
            spoken.append(str(9000 + word) if word % 3 == 0 else f"word{word}x <i>again{word}x</i>")
        if kind == "ass":
            spoken = [line.replace("<i>", r"{\i1}").replace("</i>", "") for line in spoken]
            joined = "\\N".join(spoken)
            lines.append(f"Dialogue: 0,0:00:{number:02d}.00,0:00:{number + 1:02d}.00,,,0,0,0,,{joined}")
        else:
            lines += [str(number + 1), f"00:00:{number:02d}.000 --> 00:00:{number + 1:02d}.000", *spoken, ""]
    text = "\n".join(_mangle(lines, edits))
    try:
        file = read(text, format=kind)
    except SubtitleError:
        return
    # A line directly above the times, after a blank one, is always a WebVTT identifier.
    identifiers = [cue.number or "" for cue in file.cues] if kind == "vtt" else []
    found = " ".join([*texts(file), *map(str, file.notes), *identifiers])
    for wanted in re.findall(r"(?:word|again)\d+x|9\d{3}", text):
        assert re.search(rf"\b{wanted}\b", found), f"{wanted} is lost"
