"""The state of a live session: audio in, windows for the model out, its hypotheses in, words out."""

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
from .hallucinations import only_heard, without_loops
from .rules import LiveRules
from .words import joined, moved, n_repeated

_SAME_S = FRAME_S / 2
"""Times closer than this are the same: they are sums of frames."""


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the stream to be recognised, with the certain text before it.

    With `settles` nobody is in the middle of a word at its end, so that every word of it is certain.
    """

    start_s: float
    end_s: float
    prompt: str
    settles: bool


class LiveState:
    """Decides when the model listens to what, and which of its words are certain. No clock: `heard_s` is the time.

    `push` audio, ask for the `next_window`, recognise its `samples`, `take` what was heard; one window at a time. After
    `finish` windows come until everything is heard.
    """

    def __init__(self, rules: LiveRules | None = None, *, prompt: str = "") -> None:
        self._rules = rules or LiveRules()
        self._buffer = LiveBuffer()
        self._speech = Endpointer(self._rules)
        self._agreement = LocalAgreement()
        self._first_prompt = f"{prompt} " if prompt else ""
        self._before = ""
        self._certain: list[Word] = []
        """The certain words of what the buffer holds."""
        self._certain_to_s = 0.0
        self._decoded_s = 0.0
        self._settled_s = 0.0
        self._took_s = 0.0
        self._window: Window | None = None
        self.skipped_partials = 0
        """How many times the words weren't looked at because the model was behind: partial updates that never came."""
        self._showing = False
        self._again = False
        """Whether the next window is a second hearing."""
        self.finished = False
        """Whether no more audio comes."""

    @property
    def heard_s(self) -> float:
        """How much audio there has been."""
        return self._buffer.end_s

    @property
    def held_s(self) -> float:
        """How much audio isn't done with."""
        return self._buffer.end_s - self._buffer.start_s

    @property
    def waits(self) -> bool:
        """Whether a window is being recognised."""
        return self._window is not None

    def push(self, samples: NDArray[np.float32], probabilities: Sequence[float]) -> None:
        """Take whole frames of 512 samples, with the probability of speech in each. ValueError if they don't match."""
        if self.finished:
            raise ValueError("the stream is finished")
        if len(samples) != FRAME_SAMPLES * len(probabilities):
            raise ValueError(f"{len(samples)} samples aren't {len(probabilities)} frames")
        self._speech.push(probabilities)
        self._buffer.push(samples)

    def finish(self) -> None:
        """Say that no more audio comes."""
        self.finished = True

    def samples(self, window: Window) -> NDArray[np.float32]:
        """Return a window's audio, float32 mono `[n]` at 16 kHz."""
        return self._buffer.read(window.start_s, window.end_s)

    def next_window(self) -> Window | None:
        """Return what to recognise now, or None if that can wait (after `finish`: if all is done)."""
        if self._window is not None:
            return None
        self._let_go()
        rules = self._rules
        spans = self._speech.spans
        if not spans:
            return None
        start_s = max(self._buffer.start_s, spans[0].start_s - rules.lead_s)
        quiet_s = self._pause_to_settle()
        end_s = min(
            self.heard_s if quiet_s is None else min(self.heard_s, quiet_s + rules.tail_s), start_s + rules.longest_s
        )
        settles = quiet_s is not None and quiet_s <= end_s + _SAME_S
        if not settles and not self._is_full(start_s, end_s):
            if spans[-1].end_s <= self._settled_s + _SAME_S or self._speech.silent_s > 2 * FRAME_S:
                return None
            waited_s = end_s - max(self._decoded_s, start_s + rules.lead_s)
            if waited_s < self._step_s() - _SAME_S:
                return None
        self.skipped_partials += max(0, int((end_s - max(self._decoded_s, start_s)) / rules.step_s) - 1)
        prompt = "" if self._again else self._prompt()
        self._window = Window(start_s=start_s, end_s=end_s, prompt=prompt, settles=settles)
        return self._window

    def take(self, window: Window, words: Sequence[Word], took_s: float = 0.0) -> list[LiveEvent]:
        """Take what was recognised in the window; the words' times count from its start. Return what that changes.

        `took_s` is how long it took, in real seconds: the next windows come accordingly.
        """
        if window is not self._window:
            raise ValueError("this isn't the window that was asked for last")
        self._window = None
        self._took_s = took_s if not self._took_s else 0.7 * self._took_s + 0.3 * took_s
        heard = only_heard(
            without_loops([moved(word, window.start_s) for word in words]), window.end_s, self._speech.speech_in
        )
        fresh = heard[n_repeated(self._certain, heard) :]
        count = len(fresh) if window.settles else self._n_certain(fresh, window)
        self._decoded_s = window.end_s
        self._agreement.keep(fresh[count:])
        certain = self._in_order(fresh[:count])
        self._certain.extend(certain)
        self._again = window.settles and not self._again and self._lost(window)
        settled = window.settles and not self._again
        events: list[LiveEvent] = []
        if certain or settled:
            events.append(Committed(text=joined(certain), words=certain, pause=settled))
        if settled:
            self._settled_s = self._certain_to_s = max(window.end_s, self._certain_to_s)
        if self._again:
            self._cut(self._certain_to_s)
        else:
            self._trim(window)
        shown = fresh[count:]
        if shown or self._showing:
            events.append(Partial(text=joined(shown), words=shown))
        self._showing = bool(shown)
        return events

    def _step_s(self) -> float:
        return max(self._rules.step_s, self._took_s / self._rules.busy_part)

    def _prompt(self) -> str:
        """Return what was certain before the buffer, behind what the user gave, from a word's beginning on."""
        most = self._rules.prompt_characters
        before = self._before[-most:] if most else ""
        if 0 < len(before) < len(self._before):
            before = before.partition(" ")[2] or before
        return f"{self._first_prompt}{before.strip()}".strip()

    def _pause_to_settle(self) -> float | None:
        """Return where speech that isn't settled ends: at the first long silence behind it, else at a pause now."""
        rules, spans = self._rules, self._speech.spans
        for span, following in pairwise(spans):
            if span.end_s > self._settled_s + _SAME_S and following.start_s - span.end_s >= rules.gap_s:
                return span.end_s
        quiet = self.finished or self._speech.silent_s >= rules.pause_s - _SAME_S
        return spans[-1].end_s if quiet and spans[-1].end_s > self._settled_s + _SAME_S else None

    def _is_full(self, start_s: float, end_s: float) -> bool:
        return end_s - start_s >= self._rules.longest_s - _SAME_S

    def _n_certain(self, words: Sequence[Word], window: Window) -> int:
        count = self._agreement.agreed(words)
        limit_s = window.end_s - self._rules.hold_s
        # A window that can't grow has to be given up: there won't be a better look at its words.
        sure = 0.0 if self._is_full(window.start_s, window.end_s) else self._rules.sure
        while count < len(words) and words[count].end_s <= limit_s and (words[count].probability or 0.0) >= sure:
            count += 1
        return count

    def _lost(self, window: Window) -> bool:
        """Return whether speech at the window's end gave no words, and another hearing of it may give some."""
        from_s = max(self._certain_to_s, window.start_s)
        differs = bool(window.prompt) or from_s - window.start_s > self._rules.lost_s
        return differs and self._speech.speech_s(from_s, window.end_s) >= self._rules.lost_s

    def _in_order(self, words: Sequence[Word]) -> tuple[Word, ...]:
        """Return the words with times that don't go back behind what is certain."""
        ordered = []
        for word in words:
            start_s = max(word.start_s, self._certain_to_s)
            self._certain_to_s = max(word.end_s, start_s)
            ordered.append(msgspec.structs.replace(word, start_s=start_s, end_s=self._certain_to_s))
        return tuple(ordered)

    def _let_go(self) -> None:
        """Let go of silence, and of speech whose words are all certain once a silence behind it is long enough."""
        rules, spans, heard_s = self._rules, self._speech.spans, self.heard_s
        if not spans:
            # What begins to sound like speech counts from its first frame on.
            self._buffer.trim(heard_s - rules.lead_s - rules.shortest_speech_s)
            return
        done = [span for span in spans if span.end_s <= self._settled_s + _SAME_S]
        if not done:
            return
        next_s = spans[len(done)].start_s if len(done) < len(spans) else heard_s
        if next_s - done[-1].end_s >= rules.gap_s - _SAME_S:
            self._cut(max(self._settled_s, next_s - rules.lead_s - rules.shortest_speech_s))

    def _trim(self, window: Window) -> None:
        """Shorten a buffer that is too long at a place where nobody is in the middle of a word."""
        if window.end_s - window.start_s < self._rules.trim_s:
            return
        if window.settles:
            self._cut(window.end_s)
            return
        certain = [word for word in self._certain if word.start_s >= window.start_s]
        half = certain[len(certain) // 2 :]
        # The widest gap in the second half of what is certain, the latest of several.
        gaps = [(after.start_s - before.end_s, (before.end_s + after.start_s) / 2) for before, after in pairwise(half)]
        if gaps:
            self._cut(max(gaps)[1])
        elif self._is_full(window.start_s, window.end_s):
            # The stall: 25 s of what may be speech, and hardly a word.
            self._cut(max(self._certain_to_s, window.end_s - self._rules.trim_s))

    def _cut(self, at_s: float) -> None:
        self._buffer.trim(at_s)
        start_s = self._buffer.start_s
        self._speech.forget(start_s)
        done = [word for word in self._certain if word.start_s < start_s]
        self._certain = [word for word in self._certain if word.start_s >= start_s]
        self._before = (self._before + "".join(word.text for word in done))[
            -4 * max(1, self._rules.prompt_characters) :
        ]
        self._decoded_s = max(self._decoded_s, start_s)
