"""Synthetic subtitles of films whose timing is hard to dub: many fast cues, few gaps, sentences that run over cues."""

from __future__ import annotations

import random

from voxweft.media.subtitles import Cue

from .film import film_text

MEAN_CPS, SPREAD_CPS = 14.5, 6.3
"""Characters a second of the cues: a mean of 14.5, a fifth of them above 20, one in twenty above 25."""
_MIN_CPS, _MAX_CPS = 4.0, 30.0
NO_GAP_SHARE = 0.35
"""The share of cues that are followed by the next at once or after two frames."""
_GAP_LOG_MEAN, _GAP_LOG_SPREAD = 0.05, 1.3
"""The other gaps: a median of a second."""
RUNS_OVER_SHARE = 0.08
"""The share of cues whose sentence goes on in the next one."""
_MIN_S, _MAX_S = 0.5, 7.0
_NAMES = ("ANN", "BOB", "ZOE", "THE CAPTAIN", "MARY", "OLD JOE", "SAM", "LUCY")


def dubbing_cues(count: int, *, speakers: int = 1, seed: int = 7) -> list[Cue]:
    """Return the cues of a film, the same for the same arguments. With several speakers each cue names its speaker."""
    choice = random.Random(seed)
    cues: list[Cue] = []
    at_ms = 1000
    speaker = 0
    while len(cues) < count:
        texts = [film_text(choice)]
        if choice.random() < RUNS_OVER_SHARE and len(words := texts[0].split()) >= 6:
            half = len(words) // 2
            texts = [" ".join(words[:half]), " ".join(words[half:])]
        if choice.random() < 0.6:
            speaker = choice.randrange(speakers)
        for text in texts:
            cps = min(max(choice.gauss(MEAN_CPS, SPREAD_CPS), _MIN_CPS), _MAX_CPS)
            end_ms = at_ms + round(1000 * min(max(len(text) / cps, _MIN_S), _MAX_S))
            named = text if speakers == 1 else f"{_NAMES[speaker]}: {text}"
            cues.append(Cue(index=len(cues), start_ms=at_ms, end_ms=end_ms, text=named, line=len(cues) + 1))
            at_ms = end_ms + _gap_ms(choice)
    return cues[:count]


def _gap_ms(choice: random.Random) -> int:
    if choice.random() < NO_GAP_SHARE:
        return choice.choice((0, 0, 42, 83))
    return round(1000 * choice.lognormvariate(_GAP_LOG_MEAN, _GAP_LOG_SPREAD))
