"""The units that live recognition counts in: those of Silero VAD and Whisper."""

from __future__ import annotations

SAMPLE_RATE_HZ = 16_000
FRAME_SAMPLES = 512
"""What Silero VAD takes at once, at 16 kHz."""
FRAME_S = FRAME_SAMPLES / SAMPLE_RATE_HZ
