"""The sample rate and frame length of live recognition: those of Silero VAD and Whisper."""

from __future__ import annotations

SAMPLE_RATE_HZ = 16_000
FRAME_SAMPLES = 512
"""The frame length of Silero VAD at 16 kHz."""
FRAME_S = FRAME_SAMPLES / SAMPLE_RATE_HZ
