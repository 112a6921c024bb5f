"""Writing subtitles: rounding that adds no overlap, and text that round-trips."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voxweft.media.subtitles import Cue, ReadOptions, SubtitleError, TimedText, read_subtitles, write_subtitles
from voxweft.media.subtitles.markup import tidy, tidy_name
from voxweft.media.subtitles.write import TICK_MS, round_times

FORMATS = ["srt", "vtt", "ass"]


def timed(start_s, end_s, text="word", speaker=""):
    return TimedText(start_s=Fraction(start_s), end_s=Fraction(end_s), text=text, speaker=speaker)


def back(cues, kind):
    file = read_subtitles(write_subtitles(cues, kind).encode(), format=kind, options=ReadOptions(keep_repeats=True))
    assert file.format == kind
    return file.cues


def test_srt_as_written():
    text = write_subtitles([timed(1, "2.5", "One\n\n two "), timed("3600.0005", 4000, "Three")], "srt")
    assert text == "1\n00:00:01,000 --> 00:00:02,500\nOne\ntwo\n\n2\n01:00:00,001 --> 01:06:40,000\nThree\n"


def test_vtt_as_written():
    text = write_subtitles([timed(1, "2.5", "a < b & c --> d", "Ann <b>")], "vtt")
    assert text == ("WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.500\n<v Ann &lt;b&gt;>a &lt; b &amp; c --&gt; d\n")


def test_ass_as_written():
    lines = write_subtitles([timed(1, "2.345", "One, two\nthree {x}", "Ann, Bob")], "ass").splitlines()
    assert lines[0] == "[Script Info]"
    assert lines[-1] == r"Dialogue: 0,0:00:01.00,0:00:02.35,Default,Ann Bob,0,0,0,,One, two\Nthree \{x\}"


def test_read_cues_can_be_written():
    cue = Cue(index=0, start_ms=1001, end_ms=2002, text="One", speaker="Ann", line=2, number="1")
    assert [(c.start_ms, c.end_ms, c.text, c.speaker) for c in back([cue], "vtt")] == [(1001, 2002, "One", "Ann")]


def test_sample_positions():
    cue = TimedText.from_samples(22050, 44101, 22050, "One")
    assert (cue.start_s, cue.end_s) == (1, 2 + Fraction(1, 22050))
    assert [(c.start_ms, c.end_ms) for c in back([cue], "srt")] == [(1000, 2000)]


@pytest.mark.parametrize("kind", FORMATS)
def test_cues_are_written_in_order_of_time(kind):
    cues = [timed(5, 6, "c"), timed(1, 2, "a"), timed(1, 3, "b")]
    assert [cue.text for cue in back(cues, kind)] == ["a", "b", "c"]


@pytest.mark.parametrize("kind", FORMATS)
def test_over_ten_hours(kind):
    cue = timed(12 * 3600, 99 * 3600 + 3599)
    assert [(c.start_ms, c.end_ms) for c in back([cue], kind)] == [(43_200_000, 359_999_000)]


@pytest.mark.parametrize("kind", ["srt", "vtt"])
def test_over_a_hundred_hours(kind):
    assert back([timed(100 * 3600, 123 * 3600)], kind)[0].start_ms == 360_000_000


def test_ass_rejects_a_hundred_hours():
    with pytest.raises(SubtitleError, match="100 hours"):
        write_subtitles([timed(100 * 3600, 100 * 3600 + 1)], "ass")


@pytest.mark.parametrize("cue", [timed(-1, 2), timed(2, 1)])
def test_impossible_times(cue):
    with pytest.raises(SubtitleError, match="cue 1 "):
        write_subtitles([timed(0, 1), cue], "srt")


def test_unknown_format():
    with pytest.raises(ValueError, match="ssa"):
        write_subtitles([], "ssa")


def test_no_cues():
    assert write_subtitles([], "srt") == ""
    assert write_subtitles([], "vtt") == "WEBVTT\n"
    assert "[Events]" in write_subtitles([], "ass")


AWKWARD = [
    *["a --> b", "00:00:01,000 --> 00:00:02,000", "1\n00:00:01,000 --> 00:00:02,000\nx", "--->", "--\u2060>", "->"],
    *["<i>x</i>", "<v Bob>x", "<\u2060i>", "< i >", "a<b", "</", "<00:00:01.000>x", "<b", "{\\an8}x", "{\\p1}x", "{x}"],
    *["{\u2060\\x}", "\\{x\\}", "\\\\{", "C:\\New\\north\\here", "\\\u2060N", "\\", "{", "}", "a{b", "}{", "x,y,,z"],
    *[
        "&amp; &lt; &copy &#65;",
        "NOTE x",
        "STYLE",
        "WEBVTT",
        "[Events]",
        "Dialogue: x",
        "; x",
        "42",
        "1\n2\n3",
        "\ufeffx",
    ],
    *[
        "X1:1 X2:2",
        "♪ la ♪",
        "- Hi\n- Ho",
        "“x” … 漢字 😀",
        "a\tb\x0bc\x85d\u2028e",
        "00:00:03,000 -> 00:00:04,000",
        "\u2060",
    ],
]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("text", AWKWARD)
def test_special_text_round_trips(kind, text):
    cues = back([timed(1, 2, text), timed(3, 4, text), timed(5, 6, "end")], kind)
    assert [cue.text for cue in cues] == [tidy(text), tidy(text), "end"]


TEXTS = st.text(
    st.sampled_from("ab1 \n<>{}\\/Nnh&;-:,.|\u2060") | st.characters(blacklist_categories=("Cs",)), max_size=30
) | st.lists(st.sampled_from(AWKWARD), max_size=3).map(" ".join)
TIMES = st.fractions(0, 30, max_denominator=48_000) | st.integers(0, 4_000_000).map(lambda ms: Fraction(ms, 10_000))
SHORT = st.fractions(0, Fraction(1, 20), max_denominator=48_000) | st.sampled_from([Fraction(0), Fraction(1, 44_100)])


@st.composite
def timed_texts(draw, texts=TEXTS):
    start_s = draw(TIMES)
    end_s = start_s + draw(SHORT | TIMES)
    return TimedText(
        start_s=start_s, end_s=end_s, text=draw(texts), speaker=draw(st.sampled_from(["", "Ann", "B & <C>"]))
    )


@st.composite
def chains(draw):
    """Cues that start where the previous one ended, or a little later."""
    at_s, cues = draw(TIMES), []
    for _ in range(draw(st.integers(1, 12))):
        end_s = at_s + draw(SHORT)
        cues.append(timed(at_s, end_s))
        at_s = end_s + draw(st.just(Fraction(0)) | SHORT)
    return cues


@given(st.lists(timed_texts(), max_size=8), st.sampled_from(FORMATS))
@settings(max_examples=150)
def test_random_cues_round_trip(cues, kind):
    written = sorted((cue for cue in cues if tidy(cue.text)), key=lambda cue: cue.start_s)
    if not written:
        with pytest.raises(SubtitleError):
            back(cues, kind)
        return
    read = back(cues, kind)
    assert [cue.text for cue in read] == [tidy(cue.text) for cue in written]
    # Half a tick of rounding, or a whole one if a cue needed a length.
    tick_ms = TICK_MS[kind]
    for cue, original in zip(read, written, strict=True):
        slack = Fraction(tick_ms, 2) + (tick_ms if cue.end_ms - cue.start_ms == tick_ms else 0)
        assert abs(cue.start_ms - original.start_s * 1000) <= slack
        assert abs(cue.end_ms - original.end_s * 1000) <= slack
        if kind != "srt":
            assert cue.speaker == tidy_name(original.speaker)


@given(st.lists(timed_texts(st.just("word")), max_size=12) | chains(), st.sampled_from([1, 10]))
@example([timed(0, "0.0001"), timed("0.0001", "0.0002"), timed("0.0002", "0.0003")], 1)
@example([timed("0.0195", "0.0197"), timed("0.0195", "0.0195"), timed("0.0197", "0.0197")], 1)
@settings(max_examples=150)
def test_rounding_adds_no_overlap(cues, tick_ms):
    cues = sorted(cues, key=lambda cue: cue.start_s)
    spans = round_times(cues, tick_ms)
    assert all(0 <= span.start_ticks <= span.end_ticks for span in spans)
    assert all(a.start_ticks <= b.start_ticks for a, b in pairwise(spans))
    for cue, span in zip(cues, spans, strict=True):
        for other, other_span in zip(cues, spans, strict=True):
            if cue is not other and cue.end_s <= other.start_s:
                assert span.end_ticks <= other_span.start_ticks
    for at, (cue, span) in enumerate(zip(cues, spans, strict=True)):
        if cue.start_s == cue.end_s or span.start_ticks < span.end_ticks:
            continue
        # A cue of zero length: neither the tick after it nor the one before it is free.
        blocked = any(
            cue.end_s <= c.start_s and s.start_ticks <= span.end_ticks for c, s in zip(cues, spans, strict=True)
        )
        before = any(
            c.end_s <= cue.start_s and s.end_ticks >= span.start_ticks for c, s in zip(cues, spans, strict=True)
        )
        ordered = at > 0 and spans[at - 1].start_ticks == span.start_ticks
        assert blocked
        assert before or ordered or span.start_ticks == 0


def test_short_cue_gets_a_tick():
    assert round_times([timed("0.0002", "0.0004")], 1) == [(0, 1)]
    assert round_times([timed("0.0032", "0.0034"), timed("0.0034", "0.005")], 1) == [(2, 3), (3, 5)]
    assert round_times([timed("0", "0.003"), timed("0.003", "0.0031"), timed("0.0032", 1)], 1)[1] == (3, 3)
    assert round_times([timed("0.003", "0.003")], 1) == [(3, 3)]
