"""What a node tells about speech beside the audio: subtitles, and who spoke."""

from __future__ import annotations

import msgspec

from ..jobs import Speaker, SpeakReport
from ..utils.subtitles.presets import layout_rules
from ..utils.subtitles.transcript import TranscriptPiece
from ..utils.subtitles.transcript_formats import write_transcript
from ..utils.text.voice_mix import voice_text


def spoken_subtitles(report: SpeakReport, language: str | None = None) -> str:
    """Return SRT of what was spoken: each sentence cut into cues as the preset `streaming` has it."""
    pieces = [
        TranscriptPiece(start_s=piece.start_s, end_s=piece.end_s, text=piece.text, language=language)
        for piece in report.pieces
        if piece.end_sample > piece.start_sample
    ]
    return write_transcript(pieces, "srt", layout_rules(language=language))


def spoken_info(speaker: Speaker, report: SpeakReport) -> str:
    """Return JSON: who spoke and how, and how much of it there was to do."""
    told = {
        "engine": speaker.engine,
        "model": speaker.model,
        "voice": voice_text(speaker.voice) if speaker.voice is not None else "",
        "language": speaker.language,
        "speed": speaker.speed,
        "seed": speaker.seed,
        "params": speaker.params,
        "sample_rate": report.sample_rate,
        "duration_s": report.duration_s,
        "segments": len(report.pieces),
        "cached": sum(piece.cached for piece in report.pieces),
    }
    return msgspec.json.encode(told).decode()
