from __future__ import annotations

import pytest

from voxweft.media.subtitles.align import align_transcript
from voxweft.media.subtitles.transcript import TranscriptSegment
from voxweft.utils.streaming.contract.events import Word


def segment(start_s: float, text: str) -> TranscriptSegment:
    words = tuple(Word(word, start_s + at, start_s + at + 0.5) for at, word in enumerate(text.split()))
    return TranscriptSegment(start_s=start_s, end_s=words[-1].end_s, text=text, words=words, language="en")


TRANSCRIPT = [segment(0, "One two three."), segment(10, "Four five.")]


def test_one_line_per_segment_keeps_the_segments() -> None:
    first, second = align_transcript(TRANSCRIPT, "One too three.\n\n  Four   six.  ")
    assert (first.start_s, second.start_s) == (0, 10)
    assert (first.text, second.text) == ("One too three.", "Four six.")
    assert [word.text for word in second.words] == ["Four", "six."]
    assert [word.start_s for word in first.words] == [0, 1, 2]


def test_other_lines_make_other_segments() -> None:
    (whole,) = align_transcript(TRANSCRIPT, "One two three. Four five.")
    assert (whole.start_s, whole.end_s) == (0, 11.5)
    three = align_transcript(TRANSCRIPT, "One\ntwo three.\nFour five.")
    assert [segment.text for segment in three] == ["One", "two three.", "Four five."]
    assert [segment.start_s for segment in three] == [0, 1, 10]
    assert [len(segment.words) for segment in three] == [1, 2, 2]
    assert all(segment.language == "en" for segment in three)


def test_no_word_is_lost() -> None:
    text = "Something\nentirely other that\nwas never said\nin it."
    assert [segment.text for segment in align_transcript(TRANSCRIPT, text)] == text.splitlines()


def test_unalignable_texts_are_errors() -> None:
    with pytest.raises(ValueError, match="text to align is empty"):
        align_transcript(TRANSCRIPT, " \n ")
    with pytest.raises(ValueError, match="no words with times"):
        align_transcript([TranscriptSegment(start_s=0, end_s=1, text="Words.")], "Words.")
