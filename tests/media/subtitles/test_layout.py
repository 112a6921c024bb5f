"""Layout: invariants for any transcript, and the cues of each preset for real sentences."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from voxweft.media.subtitles.cue import TimedText
from voxweft.media.subtitles.layout import LayoutRules, lay_out
from voxweft.media.subtitles.phrase_grouping import Unit, count_chars, transcript_units
from voxweft.media.subtitles.presets import PRESETS, layout_rules
from voxweft.media.subtitles.transcript import TranscriptSegment
from voxweft.utils.streaming.contract.events import Word

ENGLISH = st.sampled_from(
    [
        *["a", "of", "the", "cat", "Mr.", "sat", "down,", "well-known", "Yes.", "No!", "extraordinarily"],
        *["x" * 60, "3.14", "–", "“quoted”", "(so)"],
    ]
)
CHINESE = st.sampled_from(["今天", "我", "们来", "谈。", "语音，", "识别", "iPhone", "「好」", "ー", "น้ำ", "เก"])
ARABIC = st.sampled_from(["مرحبا", "بالعالم،", "كيف", "الحال؟", "שלום", "123"])
DURATIONS = st.sampled_from([0.0, 0.05, 0.2, 0.3, 0.5, 1.0, 9.0])
SILENCES = st.sampled_from([0.0, 0.0, 0.0, 0.04, 0.3, 1.0, 3.0])


@st.composite
def transcripts(draw) -> list[TranscriptSegment]:
    texts, glue = draw(st.sampled_from([(ENGLISH, " "), (CHINESE, ""), (ARABIC, " ")]))
    at_s, segments = draw(SILENCES), []
    for _ in range(draw(st.integers(0, 4))):
        words = []
        for text in draw(st.lists(texts, min_size=1, max_size=12)):
            start_s = at_s + draw(SILENCES)
            at_s = start_s + draw(DURATIONS)
            words.append(Word(text, start_s, at_s))
        segments.append(
            TranscriptSegment(
                start_s=words[0].start_s,
                end_s=at_s,
                text=glue.join(word.text for word in words),
                words=tuple(words) if draw(st.integers(0, 3)) else (),
            )
        )
    return segments


@st.composite
def rule_sets(draw) -> LayoutRules:
    if draw(st.booleans()):
        return PRESETS[draw(st.sampled_from(sorted(PRESETS)))]
    shortest_s = draw(st.sampled_from([0.0, 0.5, 5 / 6, 2.0]))
    return LayoutRules(
        line_chars=draw(st.sampled_from([0, 1, 8, 16, 42])),
        lines=draw(st.integers(1, 3)),
        words=draw(st.sampled_from([0, 0, 1, 3])),
        chars_per_s=draw(st.sampled_from([0.0, 4.0, 17.0])),
        shortest_s=shortest_s,
        longest_s=shortest_s + draw(st.sampled_from([0.1, 1.0, 6.0])),
        gap_s=draw(st.sampled_from([0.0, 1 / 12, 0.5])),
        pause_s=draw(st.sampled_from([0.0, 0.5, 1.5])),
        sentences=draw(st.booleans()),
    )


def without_spaces(text: str) -> str:
    return "".join(text.split())


@dataclass
class Laid:
    cue: TimedText
    units: list[Unit]
    following_s: Fraction | float


def laid(segments: list[TranscriptSegment], rules: LayoutRules) -> list[Laid]:
    """Return the cues with their units, matched by counting characters."""
    cues, units = lay_out(segments, rules), transcript_units(segments)
    result = []
    for at, cue in enumerate(cues):
        own = []
        while len(without_spaces("".join(unit.text for unit in own))) < len(without_spaces(cue.text)):
            own.append(units.pop(0))
        result.append(Laid(cue, own, cues[at + 1].start_s if at + 1 < len(cues) else float("inf")))
    assert not units
    return result


@given(transcripts(), rule_sets())
def test_no_word_is_lost_or_moved(segments, rules):
    cues = lay_out(segments, rules)
    assert without_spaces("".join(cue.text for cue in cues)) == without_spaces(
        "".join(segment.text for segment in segments)
    )
    spoken = [cue.text.replace("\n", " ") for cue in cues]
    if all(segment.text.isascii() for segment in segments):
        assert " ".join(spoken).split() == " ".join(segment.text for segment in segments).split()


@given(transcripts(), rule_sets())
def test_cues_do_not_overlap(segments, rules):
    cues = lay_out(segments, rules)
    assert all(0 <= cue.start_s <= cue.end_s for cue in cues)
    assert all(before.end_s <= after.start_s for before, after in pairwise(cues))


@given(transcripts(), rule_sets())
def test_the_maximum_of_lines_is_kept(segments, rules):
    for item in laid(segments, rules):
        lines = item.cue.text.split("\n")
        assert len(lines) <= (rules.lines if rules.line_chars else 1)
        assert not rules.words or len(item.units) <= rules.words
        alone = {unit.text for unit in item.units}
        for line in lines:
            assert line == line.strip()
            assert not rules.line_chars or count_chars(line) <= rules.line_chars or line in alone


@given(transcripts(), rule_sets())
def test_cue_durations_stay_within_the_rules(segments, rules):
    for item in laid(segments, rules):
        length_s = item.cue.end_s - item.cue.start_s
        n_chars = sum(unit.n_chars + (unit.spaced and at > 0) for at, unit in enumerate(item.units))
        read_s = n_chars / rules.chars_per_s if rules.chars_per_s else 0.0
        assert float(length_s * 1000) <= rules.longest_s * 1000 + 1e-6
        boxed_in = item.cue.end_s == item.following_s
        # Half a millisecond of rounding at each end.
        assert boxed_in or length_s >= Fraction(rules.shortest_s) - Fraction(1, 1000)
        assert boxed_in or length_s >= Fraction(min(read_s, rules.longest_s)) - Fraction(1, 1000)
        if float(item.following_s - item.cue.end_s) < rules.gap_s - 1e-6:
            # No gap only if the reading time is too short.
            assert length_s * 1000 <= max(1, ceil(max(rules.shortest_s, read_s) * 1000))


@given(transcripts(), rule_sets())
def test_a_cue_is_shown_while_its_words_are_spoken(segments, rules):
    for item in laid(segments, rules):
        first, last = item.units[0], item.units[-1]
        assert item.cue.start_s * 1000 >= first.start_ms
        cut_s = min(item.following_s, item.cue.start_s + Fraction(rules.longest_s))
        assert item.cue.end_s + Fraction(rules.gap_s) + Fraction(2, 1000) >= min(Fraction(last.end_ms, 1000), cut_s)


@given(transcripts(), rule_sets())
def test_silences_and_sentences_separate_cues(segments, rules):
    for item in laid(segments, rules):
        for before, after in pairwise(item.units):
            assert not rules.pause_s or after.start_ms - before.end_ms < rules.pause_s * 1000
            assert not (rules.sentences and before.is_sentence_end)


@given(transcripts(), rule_sets())
def test_short_cues_are_merged_if_possible(segments, rules):
    items = laid(segments, rules)
    for before, after in pairwise(items):
        free_s = after.units[0].start_ms / 1000 - before.units[0].start_ms / 1000
        if free_s >= rules.shortest_s - 1e-9:
            continue
        joined = [*before.units, *after.units]
        n_lines, filled = 0, rules.line_chars
        for unit in joined:
            width = filled + unit.spaced + unit.n_chars
            n_lines, filled = (n_lines, width) if n_lines and width <= rules.line_chars else (n_lines + 1, unit.n_chars)
        forced = (
            (rules.line_chars and n_lines > rules.lines)
            or (rules.words and len(joined) > rules.words)
            or joined[-1].end_ms - joined[0].start_ms > rules.longest_s * 1000
            or 0 < rules.pause_s * 1000 <= after.units[0].start_ms - before.units[-1].end_ms
            or (rules.sentences and before.units[-1].is_sentence_end)
        )
        assert forced


def spoken(text: str, chars_per_s: float = 14.0, pauses: dict[str, float] | None = None) -> list[TranscriptSegment]:
    """Return a segment spoken at an even speed, with silences after some words."""
    at_s, words = 0.0, []
    for word in text.split():
        end_s = at_s + (len(word) + 1) / chars_per_s
        words.append(Word(word, at_s, end_s))
        at_s = end_s + (pauses or {}).get(word, 0.0)
    return [TranscriptSegment(start_s=0.0, end_s=at_s, text=text, words=tuple(words))]


STORY = (
    "The harbour was quiet that morning, and nobody had seen the boat leave. "
    "When the fog lifted at last, an old man stood on the pier with a letter in his hand. "
    "He said nothing."
)


def test_streaming():
    cues = lay_out(spoken(STORY), layout_rules("streaming", "en"))
    assert [cue.text for cue in cues] == [
        "The harbour was quiet that morning,\nand nobody had seen the boat leave.",
        "When the fog lifted at last,",
        "an old man stood on the pier\nwith a letter in his hand.",
        "He said nothing.",
    ]


def test_short_form():
    cues = lay_out(spoken(STORY), layout_rules("short-form", "en"))
    assert all("\n" not in cue.text and len(cue.text.split()) <= 4 for cue in cues)
    assert cues[0].text == "The harbour was quiet"


def test_dubbing_has_one_cue_per_sentence():
    segments = spoken(STORY, pauses={"leave.": 0.4, "last,": 0.8})
    cues = lay_out(segments, layout_rules("dubbing"))
    assert [cue.text for cue in cues] == [
        "The harbour was quiet that morning, and nobody had seen the boat leave.",
        "When the fog lifted at last,",
        "an old man stood on the pier with a letter in his hand.",
        "He said nothing.",
    ]
    ends = {word.text: word for word in segments[0].words}
    assert cues[0].end_s == Fraction(round(ends["leave."].end_s * 1000), 1000)
    assert cues[1].start_s == Fraction(round(ends["When"].start_s * 1000), 1000)


def test_a_line_does_not_end_with_an_article():
    text = "Somebody had already opened the old door of the house"
    (cue,) = lay_out(spoken(text), LayoutRules(line_chars=32))
    assert cue.text == "Somebody had already opened\nthe old door of the house"


def test_a_short_answer_is_shown_while_time_is_left():
    segments = [
        TranscriptSegment(start_s=1.0, end_s=1.2, text="Yes.", words=(Word("Yes.", 1.0, 1.2),)),
        TranscriptSegment(start_s=4.0, end_s=5.5, text="I know.", words=(Word("I", 4.0, 4.2), Word("know.", 4.2, 5.5))),
    ]
    first, second = lay_out(segments, LayoutRules())
    assert (first.start_s, first.end_s) == (1, Fraction(834, 1000) + 1)
    assert (second.start_s, second.end_s) == (4, Fraction(11, 2))


def test_a_word_longer_than_a_cue_is_cut_off_in_time():
    (cue,) = lay_out([TranscriptSegment(start_s=0, end_s=60, text="Hm", words=(Word("Hm", 2, 60),))], LayoutRules())
    assert (cue.start_s, cue.end_s) == (2, 9)


def test_chinese_and_thai_break_between_characters():
    text = "今天我们来谈谈语音识别，它把声音变成文字。这个系统可以处理很长的录音文件。"
    cues = lay_out([TranscriptSegment(start_s=0, end_s=9, text=text)], layout_rules("streaming", "zh-CN"))
    assert cues[0].text == "今天我们来谈谈语音识别，\n它把声音变成文字。"
    assert all(len(line) <= 16 for cue in cues for line in cue.text.split("\n"))
    thai = "เราจะพูดถึงการรู้จำเสียงพูดซึ่งเปลี่ยนเสียงเป็นข้อความได้อย่างรวดเร็วและแม่นยำมากในทุกภาษา"
    cues = lay_out([TranscriptSegment(start_s=0, end_s=9, text=thai)], LayoutRules(line_chars=10))
    lines = [line for cue in cues for line in cue.text.split("\n")]
    assert "".join(lines) == thai
    assert all(count_chars(line) <= 10 and line[-1] not in "เแโใไ" and line[0] not in "ะาำๆ" for line in lines)


def test_characters_that_no_line_may_start_or_end_with():
    segments = [TranscriptSegment(start_s=0, end_s=9, text="เกมน้ำจะๆ キャッ「行く」。「")]
    assert [unit.text for unit in transcript_units(segments)] == [
        "เก",
        "ม",
        "น้ำ",
        "จะๆ",
        "キャッ",
        "「行",
        "く」。",
        "「",
    ]


def test_right_to_left_text_is_unchanged():
    text = "مرحبا بالعالم، كيف الحال اليوم؟ אני כאן"
    cues = lay_out(spoken(text), LayoutRules(line_chars=100))
    assert " ".join(cue.text for cue in cues) == text


def test_french_marks_stay_with_their_word():
    cues = lay_out(spoken("Tu viens avec nous ce soir ? – Oui !"), LayoutRules(line_chars=9, lines=1))
    assert not [cue.text for cue in cues if cue.text[0] in "?!"]
    assert [cue.text for cue in cues][-1] == "– Oui !"


def test_a_segment_without_words_shares_its_time_by_length():
    segments = [TranscriptSegment(start_s=10, end_s=20, text="12345 7890")]
    first, second = transcript_units(segments)
    assert (first.start_ms, first.end_ms) == (10_000, round(10_000 + 10_000 * 5 / 9))
    assert (second.start_ms, second.end_ms) == (first.end_ms, 20_000)


def test_a_corrected_text_uses_the_times_of_its_words():
    (segment,) = spoken("we wreck a nice beach today")
    (cue,) = lay_out([replace(segment, text="We recognize speech today!")], LayoutRules())
    assert cue.text == "We recognize speech today!"
    assert cue.end_s == Fraction(round(segment.words[-1].end_s * 1000), 1000)


def test_descending_word_times_lose_no_text():
    words = (Word("one", 5.0, 4.0), Word("two", 1.0, 1.5), Word("three", -2.0, 9.0))
    cues = lay_out([TranscriptSegment(start_s=0, end_s=9, text="one two three", words=words)], LayoutRules())
    assert " ".join(cue.text for cue in cues) == "one two three"


def test_words_at_one_time_share_the_time():
    words = tuple(Word(f"word{at}", 5.0, 5.0) for at in range(60))
    later = TranscriptSegment(start_s=9, end_s=10, text="end", words=(Word("end", 9.0, 10.0),))
    segments = [TranscriptSegment(start_s=5, end_s=5, text=" ".join(word.text for word in words), words=words), later]
    cues = lay_out(segments, LayoutRules())
    assert all(cue.end_s > cue.start_s for cue in cues)
    assert cues[-1].text.endswith("end")


def test_an_empty_transcript():
    assert lay_out([], LayoutRules()) == []
    assert lay_out([TranscriptSegment(start_s=0, end_s=1, text=" \n\x07 ")], LayoutRules()) == []


def test_times_must_be_finite():
    with pytest.raises(ValueError, match="nan"):
        lay_out([TranscriptSegment(start_s=float("nan"), end_s=1, text="x")], LayoutRules())


@pytest.mark.parametrize(
    "wrong",
    [
        {"lines": 0},
        {"line_chars": -1},
        {"words": -1},
        {"shortest_s": 3.0, "longest_s": 2.0},
        {"longest_s": 0.0, "shortest_s": 0.0},
        {"longest_s": float("inf")},
        {"gap_s": -0.1},
        {"chars_per_s": float("nan")},
    ],
)
def test_impossible_rules(wrong):
    with pytest.raises(ValueError):
        LayoutRules(**wrong)


def test_presets_by_language():
    assert layout_rules() is PRESETS["streaming"]
    assert layout_rules("streaming", "en-GB").chars_per_s == 20
    assert (layout_rules("broadcast", "ja").line_chars, layout_rules("broadcast", "ja").shortest_s) == (13, 1.0)
    assert layout_rules("short-form", "zh_TW").words == 0
    assert layout_rules("dubbing", "zh") is PRESETS["dubbing"]
    with pytest.raises(ValueError, match="streaming, broadcast, short-form, dubbing"):
        layout_rules("cinema")
