"""Write transcripts as subtitles, plain text, TSV or JSON, and read them from JSON."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import msgspec

from ...utils.streaming.contract.events import Word
from ..errors import SubtitleError
from .layout import LayoutRules, lay_out
from .markup import tidy
from .presets import layout_rules
from .transcript import TranscriptSegment
from .write import TICK_MS, write_subtitles

TRANSCRIPT_FORMATS = (*TICK_MS, "txt", "tsv", "json")
"""The formats of a transcript."""
_VERSION = 1


class _JsonWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    start_s: float
    end_s: float
    text: str
    probability: float | None = None


class _JsonSegment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    start_s: float
    end_s: float
    text: str
    language: str | None = None
    words: tuple[_JsonWord, ...] = ()


class _JsonTranscript(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    segments: tuple[_JsonSegment, ...]
    text: str = ""
    language: str | None = None
    version: int = _VERSION


def write_transcript(
    segments: Sequence[TranscriptSegment],
    format: str,  # noqa: A002
    rules: LayoutRules | None = None,
) -> str:
    r"""Return the text of a transcript file, with `\n` line ends.

    - `srt`, `vtt`, `ass`: laid out by `rules` (None: the preset `streaming` for the transcript's language).
    - `txt`: one line per segment. `tsv`: a header, then one line per segment with start and end in milliseconds and the
      text, as written by Whisper. Both skip segments without text.
    - `json`: segments and words with times in seconds, rounded to milliseconds. `read_transcript` reads it.

    Raises:
        ValueError: Unknown format, or a time that isn't finite.
        SubtitleError: The format can't store the transcript.
    """
    if format not in TRANSCRIPT_FORMATS:
        raise ValueError(f"unknown transcript format {format!r}; must be one of {', '.join(TRANSCRIPT_FORMATS)}")
    for at, segment in enumerate(segments):
        if not (isfinite(segment.start_s) and isfinite(segment.end_s)):
            raise ValueError(f"segment {at} ({segment.text!r}) runs from {segment.start_s} s to {segment.end_s} s")
    if format in TICK_MS:
        language = next((segment.language for segment in segments if segment.language), None)
        return write_subtitles(lay_out(segments, rules or layout_rules(language=language)), format)
    if format == "json":
        return _json(segments)
    rows = [(segment.start_s, segment.end_s, text) for segment in segments if (text := _one_line(segment.text))]
    if format == "tsv":
        lines = [f"{round(start_s * 1000)}\t{round(end_s * 1000)}\t{text}\n" for start_s, end_s, text in rows]
        return "".join(["start\tend\ttext\n", *lines])
    return "".join(f"{text}\n" for _, _, text in rows)


def read_transcript(text: str | bytes) -> list[TranscriptSegment]:
    """Return the segments of a transcript written as `json`. SubtitleError names the mistake."""
    try:
        transcript = msgspec.json.decode(text, type=_JsonTranscript)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SubtitleError(f"not a Voxweft transcript in JSON: {error}") from error
    if transcript.version != _VERSION:
        raise SubtitleError(f"unsupported transcript version {transcript.version}; must be {_VERSION}")
    return [
        TranscriptSegment(
            start_s=segment.start_s,
            end_s=segment.end_s,
            text=segment.text,
            language=segment.language,
            words=tuple(
                Word(word.text, word.start_s, word.end_s, probability=word.probability) for word in segment.words
            ),
        )
        for segment in transcript.segments
    ]


def _one_line(text: str) -> str:
    return " ".join(tidy(text).split())


def _json(segments: Sequence[TranscriptSegment]) -> str:
    languages = {segment.language for segment in segments}
    transcript = _JsonTranscript(
        segments=tuple(
            _JsonSegment(
                start_s=_rounded(segment.start_s),
                end_s=_rounded(segment.end_s),
                text=segment.text,
                language=segment.language,
                words=tuple(_json_word(word) for word in segment.timed_words()),
            )
            for segment in segments
        ),
        text=" ".join(text for segment in segments if (text := _one_line(segment.text))),
        language=languages.pop() if len(languages) == 1 else None,
    )
    return msgspec.json.format(msgspec.json.encode(transcript), indent=2).decode() + "\n"


def _json_word(word: Word) -> _JsonWord:
    probability = None if word.probability is None else round(word.probability, 4)
    return _JsonWord(_rounded(word.start_s), _rounded(word.end_s), word.text, probability)


def _rounded(time_s: float) -> float:
    return round(float(time_s), 3)
