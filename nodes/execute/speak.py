"""Texts spoken by nodes: what they are made of, so that parts of one can be made anew, and what is told about them."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from ...jobs.speak import SpeakReport, speak
from ...jobs.voices import Cast, Speaker
from ...media.subtitles.presets import layout_rules
from ...media.subtitles.transcript import TranscriptPiece
from ...media.subtitles.transcript_formats import write_transcript
from ...utils.streaming.contract.voice_syntax import voice_text
from ...utils.streaming.runtime import shared_runtime
from ..comfy.audio import HostAudio
from ..comfy.run import run_on_host, to_json
from ..common.resolve import make_lexicon
from ..common.values import LexiconValue

_MOST_NUMBERS = 100_000


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """All that a text's speech follows from. `seeds` are the segments', counted from 1, that have one of their own."""

    text: str
    speaker: Speaker
    workers: int = 1
    seeds: dict[int, int] = {}
    cast: Cast | None = None
    markup: bool | None = None
    lexicon: LexiconValue | None = None


class Spoken(NamedTuple):
    """A spoken text: the node's outputs, and what the browser is shown."""

    outputs: tuple[HostAudio, str, str, str]
    ui: dict[str, Any]


def speak_recipe(recipe: Recipe, *, node_id: str | None) -> Spoken:
    """Speak a text. ValueError for seeds of segments that there aren't, or of an engine without any chance in it."""
    runtime = shared_runtime()
    job = speak(
        recipe.text,
        recipe.speaker,
        runtime.registry,
        cast=recipe.cast,
        markup=recipe.markup,
        lexicon=make_lexicon(recipe.lexicon),
        seeds={number - 1: seed for number, seed in recipe.seeds.items()},
    )
    for number in recipe.seeds:
        if not 1 <= number <= len(job.segments):
            raise ValueError(f"'numbers' names segment {number}; there are {len(job.segments)}, counted from 1")
        spec = runtime.registry.get(job.segments[number - 1].engine)
        if not spec.can("seed"):
            raise ValueError(
                f"engine '{spec.name}', which says segment {number}, says the same each time: there is no other take "
                "to be had of it"
            )
    ran = run_on_host(job, runtime, node_id=node_id, workers=recipe.workers)
    report = job.report()
    told = spoken_subtitles(report, recipe.speaker.language)
    return Spoken((ran.audio, to_json(report), told, spoken_info(recipe, report)), ran.ui)


def spoken_subtitles(report: SpeakReport, language: str | None = None) -> str:
    """Return SRT of what was spoken: each sentence cut into cues as the preset `streaming` has it."""
    pieces = [
        TranscriptPiece(start_s=piece.start_s, end_s=piece.end_s, text=piece.text, language=piece.language or language)
        for piece in report.pieces
        if piece.end_sample > piece.start_sample
    ]
    return write_transcript(pieces, "srt", layout_rules(language=language))


def spoken_info(recipe: Recipe, report: SpeakReport) -> str:
    """Return JSON: who spoke and how, how much of it there was to do, and the recipe."""
    speaker = recipe.speaker
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
        "speakers": sorted({piece.speaker for piece in report.pieces if piece.speaker}),
        "notes": script_notes(report),
        "cached": sum(piece.cached for piece in report.pieces),
        "recipe": recipe,
    }
    return msgspec.json.encode(told).decode()


def script_notes(report: SpeakReport) -> list[str]:
    """Return what of a script was left as text, or wasn't done as it asks."""
    return [*report.notes, *dict.fromkeys(note for piece in report.pieces for note in piece.notes)]


class _Info(msgspec.Struct, frozen=True):
    recipe: Recipe


def read_recipe(info: str) -> Recipe:
    """Return the recipe in what `spoken_info` wrote. ValueError if it isn't that."""
    try:
        return msgspec.json.decode(info, type=_Info).recipe
    except msgspec.DecodeError as error:
        raise ValueError(f"'info' isn't what Speak says of itself: {error}") from error


def segment_numbers(text: str, widget: str = "numbers") -> list[int]:
    """Return the numbers that a text such as `2, 5-7` names. ValueError, naming the widget, for anything else."""
    numbers: list[int] = []
    for part in text.replace(",", " ").split():
        first, _, last = part.partition("-")
        if not (first.isdecimal() and (last or first).isdecimal()) or part.endswith("-"):
            raise ValueError(f"'{widget}' holds {part!r}; expected numbers and ranges, such as 2, 5-7")
        start, end = int(first), int(last or first)
        if not 1 <= start <= end <= _MOST_NUMBERS:
            raise ValueError(f"'{widget}' holds {part!r}; numbers count from 1, and a range rises")
        numbers += range(start, end + 1)
    return numbers
