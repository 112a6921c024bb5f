"""Speak a text or a script: sentence by sentence, with pauses between, each in its speaker's voice."""

from __future__ import annotations

from collections.abc import Mapping

from ..engines.registry import EngineRegistry
from ..utils.text.lexicon import Lexicon
from ..utils.text.script import read_script
from .cast import Cast
from .casting import cast_for
from .speaker import Speaker
from .speaking.job import EAGER_CHARS, SpeakJob
from .speaking.lines import PARAGRAPH_PAUSE_S, SENTENCE_PAUSE_S, Pauses, Readings, plain_lines, read_lines, script_lines
from .speaking.report import SpeakReport, SpokenPiece

__all__ = [
    "EAGER_CHARS",
    "PARAGRAPH_PAUSE_S",
    "SENTENCE_PAUSE_S",
    "Pauses",
    "SpeakJob",
    "SpeakReport",
    "SpokenPiece",
    "speak",
]


def speak(
    text: str,
    speaker: Speaker,
    registry: EngineRegistry,
    *,
    cast: Cast | None = None,
    markup: bool | None = None,
    sample_rate: int | None = None,
    pauses: Pauses | None = None,
    lexicon: Lexicon | None = None,
    numbers: bool | None = None,
    seeds: Mapping[int, int] | None = None,
) -> SpeakJob:
    """Return the job that speaks a text. ValueError for an empty one or what an engine can't do.

    `speaker` speaks what no member of the `cast` does, unless the cast has a narrator of its own. `markup` says
    whether the text is a script (docs/script.md), by default if there is a cast; otherwise every character is text.
    ScriptError, with line and column, for what is wrong in one: at once for a text of up to `EAGER_CHARS`, else when it
    comes to be spoken. `sample_rate` is the output's in Hz, the narrator's engine's own by default.

    `lexicon` says how words are to be spoken. `numbers` has dates, money and units put into words for engines that
    don't read them, by default in scripts. What neither touches has the same segments, and the same place in the cache,
    whether it is spoken as a script or not. `seeds` are those of single segments, by index, for other takes of them.
    """
    casting = cast_for(speaker, registry, cast)
    rate = sample_rate or casting.narrator.spec.native_sample_rate
    waits = pauses or Pauses()
    if markup is None:
        markup = cast is not None
    readings = Readings(lexicon, numbers=markup if numbers is None else numbers)
    if markup:
        script = read_script(text, casting.cast.speaker_names, casting.own_params)
        if next(script_lines(script, casting, waits, readings), None) is None:
            what = "holds nothing but marks" if text.strip() else "is empty"
            raise ValueError(f"there is nothing to speak: the script {what}")
        return SpeakJob(
            text,
            lambda: script_lines(script, casting, waits, readings),
            rate,
            lambda: (script.notes, script.n_notes),
            seeds=seeds,
        )
    role = casting.narrator
    if next(plain_lines(text, role, waits), None) is None:
        raise ValueError("there is nothing to speak: the text is empty")
    if readings.change_nothing:
        return SpeakJob(text, lambda: plain_lines(text, role, waits), rate, seeds=seeds)
    return SpeakJob(text, lambda: read_lines(text, role, waits, readings), rate, seeds=seeds)
