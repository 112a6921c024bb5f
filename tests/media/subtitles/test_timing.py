"""Times as files have them: every fault is fixed and noted, or an error if reading is strict."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.media.subtitles import ReadOptions, SubtitleError, read_subtitles
from voxweft.media.subtitles.timing import format_ms, is_timing

LAST = "\n9\n900:00:50,000 --> 900:00:51,000\nLast.\n"


def read(text, **options):
    return read_subtitles(text.encode(), options=ReadOptions(**options))


def first(timing, fraction_digits=3):
    last = LAST if fraction_digits == 3 else LAST.replace(",000", "," + "0" * fraction_digits)
    file = read(f"1\n{timing}\nHello.\n{last}")
    assert [cue.text for cue in file.cues] == ["Hello.", "Last."]
    assert not file.left_out
    return file.cues[0].start_ms, file.cues[0].end_ms, [note.kind for note in file.notes if note.line == 2]


@pytest.mark.parametrize(
    ("timing", "start_ms", "end_ms"),
    [
        ("00:00:20 --> 00:00:24", 20_000, 24_000),
        ("00:00:20,5 --> 00:00:24,97", 20_005, 24_097),
        ("00:00:04,560.0000000000009 --> 00:00:06,000", 4560, 6000),
        ("00:00:04,5601 --> 00:00:06,000", 4560, 6000),
        ("00:00:04,000 --> 00:00:03,900", 4000, 4000),
        ("00:00:04,000 -->", 4000, 4000),
        ("00:00:04,000 --> 00:00:xx,000", 4000, 4000),
        ("00:00:04,000 - > 00:00:06,000", 4000, 6000),
        ("00:00:04,000 -> 00:00:06,000", 4000, 6000),
        ("00: 00: 04, 000 -> 00: 00: 06, 000", 4000, 6000),
        ("00:00:04,000 —> 00:00:06,000", 4000, 6000),
        ("00:00:04,000 → 00:00:06,000", 4000, 6000),
        ("00:00:04,000 00:00:06,000", 4000, 6000),
        ("00:00:04:000 --> 00:00:06:000", 4000, 6000),
        ("00:00:04:12 --> 00:00:06:24", 4480, 6960),
        ("00:00:63,000 --> 00:00:64,000", 63_000, 64_000),
        ("00:61:00,000 --> 00:61:02,000", 3_660_000, 3_662_000),
        ("-00:00:01,000 --> 00:00:02,000", 0, 2000),
        ("0O:00:04,000 --> 00:00:O6,000", 4000, 6000),
        ("4,000 --> 6,500", 4000, 6500),
        ("1:04,000 --> 1:06,500", 64_000, 66_500),
        ("00:00:04,000 --&gt; 00:00:06,000", 4000, 6000),
        ("00:00:04,000 >> 00:00:06,000", 4000, 6000),
        ("00:00:04 000 --> 00:00:06 000", 4000, 6000),
        ("00:00:04'000 --> 00:00:06'000", 4000, 6000),
        ("00.00.04,000 --> 00.00.06,000", 4000, 6000),
        ("[00:00:04,000 --> 00:00:06,000]", 4000, 6000),
        ("00:00:04,000", 4000, 4000),
        ("100:00:00,000 --> 100:00:02,000", 360_000_000, 360_002_000),
    ],
)
def test_odd_times_are_read_and_noted(timing, start_ms, end_ms):
    found = first(timing)
    assert found[:2] == (start_ms, end_ms)
    assert "time" in found[2] or timing.startswith("100")


@pytest.mark.parametrize("space", ["\u00a0", "\u200e", "\u202f", "\ufeff", "\u3000", "\t", "\u200b", "\u2066"])
def test_odd_spaces_around_times(space):
    assert first(f"{space}00:00:04,000 -->{space} 00:00:06,000{space}") == (4000, 6000, [])


def test_digits_of_other_scripts():
    assert first("００：００：０４，０００ --> ٠٠:٠٠:٠٦,٠٠٠")[:2] == (4000, 6000)


@pytest.mark.parametrize(
    ("digits", "fraction", "ms"), [(3, "97", 97), (3, "5", 5), (2, "97", 970), (2, "5", 500), (1, "5", 500)]
)
def test_fractions_go_by_the_file(digits, fraction, ms):
    assert first(f"00:00:04,{fraction} --> 00:00:06,{'0' * digits}", digits)[0] == 4000 + ms


@pytest.mark.parametrize("kind", ["srt", "vtt", "ass"])
def test_only_what_is_no_time_is_left_out_by_name(kind):
    if kind == "ass":
        line = "Dialogue: 0,{},0:00:04.00,Default,,{}\n"
        text = "[Events]\nFormat: Layer, Start, End, Style, Name, Text\n"
        text += line.format("soon", "Lost words.") + line.format("0:00:03.00", "Kept.")
    else:
        text = "WEBVTT\n\n" if kind == "vtt" else ""
        text += "1\nsoon --> later\nLost words.\n\n2\n00:00:03.000 --> 00:00:04.000\nKept.\n"
    file = read(text)
    assert [cue.text for cue in file.cues] == ["Kept."]
    assert len(file.left_out) == 1
    assert "'soon" in file.left_out[0].message
    assert "Lost words." in file.left_out[0].message
    with pytest.raises(SubtitleError, match="soon"):
        read(text, strict=True)


def test_text_on_the_timing_line():
    assert [cue.text for cue in read("1\n00:00:01,000 --> 00:00:02,000 Hello there\n").cues] == ["Hello there"]
    file = read("1\n00:00:01,000 --> 00:00:02,000 align: start\nOne\n")
    assert ([cue.text for cue in file.cues], file.notes[0].kind) == (["One"], "ignored")


@pytest.mark.parametrize(
    "text", ["8:30 - 9:15", "8:30 -> 9:15", "From A --> to B", "1 --> 2", "10:00:00", "a, b --> c"]
)
def test_text_is_not_a_time(text):
    assert not is_timing(text)


def test_unknown_webvtt_settings_are_ignored():
    for settings in ("align: start", "size:abc%", "vertical;rl", "nonsense", "line:1 : 2", "align:middle,x"):
        file = read(f"WEBVTT\n\n00:01.000 --> 00:02.000 {settings}\nOne\n")
        assert ([cue.text for cue in file.cues], file.left_out) == (["One"], ()), settings


def test_substation_times():
    line = "Dialogue: 0,{},{},Default,,One\n"
    head = "[Events]\nFormat: Layer, Start, End, Style, Name, Text\n"
    for start, end, expected in [
        ("0:00:01.5", "0:00:02.25", (1050, 2250)),
        ("0:00:01.500", "0:00:02.250", (1500, 2250)),
        ("0:00:01", "0:00:02", (1000, 2000)),
        ("0:00:02.00", "0:00:01.00", (2000, 2000)),
        ("-0:00:01.00", "0:00:01.00", (0, 1000)),
        ("0:00:61.00", "0:01:02.00", (61_000, 62_000)),
        ("0:00:01.00", "never", (1000, 1000)),
        ("0:00:01.00\u200e", "\u00a00:00:02.00", (1000, 2000)),
    ]:
        cue = read(head + line.format(start, end)).cues[0]
        assert (cue.start_ms, cue.end_ms) == expected, (start, end)


@given(st.integers(0, 10**8), st.integers(0, 10**7))
def test_regular_times_are_exact(start_ms, length_ms):
    times = f"{format_ms(start_ms, ',')} --> {format_ms(start_ms + length_ms, ',')}"
    file = read(f"1\n{times}\nOne\n", strict=True)
    assert (file.cues[0].start_ms, file.cues[0].end_ms) == (start_ms, start_ms + length_ms)


def course(seed):
    """Return a file with the faults of real course subtitles, a fifth of them: a cue that ends too early, and so on."""
    chance = random.Random(seed)
    at, blocks, n_faults = 0, [], 0
    faulty = chance.random() < 0.2
    for number in range(1, chance.randint(20, 120)):
        length = chance.randint(600, 6000)
        start, end = format_ms(at, ","), format_ms(at + length, ",")
        if faulty and chance.random() < 0.02:
            n_faults += 1
            fault = chance.randrange(5)
            if fault == 0:
                end = format_ms(max(0, at - 660), ",")
            elif fault == 1:
                end += "\u00a0"
            elif fault == 2:
                end += ".0000000000009"
            elif fault == 3:
                start, end = start[:-4], end[:-4]
            else:
                end += "\u200e "
        blocks.append(f"{number}\n{start} --> {end}\nSentence number {number}.\n")
        at += length + chance.choice([0, 0, 40, 500])
    return "\n".join(blocks), len(blocks), n_faults


def test_course_files_are_never_refused():
    n_faults = 0
    for seed in range(30):
        text, n_cues, faults = course(seed)
        file = read(text)
        assert (len(file.cues), file.left_out) == (n_cues, ()), seed
        n_faults += faults
    assert n_faults
