"""A transcript as a file: subtitles, plain text, a table, or all of it as JSON."""

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
"""What a transcript can be written as."""
_VERSION = 1


class _JsonWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    start_s: float
    end_s: float
    text: str
    probability: float | None = None


class _JsonPiece(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    start_s: float
    end_s: float
    text: str
    language: str | None = None
    words: tuple[_JsonWord, ...] = ()


class _JsonTranscript(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pieces: tuple[_JsonPiece, ...]
    text: str = ""
    language: str | None = None
    version: int = _VERSION


def write_transcript(
    pieces: Sequence[TranscriptSegment],
    format: str,  # noqa: A002
    rules: LayoutRules | None = None,
) -> str:
    r"""Return a transcript as a file's text, lines ending in `\n`.

    - `srt`, `vtt`, `ass`: laid out by `rules` (None: the preset `streaming` for the transcript's language).
    - `txt`: a line a piece. `tsv`: a header, then start and end in milliseconds and the text, a line a piece, as
      Whisper writes it. Both leave out pieces without text.
    - `json`: pieces and words with their times in seconds, to the millisecond; `read_transcript` reads it.

    ValueError for another format and for times that aren't numbers; SubtitleError for what a format can't hold.
    """
    if format not in TRANSCRIPT_FORMATS:
        raise ValueError(f"transcript format {format!r} is not one of {', '.join(TRANSCRIPT_FORMATS)}")
    for at, piece in enumerate(pieces):
        if not (isfinite(piece.start_s) and isfinite(piece.end_s)):
            raise ValueError(f"piece {at} ({piece.text!r}) runs from {piece.start_s} s to {piece.end_s} s")
    if format in TICK_MS:
        language = next((piece.language for piece in pieces if piece.language), None)
        return write_subtitles(lay_out(pieces, rules or layout_rules(language=language)), format)
    if format == "json":
        return _json(pieces)
    rows = [(piece.start_s, piece.end_s, text) for piece in pieces if (text := _one_line(piece.text))]
    if format == "tsv":
        lines = [f"{round(start_s * 1000)}\t{round(end_s * 1000)}\t{text}\n" for start_s, end_s, text in rows]
        return "".join(["start\tend\ttext\n", *lines])
    return "".join(f"{text}\n" for _, _, text in rows)


def read_transcript(text: str | bytes) -> list[TranscriptSegment]:
    """Return the pieces of a transcript that was written as `json`; SubtitleError says where it isn't one."""
    try:
        transcript = msgspec.json.decode(text, type=_JsonTranscript)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SubtitleError(f"this is no transcript as Voxweft writes it: {error}") from error
    if transcript.version != _VERSION:
        raise SubtitleError(f"a transcript of version {transcript.version}; this Voxweft reads version {_VERSION}")
    return [
        TranscriptSegment(
            start_s=piece.start_s,
            end_s=piece.end_s,
            text=piece.text,
            language=piece.language,
            words=tuple(
                Word(word.text, word.start_s, word.end_s, probability=word.probability) for word in piece.words
            ),
        )
        for piece in transcript.pieces
    ]


def _one_line(text: str) -> str:
    return " ".join(tidy(text).split())


def _json(pieces: Sequence[TranscriptSegment]) -> str:
    languages = {piece.language for piece in pieces}
    transcript = _JsonTranscript(
        pieces=tuple(
            _JsonPiece(
                start_s=_rounded(piece.start_s),
                end_s=_rounded(piece.end_s),
                text=piece.text,
                language=piece.language,
                words=tuple(_json_word(word) for word in piece.timed_words()),
            )
            for piece in pieces
        ),
        text=" ".join(text for piece in pieces if (text := _one_line(piece.text))),
        language=languages.pop() if len(languages) == 1 else None,
    )
    return msgspec.json.format(msgspec.json.encode(transcript), indent=2).decode() + "\n"


def _json_word(word: Word) -> _JsonWord:
    probability = None if word.probability is None else round(word.probability, 4)
    return _JsonWord(_rounded(word.start_s), _rounded(word.end_s), word.text, probability)


def _rounded(time_s: float) -> float:
    return round(float(time_s), 3)
