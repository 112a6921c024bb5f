"""The fixed sizes of Whisper's ears: samples, frames, steps."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

SAMPLE_RATE_HZ = 16000
HOP_SAMPLES = 160
"""One frame of features, 10 ms."""
N_MELS = 80
N_FFT = 400
FRAMES_PER_S = 100
STEPS_PER_S = 50
"""The encoder's outputs, two frames each; timestamps count in them."""
WINDOW_FRAMES = 3000
WINDOW_STEPS = 1500

Seconds: TypeAlias = "float | np.floating"
"""A time as it comes: what is computed from eSpeak's stays float32, for the data depend on its rounding."""
