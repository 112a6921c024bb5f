"""Lay out a transcript as cues that can be read in the available time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from math import ceil, inf

import msgspec

from .cue import TimedText
from .line_wrap import LineCount, wrap
from .phrase_grouping import Unit, transcript_units
from .transcript import TranscriptSegment

MAX_CUE_UNITS = 256
"""Limits the work if the rules limit neither characters nor words and times don't advance."""

_TOO_SHORT = 1000.0
_TOO_FAST = 10.0
_CUE = 3.0
_SENTENCE_INSIDE = 4.0
_FULL = 4.0
"""Costs of a cue in addition to that of its break: for being too short (and again per missing second), per missing
second of reading time, per cue, per sentence end inside the cue, and for its squared fullness, which makes cues similar
in length."""


class LayoutRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules for cues. ValueError for rules that no cue can meet.

    Attributes:
        line_chars: Maximum written characters per line, including spaces; 0 for one line of any length.
        lines: Maximum lines.
        words: Maximum words, or characters in scripts without spaces; 0 for any number.
        chars_per_s: Maximum reading speed; 0 for any.
        shortest_s: Minimum time on screen.
        longest_s: Maximum time on screen.
        gap_s: Time between two cues.
        pause_s: A silence of this length always separates cues; 0 for never.
        sentences: Whether the end of a sentence always separates cues.
    """

    line_chars: int = 42
    lines: int = 2
    words: int = 0
    chars_per_s: float = 17.0
    shortest_s: float = 5 / 6
    longest_s: float = 7.0
    gap_s: float = 1 / 12
    pause_s: float = 1.5
    sentences: bool = False

    def __post_init__(self) -> None:
        if self.line_chars < 0 or self.lines < 1 or self.words < 0:
            raise ValueError(f"no text fits {self.lines} lines of {self.line_chars} characters and {self.words} words")
        if not (0 <= self.shortest_s <= self.longest_s < inf and self.longest_s > 0):
            raise ValueError(f"invalid cue duration: from {self.shortest_s} s to {self.longest_s} s")
        for name, value in (("chars_per_s", self.chars_per_s), ("gap_s", self.gap_s), ("pause_s", self.pause_s)):
            if not 0 <= value < inf:
                raise ValueError(f"{name} is {value}; must be 0 or more")


def lay_out(segments: Sequence[TranscriptSegment], rules: LayoutRules) -> list[TimedText]:
    r"""Return the cues of a transcript in order, with times in whole milliseconds and `\n` between their lines.

    If rules conflict, earlier ones in this list take precedence:

    1. No word is lost.
    2. Cues don't overlap.
    3. The maximum of lines and words. (A word longer than a line gets a separate line.)
    4. The longest time. (The cue of a longer word ends early.)
    5. The shortest time.
    6. The reading speed.
    7. The gap.

    Within these rules, cues end where the text has a break: at sentences, clauses and silences, and not after a short
    word. Of all possible cuts of the transcript, the one with the lowest total cost is chosen, so that a good break
    doesn't force a bad one later.

    A cue starts with its first word. It stays after its last word if reading needs the time and no cue follows. The
    text of a segment without words shares the segment's time by length. ValueError for times that aren't finite.
    """
    units = transcript_units(segments)
    cues = [units[start:end] for start, end in _cuts(units, rules)]
    needs_ms = [_need_ms(cue, rules) for cue in cues]
    starts_ms = _starts_ms(cues, needs_ms)
    return [
        TimedText(
            start_s=Fraction(start_ms, 1000),
            end_s=Fraction(_end_ms(cue, start_ms, need_ms, following_ms, rules), 1000),
            text=wrap(cue, rules.line_chars),
        )
        for cue, need_ms, start_ms, following_ms in zip(cues, needs_ms, starts_ms, [*starts_ms, inf][1:], strict=True)
    ]


def _cuts(units: Sequence[Unit], rules: LayoutRules) -> list[tuple[int, int]]:
    """Return the cues as ranges of units: the partition with the lowest cost that the rules allow."""
    n_units = len(units)
    costs = [0.0, *[inf] * n_units]
    starts = [0] * (n_units + 1)
    for start in range(n_units):
        for end, cost in _cue_costs(units, start, rules):
            if costs[start] + cost < costs[end]:
                costs[end], starts[end] = costs[start] + cost, start
    cuts: list[tuple[int, int]] = []
    end = n_units
    while end:
        cuts.append((starts[end], end))
        end = starts[end]
    return cuts[::-1]


def _cue_costs(units: Sequence[Unit], start: int, rules: LayoutRules) -> Iterator[tuple[int, float]]:
    """Yield each possible end of a cue that begins at `start`, with the cue's cost."""
    start_ms = units[start].start_ms
    shortest_ms, longest_ms = rules.shortest_s * 1000, rules.longest_s * 1000
    count = LineCount(rules.line_chars)
    sentences = 0
    for end in range(start + 1, min(len(units), start + (rules.words or MAX_CUE_UNITS)) + 1):
        last = units[end - 1]
        count.add(last)
        if end > start + 1 and (count.lines > rules.lines or last.end_ms - start_ms > longest_ms):
            return
        following_ms = units[end].start_ms if end < len(units) else inf
        free_ms = min(longest_ms, following_ms - start_ms)
        cost = (
            _CUE
            + _FULL
            * (
                count.chars / (rules.line_chars * rules.lines)
                if rules.line_chars
                else (last.end_ms - start_ms) / longest_ms
            )
            ** 2
        )
        cost += _SENTENCE_INSIDE * sentences
        sentences += last.is_sentence_end
        if end < len(units):
            cost += last.break_cost
        if free_ms < shortest_ms:
            cost += _TOO_SHORT * (1 + (shortest_ms - free_ms) / 1000)
        if rules.chars_per_s:
            # Includes the space after the cue, so that two cues cost as much time as the same text in one.
            cost += _TOO_FAST * max(0.0, (count.chars + 1) / rules.chars_per_s - free_ms / 1000)
        yield end, cost
        is_pause = 0 < rules.pause_s * 1000 <= following_ms - last.end_ms
        if is_pause or (rules.sentences and last.is_sentence_end):
            return


def _need_ms(cue: Sequence[Unit], rules: LayoutRules) -> int:
    """Return the time that reading the cue takes, within the rules; at least 1 ms."""
    n_chars = sum(unit.n_chars + (unit.spaced and at > 0) for at, unit in enumerate(cue))
    read_s = n_chars / rules.chars_per_s if rules.chars_per_s else 0.0
    return max(1, ceil(min(rules.longest_s, max(rules.shortest_s, read_s)) * 1000))


def _starts_ms(cues: Sequence[Sequence[Unit]], needs_ms: Sequence[int]) -> list[int]:
    """Return the start of each cue. Cues that start together share the time to the next by their reading times."""
    starts_ms: list[int] = []
    for start_ms, group in groupby(range(len(cues)), key=lambda index: cues[index][0].start_ms):
        indices = list(group)
        following = indices[-1] + 1
        total_ms = sum(needs_ms[index] for index in indices)
        available_ms = cues[following][0].start_ms - start_ms if following < len(cues) else total_ms
        before_ms = 0
        for index in indices:
            starts_ms.append(start_ms + min(available_ms, total_ms) * before_ms // total_ms)
            before_ms += needs_ms[index]
    return starts_ms


def _end_ms(cue: Sequence[Unit], start_ms: int, need_ms: int, following_ms: float, rules: LayoutRules) -> int:
    """Return the end of a cue (see `lay_out`)."""
    latest_ms = min(following_ms, start_ms + int(rules.longest_s * 1000))
    needed_ms = start_ms + need_ms
    spoken_ms = max(cue[-1].end_ms, start_ms)
    preferred_ms = min(latest_ms, max(needed_ms, spoken_ms))
    with_gap_ms = max(min(latest_ms, needed_ms), following_ms - ceil(rules.gap_s * 1000))
    return int(min(preferred_ms, with_gap_ms))
