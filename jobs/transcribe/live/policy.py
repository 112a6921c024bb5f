"""The policy of live transcription: a state machine from audio to windows, and from hypotheses to committed words.

Invariants:
    - At most one window is in progress, and `accept` takes only that one.
    - A committed word never changes, and committed times never decrease.
    - Speech leaves the buffer only after a window contained it.
    - A final window ends in silence: all of its words are committed, and the audio before its end is finalized.
    - A prompt is text that was spoken without a pause before the window: behind a pause, a model would go on with the
      text instead of the audio.
    - Windows that missed speech, or repeated their prompt, before a pause are recognized a second time, and only once.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from ....media.audio.speech_frames import FRAME_S, FRAME_SAMPLES
from ....utils.streaming.contract.events import Word
from .agreement import LocalAgreement
from .buffer import LiveBuffer
from .endpoint import Endpointer
from .events import Committed, LiveEvent, Partial
from .hallucinations import plausible_words, repeats_prompt
from .rules import LiveRules
from .words import joined, moved, n_repeated

_SAME_S = FRAME_S / 2
"""The tolerance for comparing times, which are sums of frame lengths."""
_ASSUMED_S = 0.3
"""The time of a recognition, until it is known."""


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A span of the stream to recognize, with the committed text since the last pause before it as the prompt.

    `is_final` is true if it ends in silence, so that all of its words can be committed.
    """

    start_s: float
    end_s: float
    prompt: str
    is_final: bool


class LiveState:
    """Decides which audio is recognized when, and which words are committed. It has no clock: `received_s` is the time.

    `push` audio, `settle`, get the `next_window`, recognize its `samples`, `accept` its words; one window at a time.
    After `finish`, windows follow until all audio is recognized.
    """

    def __init__(self, rules: LiveRules | None = None, *, prompt: str = "") -> None:
        self._rules = rules or LiveRules()
        self._buffer = LiveBuffer()
        self._speech = Endpointer(self._rules)
        self._agreement = LocalAgreement()
        self._first_prompt = f"{prompt} " if prompt else ""
        self._text_before = ""
        self._committed: list[Word] = []
        """The committed words of the audio in the buffer."""
        self._committed_to_s = 0.0
        self._decoded_s = 0.0
        self._finalized_s = 0.0
        self._took_s = 0.0
        self._window: Window | None = None
        self.skipped_partials = 0
        """The number of partial updates that were skipped because the model was too slow."""
        self._showing = False
        self._again = False
        """Whether the next window is a second recognition."""
        self._last: Window | None = None
        """The last recognized window, unless it was final."""
        self.finished = False
        """Whether the stream has ended."""

    @property
    def received_s(self) -> float:
        """The length of the stream so far, in seconds."""
        return self._buffer.end_s

    @property
    def held_s(self) -> float:
        """The length of the audio in the buffer, in seconds."""
        return self._buffer.end_s - self._buffer.start_s

    @property
    def is_busy(self) -> bool:
        """Whether a window is in progress."""
        return self._window is not None

    def push(self, samples: NDArray[np.float32], probabilities: Sequence[float]) -> None:
        """Add whole frames of 512 samples with their probabilities of speech. ValueError if the counts don't match."""
        if self.finished:
            raise ValueError("the stream is finished")
        n_expected = FRAME_SAMPLES * len(probabilities)
        if len(samples) != n_expected:
            raise ValueError(f"{len(probabilities)} frames have {n_expected} samples, not {len(samples)}")
        self._speech.push(probabilities)
        self._buffer.push(samples)

    def finish(self) -> None:
        """End the stream."""
        self.finished = True

    def samples(self, window: Window) -> NDArray[np.float32]:
        """Return the audio of a window, float32 mono `[n]` at 16 kHz."""
        return self._buffer.read(window.start_s, window.end_s)

    def next_window(self) -> Window | None:
        """Return the window to recognize now; None if there is none yet (after `finish`: if all is recognized)."""
        if self._window is not None:
            return None
        self._drop_finalized()
        rules = self._rules
        spans = self._speech.spans
        if not spans:
            return None
        start_s = max(self._buffer.start_s, spans[0].start_s - rules.lead_s)
        speech_end_s = self._pause_to_finalize()
        end_s = min(
            self.received_s if speech_end_s is None else min(self.received_s, speech_end_s + rules.tail_s),
            start_s + rules.max_window_s,
        )
        is_final = speech_end_s is not None and speech_end_s <= end_s + _SAME_S
        if not is_final and not self._is_full(start_s, end_s):
            # Only new speech can change anything.
            if spans[-1].end_s <= max(self._finalized_s, self._decoded_s) + _SAME_S:
                return None
            if end_s - max(self._decoded_s, spans[-1].start_s) < self._step_s() - _SAME_S:
                return None
        self.skipped_partials += max(0, int((end_s - max(self._decoded_s, start_s)) / rules.lag_s) - 1)
        prompt = "" if self._again else self._prompt()
        self._window = Window(start_s=start_s, end_s=end_s, prompt=prompt, is_final=is_final)
        return self._window

    def accept(self, window: Window, words: Sequence[Word], took_s: float = 0.0) -> list[LiveEvent]:
        """Process the words of the window in progress and return the resulting events.

        Args:
            words: The recognized words, with times from the start of the window.
            took_s: The duration of the recognition in real time; a slow model gets larger steps.

        Raises:
            ValueError: The window isn't the one in progress.
        """
        if window is not self._window:
            raise ValueError("the window is not the one in progress")
        self._window = None
        self._last = None if window.is_final else window
        self._took_s = took_s if not self._took_s else 0.7 * self._took_s + 0.3 * took_s
        heard = [moved(word, window.start_s) for word in words]
        recognized = plausible_words(heard, window.end_s, self._speech.speech_s)
        fresh = recognized[n_repeated(self._committed, recognized) :]
        repeated = bool(window.prompt) and repeats_prompt(self._text_before, fresh)
        if repeated:
            fresh, self._text_before = (), ""
        self._decoded_s = window.end_s
        return self._commit(window, fresh, repeated=repeated)

    def settle(self) -> list[LiveEvent]:
        """Finalize the speech before a pause without another recognition, if the last window held all of it."""
        end_s, window, held = self._pause_to_finalize(), self._last, self._agreement.held
        if end_s is None or window is None or self._window is not None:
            return []
        # The end of the last word must have been heard, and well.
        is_whole = end_s + self._rules.dip_s - _SAME_S <= window.end_s
        is_certain = not held or (held[-1].probability or 0.0) >= self._rules.min_probability
        if not is_whole or not is_certain or self._speech.spans[-1].end_s > end_s + _SAME_S:
            return []
        self._last = None
        return self._commit(msgspec.structs.replace(window, is_final=True), held)

    def _commit(self, window: Window, fresh: tuple[Word, ...], *, repeated: bool = False) -> list[LiveEvent]:
        count = len(fresh) if window.is_final else self._n_committed(fresh, window)
        self._agreement.keep(fresh[count:])
        committed = self._in_order(fresh[:count])
        self._committed.extend(committed)
        self._again = window.is_final and not self._again and (repeated or self._missed_speech(window))
        is_finalized = window.is_final and not self._again
        events: list[LiveEvent] = []
        if committed or is_finalized:
            events.append(Committed(text=joined(committed), words=committed, pause=is_finalized))
        if is_finalized:
            self._text_before = ""
            self._finalized_s = self._committed_to_s = max(window.end_s, self._committed_to_s)
        if self._again:
            self._cut(self._committed_to_s)
        else:
            self._trim(window)
        shown = fresh[count:]
        if shown or self._showing:
            events.append(Partial(text=joined(shown), words=shown))
        self._showing = bool(shown)
        return events

    def _step_s(self) -> float:
        """Return the new audio that a window needs now."""
        rules, took_s = self._rules, self._took_s or _ASSUMED_S
        in_dip = self._speech.silent_s >= rules.dip_s - _SAME_S
        return max(rules.dip_step_s if in_dip else rules.lag_s - took_s, self._took_s / rules.max_busy_fraction)

    def _prompt(self) -> str:
        """Return the user's prompt followed by the committed text since the last pause, cut at a word boundary."""
        limit = self._rules.prompt_characters
        before = self._text_before[-limit:] if limit else ""
        if 0 < len(before) < len(self._text_before):
            before = before.partition(" ")[2] or before
        return f"{self._first_prompt}{before.strip()}".strip()

    def _pause_to_finalize(self) -> float | None:
        """Return the end of speech that isn't finalized: at the first long silence after it, else at a pause now."""
        rules, spans = self._rules, self._speech.spans
        if not spans:
            return None
        for span, following in pairwise(spans):
            if span.end_s > self._finalized_s + _SAME_S and following.start_s - span.end_s >= rules.gap_s:
                return span.end_s
        quiet = self.finished or self._speech.silent_s >= rules.pause_s - _SAME_S
        return spans[-1].end_s if quiet and spans[-1].end_s > self._finalized_s + _SAME_S else None

    def _is_full(self, start_s: float, end_s: float) -> bool:
        return end_s - start_s >= self._rules.max_window_s - _SAME_S

    def _n_committed(self, words: Sequence[Word], window: Window) -> int:
        count = self._agreement.agreed(words)
        limit_s = window.end_s - self._rules.hold_s
        # A full window can't grow: its words won't be recognized with more context.
        min_probability = 0.0 if self._is_full(window.start_s, window.end_s) else self._rules.min_probability
        while (
            count < len(words)
            and words[count].end_s <= limit_s
            and (words[count].probability or 0.0) >= min_probability
        ):
            count += 1
        return count

    def _missed_speech(self, window: Window) -> bool:
        """Return whether speech at the window's end gave no words, and a second recognition may give some."""
        from_s = max(self._committed_to_s, window.start_s)
        differs = bool(window.prompt) or from_s - window.start_s > self._rules.missed_s
        return differs and self._speech.speech_s(from_s, window.end_s) >= self._rules.missed_s

    def _in_order(self, words: Sequence[Word]) -> tuple[Word, ...]:
        """Return the words with their times clipped to start after the committed words."""
        ordered = []
        for word in words:
            start_s = max(word.start_s, self._committed_to_s)
            self._committed_to_s = max(word.end_s, start_s)
            ordered.append(msgspec.structs.replace(word, start_s=start_s, end_s=self._committed_to_s))
        return tuple(ordered)

    def _drop_finalized(self) -> None:
        """Drop silence, and finalized speech once the silence after it is long enough."""
        rules, spans, received_s = self._rules, self._speech.spans, self.received_s
        if not spans:
            # Speech that is only just detected includes its first frames.
            self._buffer.trim(received_s - rules.lead_s - rules.min_speech_s)
            return
        done = [span for span in spans if span.end_s <= self._finalized_s + _SAME_S]
        if not done:
            return
        next_s = spans[len(done)].start_s if len(done) < len(spans) else received_s
        if next_s - done[-1].end_s >= rules.gap_s - _SAME_S:
            self._cut(max(self._finalized_s, next_s - rules.lead_s - rules.min_speech_s))

    def _trim(self, window: Window) -> None:
        """Shorten a buffer that is too long, between two words."""
        if window.end_s - window.start_s < self._rules.trim_s:
            return
        if window.is_final:
            self._cut(window.end_s)
            return
        committed = [word for word in self._committed if word.start_s >= window.start_s]
        half = committed[len(committed) // 2 :]
        # The widest gap in the second half of the committed words, the latest of several.
        gaps = [(after.start_s - before.end_s, (before.end_s + after.start_s) / 2) for before, after in pairwise(half)]
        if gaps:
            self._cut(max(gaps)[1])
        elif self._is_full(window.start_s, window.end_s):
            # No progress: a full window of possible speech without words.
            self._cut(max(self._committed_to_s, window.end_s - self._rules.trim_s))

    def _cut(self, at_s: float) -> None:
        self._buffer.trim(at_s)
        start_s = self._buffer.start_s
        self._speech.trim(start_s)
        done = [word for word in self._committed if self._finalized_s <= word.start_s < start_s]
        self._committed = [word for word in self._committed if word.start_s >= start_s]
        self._text_before = (self._text_before + "".join(word.text for word in done))[
            -4 * max(1, self._rules.prompt_characters) :
        ]
        self._decoded_s = max(self._decoded_s, start_s)
