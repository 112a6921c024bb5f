"""When a person starts and stops to speak, from the VAD's probabilities alone: nothing waits for words."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ....media.audio.speech_frames import FRAME_S
from .endpoint import Endpointer
from .events import SpeechStarted, SpeechStopped
from .rules import LiveRules


class SpeechActivity:
    """Turns probabilities of speech into events. A start is always followed by a stop, at the latest by `finish`."""

    def __init__(self, rules: LiveRules) -> None:
        self._stop_s = max(rules.stop_s, FRAME_S)
        self._speech = Endpointer(
            msgspec.structs.replace(rules, min_speech_s=rules.start_s, pause_s=self._stop_s + FRAME_S)
        )
        self._is_speaking = False

    def push(self, probabilities: Iterable[float]) -> list[SpeechStarted | SpeechStopped]:
        """Add the probabilities of the next frames, and return what changed in them."""
        events: list[SpeechStarted | SpeechStopped] = []
        for probability in probabilities:
            self._speech.push((probability,))
            if not self._is_speaking and self._speech.spans:
                self._is_speaking = True
                events.append(SpeechStarted(at_s=round(self._speech.spans[-1].start_s, 3)))
            # Half a frame: both are sums of frame lengths.
            elif self._is_speaking and self._speech.silent_s >= self._stop_s - FRAME_S / 2:
                events += self.finish()
        return events

    def finish(self) -> list[SpeechStarted | SpeechStopped]:
        """End the speech here, if a person speaks."""
        if not self._is_speaking:
            return []
        self._is_speaking = False
        stopped = SpeechStopped(at_s=round(self._speech.spans[-1].end_s, 3))
        self._speech.trim(self._speech.received_s)
        return [stopped]
