"""Speak the text of a Speak node, and regenerate single segments of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from ...jobs.levels.leveling import Level
from ...jobs.requests.speak import SpeakRequest
from ...jobs.speak import SpeakReport
from ...jobs.speak.pauses import Pauses
from ...jobs.voices import Cast, Speaker
from ...media.subtitles.presets import layout_rules
from ...media.subtitles.transcript import TranscriptSegment
from ...media.subtitles.transcript_formats import write_transcript
from ...utils.streaming.runtime import shared_runtime
from ..comfy.audio import HostAudio
from ..comfy.run import run_on_host, to_json
from ..common.resolve import make_lexicon
from ..common.values import LexiconValue

_MAX_NUMBER = 100_000


class SpeakInputs(msgspec.Struct, frozen=True, kw_only=True):
    """The inputs of a Speak node. They determine its speech completely, so that segments can be regenerated.

    `seeds` maps the numbers of regenerated segments, counted from 1, to their seeds.
    """

    text: str
    speaker: Speaker
    workers: int = 1
    seeds: dict[int, int] = {}
    cast: Cast | None = None
    markup: bool | None = None
    lexicon: LexiconValue | None = None
    level: Level = None
    normalize: bool = True
    name_emoji: bool = False
    pause_scale: float = 1.0


class SpeakResult(NamedTuple):
    """The outputs of a node that speaks a text, and its UI output."""

    outputs: tuple[HostAudio, str, str, str]
    ui: dict[str, Any]


def run_speak(inputs: SpeakInputs, *, node_id: str | None) -> SpeakResult:
    """Speak a text. ValueError for the seed of a segment that does not exist, or of an engine that has no seed."""
    runtime = shared_runtime()
    request = SpeakRequest(
        text=inputs.text,
        speaker=inputs.speaker,
        workers=inputs.workers,
        cast=inputs.cast,
        markup=inputs.markup,
        lexicon=make_lexicon(inputs.lexicon),
        seeds={number - 1: seed for number, seed in inputs.seeds.items()},
        level=inputs.level,
        normalize=inputs.normalize,
        name_emoji=inputs.name_emoji,
        pauses=Pauses(scale=inputs.pause_scale),
    )
    job = request.job(runtime)
    for number in inputs.seeds:
        if not 1 <= number <= len(job.segments):
            raise ValueError(f"'segments' has {number}, but the text has {len(job.segments)} segments")
        spec = runtime.registry.get(job.segments[number - 1].engine)
        if not spec.can("seed"):
            raise ValueError(f"engine '{spec.name}' has no seed; segment {number} cannot be regenerated")
    result = run_on_host(job, runtime, request.options, node_id=node_id)
    report = job.report()
    subtitles = speech_subtitles(report, inputs.speaker.language)
    return SpeakResult((result.audio, to_json(report), subtitles, speech_info(inputs, report)), result.ui)


def speech_subtitles(report: SpeakReport, language: str | None = None) -> str:
    """Return the spoken text as SRT, laid out by the preset `streaming`."""
    segments = [
        TranscriptSegment(
            start_s=segment.start_s,
            end_s=segment.end_s,
            text=segment.written or segment.text,
            language=segment.language or language,
        )
        for segment in report.segments
        if segment.end_sample > segment.start_sample and segment.text
    ]
    return write_transcript(segments, "srt", layout_rules(language=language))


def speech_info(inputs: SpeakInputs, report: SpeakReport) -> str:
    """Return JSON: engine, voice and settings, duration, cache hits, and the inputs themselves."""
    speaker = inputs.speaker
    info = {
        "engine": speaker.engine,
        "model": speaker.model,
        "voice": speaker.voice_text,
        "language": speaker.language,
        "speed": speaker.speed,
        "seed": speaker.seed,
        "params": speaker.params,
        "sample_rate": report.sample_rate,
        "duration_s": report.duration_s,
        "segments": len(report.segments),
        "speakers": sorted({segment.speaker for segment in report.segments if segment.speaker}),
        "notes": script_notes(report),
        "voice_notes": report.voice_notes,
        "levels": report.levels,
        "cached": sum(segment.cached for segment in report.segments),
        "inputs": inputs,
    }
    return msgspec.json.encode(info).decode()


def script_notes(report: SpeakReport) -> list[str]:
    """Return the notes of a script: tags read as text, and requests that an engine does not support."""
    return [*report.notes, *dict.fromkeys(note for segment in report.segments for note in segment.notes)]


class _Info(msgspec.Struct, frozen=True):
    inputs: SpeakInputs


def read_inputs(info: str) -> SpeakInputs:
    """Return the inputs in the output of `speech_info`. ValueError for any other text."""
    try:
        return msgspec.json.decode(info, type=_Info).inputs
    except msgspec.DecodeError as error:
        raise ValueError(f"'info' is not the 'info' output of a Speak node: {error}") from error


def segment_numbers(text: str, widget: str = "segments") -> list[int]:
    """Return the numbers in a text such as `2, 5-7`. ValueError, naming the widget, for anything else."""
    numbers: list[int] = []
    for part in text.replace(",", " ").split():
        first, _, last = part.partition("-")
        if not (first.isdecimal() and (last or first).isdecimal()) or part.endswith("-"):
            raise ValueError(f"'{widget}' has {part!r}; expected numbers and ranges such as 2, 5-7")
        start, end = int(first), int(last or first)
        if not 1 <= start <= end <= _MAX_NUMBER:
            raise ValueError(
                f"'{widget}' has {part!r}; numbers go from 1 to {_MAX_NUMBER}, and a range from low to high"
            )
        numbers += range(start, end + 1)
    return numbers
