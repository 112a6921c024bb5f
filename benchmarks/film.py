"""A synthetic subtitle file with the timing statistics of a real film."""

from __future__ import annotations

import math
import random
from statistics import NormalDist

from voxweft.media.subtitles import Cue

MEDIAN_CPS, NINTH_DECILE_CPS = 15.0, 20.0
"""Reading speed in characters per second: the median and the 90th percentile of the cues."""
NO_GAP_SHARE = 0.3
"""The share of cues without a gap after them."""
_GAP_MEDIAN_S, _GAP_SIGMA = 1.0, 1.5
"""Log-normal distribution of the gaps, 3 s on average. (Two hours with a thousand cues of 2.6 s leave over 4 s.)"""
_MIN_S, _MAX_S = 0.5, 7.0

_OPENINGS = ("", "", "", "Listen, ", "Well, ", "No, ", "Look, ", "I know that ", "You said ", "Maybe ", "And then ")
_WHO = ("she", "he", "the captain", "my brother", "your mother", "nobody", "the old man", "everybody here", "we all")
_DID = ("forgot", "never saw", "kept", "wanted", "heard about", "asked for", "found", "was afraid of", "paid for")
_WHAT = ("the letter", "that house", "the last train", "a second chance", "the truth", "those two boats", "it", "me")
_WHEN = ("", "", " last winter", " in the end", " before the storm", " without a word", ", as I told you", " again")
_SHORT = (
    "Yes.",
    "What?",
    "Go on.",
    "I can't.",
    "Not now.",
    "Who told you?",
    "Leave it alone.",
    "Wait for me!",
    "Good.",
)
_ENDS = (".", ".", ".", "?", "!", "...")


def film_cues(count: int) -> list[Cue]:
    """Return the same cues of a film each time.

    Reading speeds are log-normal with `MEDIAN_CPS` and `NINTH_DECILE_CPS`, one per quantile in random order; gaps are
    log-normal, too. Durations are limited to 0.5 to 7 seconds, which affects few cues.
    """
    choice = random.Random(6)
    normal = NormalDist()
    sigma = math.log(NINTH_DECILE_CPS / MEDIAN_CPS) / normal.inv_cdf(0.9)
    speeds = [MEDIAN_CPS * math.exp(sigma * normal.inv_cdf((rank + 0.5) / count)) for rank in range(count)]
    has_gap = [rank >= NO_GAP_SHARE * count for rank in range(count)]
    choice.shuffle(speeds)
    choice.shuffle(has_gap)
    cues: list[Cue] = []
    at_ms = 1000
    for index, (cps, gap) in enumerate(zip(speeds, has_gap, strict=True)):
        text = film_text(choice)
        length_s = min(max(len(text) / cps, _MIN_S), _MAX_S)
        end_ms = at_ms + round(1000 * length_s)
        cues.append(Cue(index=index, start_ms=at_ms, end_ms=end_ms, text=text, line=index + 1))
        gap_s = _GAP_MEDIAN_S * math.exp(_GAP_SIGMA * choice.gauss(0, 1)) if gap else 0.0
        at_ms = end_ms + max(1 if gap else 0, round(1000 * gap_s))
    return cues


def film_text(choice: random.Random) -> str:
    """Return what a cue says: a short reply, a sentence or two."""
    if choice.random() < 0.12:
        return choice.choice(_SHORT)
    sentences = [_sentence(choice) for _ in range(choice.choice((1, 1, 1, 2)))]
    return " ".join(sentences)


def _sentence(choice: random.Random) -> str:
    text = "".join((choice.choice(_OPENINGS), choice.choice(_WHO), " ", choice.choice(_DID), " ", choice.choice(_WHAT)))
    return text[0].upper() + text[1:] + choice.choice(_WHEN) + choice.choice(_ENDS)
