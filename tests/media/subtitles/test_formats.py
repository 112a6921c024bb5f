"""Formats besides SubRip, WebVTT and SubStation; and names for those that can't be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.media.subtitles import ReadOptions, SubtitleError, read_subtitles, write_subtitles
from voxweft.media.subtitles.write import written_format

SCC = "Scenarist_SCC V1.0\n\n00:00:01:00\t9420 9420 9470 9470 c8e5 ecec ef80 942f 942f\n\n00:00:03:00\t942c 942c\n"
TTML = """<?xml version="1.0"?><tt xmlns="http://www.w3.org/{}" xmlns:tts="http://www.w3.org/{}#styling" xml:lang="en">
<body><div><p begin="00:00:01.000" end="00:00:02.500">One <span tts:fontStyle="italic">two</span><br/>three</p>
<p begin="4s" dur="1s">Four</p></div></body></tt>"""


def cues(file):
    return [(cue.start_ms, cue.end_ms, cue.text) for cue in file.cues]


def read(text, name="", **options):
    return read_subtitles(text.encode(), name=name, options=ReadOptions(**options))


def stl():
    """Return an EBU STL file of one cue, from 10:00:01:00 to 10:00:02:12 on a clock that starts at 10:00:00:00."""
    head = bytearray(b" " * 1024)
    head[0:3], head[3:11], head[11:12], head[12:14] = b"850", b"STL25.01", b"1", b"00"
    head[14:16] = b"09"
    for at, text in ((238, b"00001"), (243, b"00001"), (248, b"001"), (251, b"40"), (253, b"23"), (255, b"1")):
        head[at : at + len(text)] = text
    head[256:264], head[264:272], head[272:274] = b"10000000", b"10000100", b"11"
    text = b"\x0d\x0b\x0bHarbor\x0a\x0a"
    block = bytes([0, 0, 0, 255, 0, 10, 0, 1, 0, 10, 0, 2, 12, 20, 2, 0]) + text.ljust(112, b"\x8f")
    return bytes(head) + block


def test_sbv():
    file = read("0:00:01.000,0:00:02.500\nOne\ntwo\n\n0:00:03.000,0:00:04.000\nThree\n", "a.sbv")
    assert (file.format, cues(file)) == ("sbv", [(1000, 2500, "One\ntwo"), (3000, 4000, "Three")])


def test_sbv_with_a_voice_of_webvtt():
    file = read("0:00:01.000,0:00:02.500\n<v Ann>Hello there.</v>\n")
    assert [(cue.speaker, cue.text) for cue in file.cues] == [("Ann", "Hello there.")]


def test_subviewer():
    file = read("[INFORMATION]\n[TITLE]\n[END INFORMATION]\n00:00:01.00,00:00:02.50\nOne[br]two\n", "a.sub")
    assert cues(file) == [(1000, 2500, "One\ntwo")]


@pytest.mark.parametrize(
    ("head", "fps", "start_ms"),
    [("{1}{1}25.000\n", 0, 1000), ("", 25, 1000), ("", 0, 1043), ("{0}{0}50\n", 25, 500), ("{1}{1}23,976\n", 0, 1043)],
)
def test_microdvd(head, fps, start_ms):
    file = read(head + "{25}{75}{y:i}One|two\n{100}{}/Three\n{200}{240}Four\n", "a.sub", fps=fps)
    assert (file.format, file.cues[0].start_ms) == ("microdvd", start_ms)
    assert [cue.text for cue in file.cues] == ["One\ntwo", "Three", "Four"]
    assert [bool(cue.italics) for cue in file.cues] == [True, True, False]
    assert any("per second" in note.message for note in file.notes)


def test_microdvd_under_another_name():
    file = read("{25}{75}One\n{100}{150}Two\n", "a.srt")
    assert ["guess" in note.message for note in file.notes if note.kind == "format"] == [False, True]


def test_mpl2():
    file = read("[10][25]/One|two\n[40][50]Three\n")
    assert (file.format, cues(file)) == ("mpl2", [(1000, 2500, "One\ntwo"), (4000, 5000, "Three")])


def test_lyrics():
    text = "[ar:Somebody]\n[offset:+500]\n[00:01.50]One <00:02.00>two\n[00:04.00]\n[00:05.0][00:09.00]Three\n"
    file = read(text, "a.lrc")
    assert file.format == "lrc"
    assert cues(file) == [(1000, 3500, "One two"), (4500, 8500, "Three"), (8500, 18500, "Three")] or cues(file) == [
        (1000, 3500, "One two"),
        (4500, 18500, "Three"),
    ]


def test_lines_at_one_time_take_linear_time():
    """Each line ends where a later one starts; here only the last line does."""
    file = read("[00:01.00]a\n" * 8_000 + "[00:03.00]b\n", "a.lrc")
    assert [(cue.start_ms, cue.end_ms) for cue in file.cues][:1] == [(1000, 3000)]


@pytest.mark.parametrize("namespace", ["ns/ttml", "2006/10/ttaf1", "2006/04/ttaf1"])
def test_ttml(namespace):
    file = read(TTML.format(namespace, namespace), "a.ttml")
    assert (file.format, cues(file)) == ("ttml", [(1000, 2500, "One two\nthree"), (4000, 5000, "Four")])
    assert file.cues[0].italics == ((4, 7),)


def test_scenarist_captions():
    file = read(SCC, "a.scc")
    assert (file.format, [cue.text for cue in file.cues]) == ("scc", ["Hello"])
    assert abs(file.cues[0].start_ms - 1000) < 300


def test_ebu_stl_counts_from_the_start_of_the_program():
    file = read_subtitles(stl(), name="a.stl")
    assert (file.format, cues(file)) == ("stl", [(1000, 2480, "Harbor")])


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"<SAMI><BODY></BODY></SAMI>", "SAMI"),
        (b"PK\x03\x04\0\0", "ZIP"),
        (b"PG\0\0\0", "PGS"),
        (b"\0\0\x01\xba\0", "VobSub"),
        (b'{"events": [{"start": 1}]}', "JSON"),
        (b"00:00:01:One\n00:00:02:Two\n", "TMPlayer"),
        (b"{\\rtf1 x}", "RTF"),
        (b'<?xml version="1.0"?><transcript><text start="1">x</text></transcript>', "timed text"),
        (b"<tt><not closed", "TTML"),
        (b"Just words\nin a file", "no cues"),
    ],
)
def test_what_cannot_be_read_has_a_name(data, name):
    with pytest.raises(SubtitleError, match=name):
        read_subtitles(data)


def test_written_formats():
    assert [written_format(kind) for kind in ("srt", "vtt", "ass", "ssa", "ttml", "stl")] == [
        *["srt", "vtt", "ass", "ass", "srt", "srt"]
    ]


def test_a_language_of_two():
    text = "1\n00:00:01,000 --> 00:00:02,000\n港口在哪里？\nWhere is the harbor?\n\n"
    text += (
        "2\n00:00:03,000 --> 00:00:04,000\n我们\n走吧。\nLet's go now.\n\n3\n00:00:05,000 --> 00:00:06,000\nOnly one.\n"
    )
    assert [cue.text for cue in read(text, line=1).cues] == ["港口在哪里？", "我们\n走吧。", "Only one."]
    file = read(text, line=2)
    assert [cue.text for cue in file.cues] == ["Where is the harbor?", "Let's go now.", "Only one."]
    assert "1 of 3 cues" in next(note.message for note in file.notes if note.kind == "line")


ITALIC = "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}<i>Hello</i> there, <i>you\nand me</i> {\\i1}too{\\i0}\n"


@pytest.mark.parametrize("kind", ["srt", "vtt", "ass"])
def test_italics_and_place_are_kept(kind):
    cue = read(ITALIC).cues[0]
    assert (cue.text, cue.italics, cue.place) == ("Hello there, you\nand me too", ((0, 5), (13, 23), (24, 27)), 8)
    back = read_subtitles(write_subtitles([cue], kind).encode()).cues[0]
    assert (back.text, back.italics, back.place) == (cue.text, cue.italics, cue.place)


@pytest.mark.parametrize("place", range(1, 10))
@pytest.mark.parametrize("kind", ["srt", "vtt", "ass"])
def test_places_round_trip(place, kind):
    cue = read(f"1\n00:00:01,000 --> 00:00:02,000\n{{\\an{place}}}One\n").cues[0]
    assert read_subtitles(write_subtitles([cue], kind).encode()).cues[0].place == (0 if place == 2 else place)


def test_styles_are_italic_and_placed():
    head = "[V4 Styles]\nFormat: Name, Italic, Alignment\nStyle: Top,-1,6\n\n[Events]\n"
    text = "[Script Info]\n\n" + head + "Format: Marked, Start, End, Style, Name, Text\n"
    cue = read(text + "Dialogue: Marked=0,0:00:01.00,0:00:02.00,Top,,One {\\i0}two\n").cues[0]
    assert (cue.italics, cue.place) == (((0, 3),), 8)


LINES = st.sampled_from(
    [
        *[
            "{1}{1}25\n",
            "{5}{60}a|b\n",
            "[1][20]c\n",
            "[00:01.5]d\n",
            "0:00:01.000,0:00:02.000\n",
            "e\n",
            "\n",
            "{-5}{}",
        ],
        *[
            "[ar:x]\n",
            "[offset:9]\n",
            "<tt>",
            "</tt>",
            "Scenarist_SCC V1.0\n",
            "00:00:01:00\t9420 c8e5\n",
            "{y:i}f",
            "|",
        ],
    ]
)


@given(st.lists(LINES, max_size=12), st.sampled_from([None, "sbv", "lrc", "microdvd", "mpl2", "ttml", "scc", "stl"]))
def test_random_lines_raise_only_subtitle_errors(lines, kind):
    try:
        file = read_subtitles("".join(lines).encode(), format=kind)
    except SubtitleError:
        return
    assert all(cue.text and 0 <= cue.start_ms <= cue.end_ms for cue in file.cues)


FAULTY_TTML = """<tt:tt xmlns:tt="http://www.w3.org/ns/ttml" ttp:frameRate="25"><tt:body><tt:div>
<tt:p begin="0:00:01,5" end="00:00:02.5">R&amp;D &mdash; A & B</tt:p>
<tt:p begin="00:00:09.000" end="00:00:08.000" tts:color="red">No end</tt:p>
<tt:p begin="soon" end="00:00:10.000">Never</tt:p>
<tt:p begin="00:00:11:12" end="12"><tt:i>Slanted</tt:i></tt:p>
</tt:div></tt:body></tt:tt>"""


def test_ttml_is_repaired():
    file = read(FAULTY_TTML, "a.ttml")
    assert cues(file) == [(1500, 2500, "R&D — A & B"), (9000, 9000, "No end"), (11480, 12000, "Slanted")]
    assert file.cues[2].italics == ((0, 7),)
    assert [note.message for note in file.left_out] == ["left out, because 'soon' is not a time: 'Never'"]


def test_ttml_that_is_cut_off_is_read_up_to_there():
    file = read(FAULTY_TTML[: FAULTY_TTML.index("end=", 300)], "a.ttml")
    assert [cue.text for cue in file.cues] == ["R&D — A & B", "No end"]
    assert any("isn't XML" in note.message for note in file.left_out)


@pytest.mark.parametrize("declared", ["windows-1251", "utf-8"])
def test_ttml_is_read_in_its_encoding(declared):
    text = "Привет, мои друзья, как ваши дела?"
    body = f'<body><div><p begin="1s" end="2s">{text}</p></div></body></tt>'
    data = f'<?xml version="1.0" encoding="{declared}"?><tt xmlns="http://www.w3.org/ns/ttml">{body}'.encode("cp1251")
    assert read_subtitles(data).cues[0].text == text


def test_clocks_of_lyrics():
    text = "[00:01,50]One\n[0:00:02.5]Two\n[ 00:03.000000 ]Three\n[00:04:50]Four\n[1:00:05.00]Five\n"
    assert [cue.start_ms for cue in read(text, "a.lrc").cues] == [1500, 2500, 3000, 4500, 3_605_000]


def test_ttml_with_many_paragraphs_is_read_in_parts():
    paragraphs = "".join(f'<p begin="{at}s" end="{at + 2}s">Cue {at}</p>' for at in range(0, 300, 3))
    nested = f'<div begin="1000s"><p begin="1s" end="2s">Late</p></div><div>{paragraphs}</div>'
    file = read(f'<tt xmlns="http://www.w3.org/ns/ttml"><body>{nested}</body></tt>')
    assert cues(file) == [
        *((at * 1000, at * 1000 + 2000, f"Cue {at}") for at in range(0, 300, 3)),
        (1001000, 1002000, "Late"),
    ]
    ordered = '<div timeContainer="seq"><p dur="2s">One</p><p dur="3s">Two</p></div>'
    assert cues(read(f'<tt xmlns="http://www.w3.org/ns/ttml"><body>{ordered}</body></tt>')) == [
        (0, 2000, "One"),
        (2000, 5000, "Two"),
    ]


def test_faults_in_sbv():
    text = "0:00:01,0:00:02\nOne\n\n0:00:0x.000,0:00:07.000\nLost\n\n0:00:10,500 , 0:00:11.000\nTwo\n"
    file = read(text, "a.sbv")
    assert cues(file) == [(1000, 2000, "One"), (10_500, 11_000, "Two")]
    assert len(file.left_out) == 1
    assert any("Lost" in note.message for note in file.notes)


def test_faults_in_closed_captions():
    file = read(SCC + "\n00:00:0x:00\t9420 c8e5 942f\n\n00:00:04:00\t9420 9420 9470 9470 c8e5 zz ecec ef80 942f 942f\n")
    assert [cue.text for cue in file.cues] == ["Hello", "Hello"]
    assert len(file.left_out) == 1
    assert any("'zz'" in note.message for note in file.notes)
