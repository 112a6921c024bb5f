"""Turns from the probabilities of speech."""

from __future__ import annotations

from typing import Literal

from ...jobs.transcribe.live.endpoint import Endpointer
from ...jobs.transcribe.live.rules import LiveRules
from ...media.audio.speech_frames import FRAME_S

_HYSTERESIS = 0.15
"""Speech ends this far below the probability at which it begins, as in Silero's own detection."""
TurnEvent = Literal["started", "stopped"]


def rules_for(begin_probability: float) -> LiveRules:
    """Return the rules of a session whose speech begins at a probability."""
    return LiveRules(begin_probability=begin_probability, end_probability=max(0.01, begin_probability - _HYSTERESIS))


class TurnDetector:
    """Finds where a turn starts and stops, frame by frame. Times are in seconds of the frames pushed."""

    def __init__(self, begin_probability: float, silence_s: float) -> None:
        self._silence_s = max(silence_s, FRAME_S)
        rules = rules_for(begin_probability)
        self._speech = Endpointer(
            LiveRules(
                begin_probability=rules.begin_probability,
                end_probability=rules.end_probability,
                pause_s=self._silence_s,
            )
        )
        self._in_turn = False

    @property
    def received_s(self) -> float:
        """The length of the frames so far."""
        return self._speech.received_s

    @property
    def speech_start_s(self) -> float:
        """The start of the turn's speech. Only in a turn."""
        return self._speech.spans[-1].start_s

    def push(self, probability: float) -> TurnEvent | None:
        """Add a frame's probability of speech, and return what it changes."""
        self._speech.push([probability])
        if not self._in_turn and self._speech.spans:
            self._in_turn = True
            return "started"
        # Half a frame: both are sums of frame lengths.
        if self._in_turn and self._speech.silent_s >= self._silence_s - FRAME_S / 2:
            self.end_turn()
            return "stopped"
        return None

    def end_turn(self) -> None:
        """End the turn here: speech that goes on starts another one."""
        self._in_turn = False
        self._speech.trim(self.received_s + FRAME_S)
