"""eSpeak NG as the first nodes use it: their widgets' values become a speaker."""

from __future__ import annotations

from ..jobs import Speaker
from ..utils.streaming import NamedVoice


def espeak_speaker(voice: str, speed: float, *, pitch: int | None = None) -> Speaker:
    """Return the speaker that the widgets describe. An empty voice and a pitch of None are the engine's defaults."""
    name = voice.strip()
    return Speaker(
        engine="espeak",
        voice=NamedVoice(name) if name else None,
        speed=speed,
        params={} if pitch is None else {"pitch": pitch},
    )
