"""Transcript files: the written text, and round trips."""

from __future__ import annotations

import csv
import io
import json
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.media.subtitles import ReadOptions, SubtitleError, read_subtitles
from voxweft.media.subtitles.layout import LayoutRules, lay_out
from voxweft.media.subtitles.markup import tidy
from voxweft.media.subtitles.presets import PRESETS, layout_rules
from voxweft.media.subtitles.transcript import TranscriptSegment
from voxweft.media.subtitles.transcript_formats import TRANSCRIPT_FORMATS, read_transcript, write_transcript
from voxweft.utils.streaming.contract.events import Word

SEGMENTS = [
    TranscriptSegment(
        start_s=0.5,
        end_s=2.0,
        text=" Hello there,",
        words=(Word(" Hello", 0.5, 1.0, probability=0.98765), Word(" there,", 1.0, 2.0, probability=0.5)),
        language="en",
    ),
    TranscriptSegment(start_s=2.0, end_s=3.25, text=" world.", words=(Word(" world.", 2.12345, 3.25),), language="en"),
    TranscriptSegment(start_s=3.25, end_s=4.0, text=" ", language="en"),
    TranscriptSegment(start_s=6.0, end_s=7.0, text=" A\ttab &\n<b>more</b>", language="en"),
]


@st.composite
def transcripts(draw) -> list[TranscriptSegment]:
    texts = st.lists(
        st.sampled_from(
            ["and", "so,", "Yes.", "<i>", "-->", "{\\an8}", "a\\N", "&amp;", "你好", "42", "NOTE", "1:02:03"]
        )
        | st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=5),
        max_size=8,
    )
    at_s, segments = draw(st.floats(0, 5)), []
    for _ in range(draw(st.integers(0, 4))):
        words = []
        for text in draw(texts):
            start_s = at_s + draw(st.sampled_from([0.0, 0.1, 2.0]))
            at_s = start_s + draw(st.floats(0, 2))
            words.append(Word(f" {text}", start_s, at_s, probability=draw(st.none() | st.floats(0, 1))))
        segments.append(
            TranscriptSegment(
                start_s=words[0].start_s if words else at_s,
                end_s=at_s,
                text="".join(word.text for word in words),
                words=tuple(words) if draw(st.booleans()) else (),
                language=draw(st.sampled_from([None, "en", "zh"])),
            )
        )
    return segments


@given(transcripts(), st.sampled_from(sorted(PRESETS)), st.sampled_from(["srt", "vtt", "ass"]))
def test_subtitles_round_trip(segments, preset, kind):
    rules = layout_rules(preset)
    cues, text = lay_out(segments, rules), write_transcript(segments, kind, rules)
    if not cues:
        with pytest.raises(SubtitleError):
            read_subtitles(text.encode(), format=kind)
        return
    back = read_subtitles(text.encode(), format=kind, options=ReadOptions(keep_repeats=True)).cues
    assert [cue.text for cue in back] == [cue.text for cue in cues]
    if kind != "ass":
        exact = [(cue.start_s * 1000, cue.end_s * 1000) for cue in cues]
        assert [(cue.start_ms, cue.end_ms) for cue in back] == exact
    assert all(one.end_ms <= other.start_ms for one, other in pairwise(back))


@given(transcripts())
def test_json_round_trips(segments):
    text = write_transcript(segments, "json")
    back = read_transcript(text)
    assert write_transcript(back, "json") == text
    assert read_transcript(text.encode()) == back
    assert len(back) == len(segments)
    for one, other in zip(back, segments, strict=True):
        assert (one.text, one.language) == (other.text, other.language)
        assert abs(one.start_s - other.start_s) <= 0.0005 + 1e-9
        # A word of white space has no text.
        with_text = [word for word in other.words if word.text.strip()]
        assert [word.text for word in one.words if word.text.strip()] == [word.text for word in with_text]
        for word, was in zip((word for word in one.words if word.text.strip()), with_text, strict=True):
            assert abs(word.start_s - was.start_s) <= 0.0005 + 1e-9
            assert abs(word.end_s - was.end_s) <= 0.0005 + 1e-9
            assert (word.probability is None) == (was.probability is None)


@given(transcripts())
def test_tsv_and_txt_have_one_line_per_segment(segments):
    with_text = [segment for segment in segments if tidy(segment.text)]
    lines = write_transcript(segments, "txt").removesuffix("\n").split("\n") if with_text else []
    assert [line.split() for line in lines] == [tidy(segment.text).split() for segment in with_text]
    table = io.StringIO(write_transcript(segments, "tsv"), newline="\n")
    rows = list(csv.reader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert rows[0] == ["start", "end", "text"]
    assert [(int(start), int(end)) for start, end, _ in rows[1:]] == [
        (round(segment.start_s * 1000), round(segment.end_s * 1000)) for segment in with_text
    ]


def test_txt_as_written():
    assert write_transcript(SEGMENTS, "txt") == "Hello there,\nworld.\nA tab & <b>more</b>\n"


def test_tsv_as_written():
    assert write_transcript(SEGMENTS, "tsv") == (
        "start\tend\ttext\n500\t2000\tHello there,\n2000\t3250\tworld.\n6000\t7000\tA tab & <b>more</b>\n"
    )


def test_srt_as_written():
    assert write_transcript(SEGMENTS, "srt") == (
        "1\n00:00:00,500 --> 00:00:03,250\nHello there, world.\n"
        "\n2\n00:00:06,000 --> 00:00:07,000\nA tab & <\u2060b>more<\u2060/b>\n"
    )


def test_vtt_and_ass_headers():
    assert write_transcript(SEGMENTS, "vtt").startswith(
        "WEBVTT\n\n1\n00:00:00.500 --> 00:00:03.250\nHello there, world.\n"
    )
    assert write_transcript(SEGMENTS, "ass").splitlines()[0] == "[Script Info]"


def test_json_as_written():
    document = json.loads(write_transcript(SEGMENTS, "json"))
    assert list(document) == ["segments", "text", "language", "version"]
    assert (document["version"], document["language"]) == (1, "en")
    assert document["text"] == "Hello there, world. A tab & <b>more</b>"
    assert document["segments"][0] == {
        "start_s": 0.5,
        "end_s": 2.0,
        "text": " Hello there,",
        "language": "en",
        "words": [
            {"start_s": 0.5, "end_s": 1.0, "text": " Hello", "probability": 0.9877},
            {"start_s": 1.0, "end_s": 2.0, "text": " there,", "probability": 0.5},
        ],
    }
    assert document["segments"][1]["words"] == [
        {"start_s": 2.123, "end_s": 3.25, "text": " world.", "probability": None}
    ]


def test_words_of_a_corrected_segment_are_corrected():
    words = (Word("their", 0.0, 0.5, probability=0.4), Word("ship", 0.5, 1.0, probability=0.9))
    segment = TranscriptSegment(start_s=0.0, end_s=1.0, text="There, ship!", words=words)
    (written,) = json.loads(write_transcript([segment], "json"))["segments"]
    assert written["words"] == [
        {"start_s": 0.0, "end_s": 0.5, "text": "There,", "probability": None},
        {"start_s": 0.5, "end_s": 1.0, "text": "ship!", "probability": 0.9},
    ]


def test_a_corrected_transcript_keeps_its_times():
    (first, *others) = read_transcript(write_transcript(SEGMENTS, "json"))
    corrected = TranscriptSegment(start_s=first.start_s, end_s=first.end_s, text="Hullo there:", words=first.words)
    cues = lay_out([corrected, *others], LayoutRules())
    assert (cues[0].text, cues[0].start_s, cues[0].end_s) == ("Hullo there: world.", Fraction(1, 2), Fraction(13, 4))


def test_rules_follow_the_language():
    text = "今天我们来谈谈语音识别和它的用处以及它的历史"
    segments = [TranscriptSegment(start_s=0.0, end_s=5.0, text=text, language="zh")]
    assert write_transcript(segments, "srt") == write_transcript(segments, "srt", layout_rules("streaming", "zh"))
    assert write_transcript(segments, "srt") != write_transcript(segments, "srt", layout_rules("streaming"))


def test_an_empty_transcript():
    assert {kind: write_transcript([], kind) for kind in TRANSCRIPT_FORMATS if kind not in {"ass", "json"}} == {
        "srt": "",
        "vtt": "WEBVTT\n",
        "txt": "",
        "tsv": "start\tend\ttext\n",
    }
    assert read_transcript(write_transcript([], "json")) == []


def test_unknown_format():
    with pytest.raises(ValueError, match="format 'docx'; must be one of srt, vtt, ass, txt, tsv, json"):
        write_transcript(SEGMENTS, "docx")


@pytest.mark.parametrize("kind", TRANSCRIPT_FORMATS)
def test_times_must_be_finite(kind):
    with pytest.raises(ValueError, match=r"segment 0 \('x'\) runs from"):
        write_transcript([TranscriptSegment(start_s=0.0, end_s=float("nan"), text="x")], kind)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"segments": [{"start_s": "0"}]}',
        '{"segments": [], "version": 2}',
        '{"segments": [], "more": 1}',
        b"\xff",
    ],
)
def test_invalid_transcripts(text):
    with pytest.raises(SubtitleError, match=r"not a Voxweft transcript in JSON|unsupported transcript version 2"):
        read_transcript(text)


def test_a_word_of_zero_length_is_shown():
    segment = TranscriptSegment(start_s=1.0, end_s=1.0, text="Oh", words=(Word("Oh", 1.0, 1.0),))
    assert write_transcript([segment], "srt", layout_rules("dubbing")) == "1\n00:00:01,000 --> 00:00:01,001\nOh\n"
