"""Cut a recording, and its transcript with it, to the part that an engine uses."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...media.audio.speech_activity import Span, SpeechActivity, frame_levels
from ...text.align import align
from ...text.char_times import without_spaces
from ...text.tokens import spoken_words
from ...utils.streaming import Word

EDGE_S = 0.05
"""The silence that is kept before the first sound and after the last one."""
_MAX_WITHIN_WORD_S = 0.2
"""No word contains a longer pause, whatever its recognized times are."""
_WORD_TOLERANCE_S = 0.08
"""Recognized times are exact to about that much: a word that spans a pause by less doesn't contain it."""
_MIN_MATCHED = 0.5
"""If fewer of the words are heard as written, the transcript isn't that of the recording."""


def trimmed(activity: SpeechActivity, n_samples: int, sample_rate: int) -> Span:
    """Return the range of a recording without the silence at its edges, but for 50 ms."""
    edge = round(EDGE_S * sample_rate)
    return Span(max(0, activity.speech.start - edge), min(n_samples, activity.speech.end + edge))


def end_in(pause: Span, sample_rate: int) -> int:
    """Return where a clip ends that is cut in a pause: it keeps 50 ms of it, and at most half."""
    return pause.start + min(round(EDGE_S * sample_rate), (pause.end - pause.start) // 2)


def cut_places(
    samples: NDArray[np.float32],
    sample_rate: int,
    activity: SpeechActivity,
    start: int,
    lengths_s: tuple[float, float],
    words: Sequence[Word] = (),
) -> list[Span]:
    """Return where a clip that begins at sample `start` may end, the best place first; never empty.

    Args:
        lengths_s: The minimum and the maximum length of the clip. It must be longer than the maximum now.
        words: The recognized words of the recording, if known.

    Returns:
        1. Pauses outside words: those beyond half of the maximum, the longest first; then the others, the last first.
        2. If there is none, the gaps between the recognized words, which may be empty, the last one first.
        3. If there is none either, the quietest moment of the last quarter.
    """
    low = start + int(lengths_s[0] * sample_rate) + round(0.01 * sample_rate)
    high = start + int(lengths_s[1] * sample_rate)
    half = start + (high - start) // 2
    pauses = [
        pause
        for pause in activity.pauses
        if low <= end_in(pause, sample_rate) <= high and not any(_contains(word, pause, sample_rate) for word in words)
    ]
    if pauses:
        late = [pause for pause in pauses if pause.start >= half]
        early = [pause for pause in reversed(pauses) if pause.start < half]
        return [*sorted(late, key=lambda pause: (pause.start - pause.end, -pause.start)), *early]
    ends = (
        (round(before.end_s * sample_rate), round(after.start_s * sample_rate)) for before, after in pairwise(words)
    )
    gaps = [Span(end, max(end, begin)) for end, begin in ends if low <= end]
    gaps = [gap for gap in gaps if end_in(gap, sample_rate) <= high]
    if gaps:
        return gaps[::-1]
    frame = max(1, round(0.02 * sample_rate))
    first = max(low, high - (high - start) // 4)
    levels = frame_levels(samples[first:high], frame)
    quietest = min(high, first + int(np.argmin(levels)) * frame + frame // 2) if levels.size else high
    return [Span(quietest, quietest)]


def words_before(words: Sequence[Word], pause: Span, sample_rate: int) -> int:
    """Return how many of the words, in order, are before a pause: those of which more lies before it than after it."""
    return next((at for at, word in enumerate(words) if not _is_before(word, pause, sample_rate)), len(words))


def word_around(words: Sequence[Word], pause: Span, sample_rate: int) -> int | None:
    """Return the index of a recognized word that spans a whole pause: its times don't say on which side it is."""
    start_s, end_s = pause.start / sample_rate, pause.end / sample_rate
    return next((at for at, word in enumerate(words) if word.start_s < start_s and word.end_s > end_s), None)


def with_side(
    words: Sequence[Word], around: int, pause: Span, sample_rate: int, heard_before: Sequence[Word]
) -> list[Word] | None:
    """Return the words, of which the one around a pause is on the side where it is spoken.

    `heard_before` are the words that are recognized in the sound before the pause. None if they don't decide it.
    """
    word = words[around]
    spoken = spoken_words("".join(before.text for before in words[:around]))
    heard = spoken_words("".join(before.text for before in heard_before))
    last, own = heard[-1:], spoken_words(word.text)
    if own and heard[-len(own) :] == own:
        moved = Word(
            word.text, word.start_s, max(word.start_s, pause.start / sample_rate), word.source, word.probability
        )
    elif last and last == spoken[-1:]:
        moved = Word(word.text, pause.end / sample_rate, word.end_s, word.source, word.probability)
    else:
        return None
    return [*words[:around], moved, *words[around + 1 :]]


def cut_transcript(transcript: str, words: Sequence[Word], pause: Span, sample_rate: int) -> str | None:
    """Return the part of a transcript that is spoken before a pause, by the recognized words of the recording.

    None if that is uncertain: the words on both sides of the cut must have been recognized as they are written, and
    so must at least half of those before it.
    """
    heard = [Word(word.text, word.start_s, word.end_s, probability=1.0) for word in words]
    if not heard:
        return None
    written = align(transcript, heard)
    # A mark between spaces, such as a dash, isn't heard.
    positions = [at for at, word in enumerate(written) if spoken_words(word.text)]
    words = [written[at] for at in positions]
    n_kept = words_before(words, pause, sample_rate)
    kept = words[:n_kept]
    if not kept or any(_is_before(word, pause, sample_rate) for word in words[n_kept:]):
        return None
    # `align` drops the probability of a word that wasn't recognized as it is written.
    if any(word.probability is None for word in words[n_kept - 1 : n_kept + 1]):
        return None
    if sum(word.probability is not None for word in kept) < _MIN_MATCHED * len(kept):
        return None
    if n_kept == len(words):
        return transcript.strip()
    return _prefix(transcript, sum(len(without_spaces(word.text)) for word in written[: positions[n_kept]]))


def _contains(word: Word, pause: Span, sample_rate: int) -> bool:
    if pause.end - pause.start > _MAX_WITHIN_WORD_S * sample_rate:
        return False
    tolerance = _WORD_TOLERANCE_S * sample_rate
    return word.start_s * sample_rate < pause.start - tolerance and word.end_s * sample_rate > pause.end + tolerance


def _is_before(word: Word, pause: Span, sample_rate: int) -> bool:
    """Whether more of a word is before a pause than after it. Recognized words often include a pause next to them."""
    start, end = word.start_s * sample_rate, max(word.start_s, word.end_s) * sample_rate
    before, after = max(0.0, pause.start - start), max(0.0, end - pause.end)
    return before > after if before or after else (start + end) / 2 < pause.middle


def _prefix(text: str, n_chars: int) -> str:
    """Return the beginning of a text with a number of characters, not counting white space."""
    count = 0
    for position, character in enumerate(text):
        count += not character.isspace()
        if count == n_chars:
            return text[: position + 1].strip()
    return text.strip()
