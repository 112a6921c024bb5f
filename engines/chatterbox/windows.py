"""The windows of a piece's codes, and of their frames and samples."""

from __future__ import annotations

from ..speech_tokens.windows import Window, WindowPlan

FRAMES_PER_TOKEN = 2
FRAME_SAMPLES = 480
LOOKAHEAD_TOKENS = 3
"""The decoder's first layer looks this far ahead, so the last three tokens' frames aren't final."""
HELD_FRAMES = 8
"""The vocoder changes this many frames when more follow."""
FADE_SAMPLES = 720
"""30 ms: the crossfade from what was held back to the next window's version of it."""


def plan_windows() -> WindowPlan:
    """Return the plan for a piece that is decoded while its codes are drawn: short windows first, then longer ones."""
    return WindowPlan(first=12, growth=1.5, longest=100, context=50, ahead=LOOKAHEAD_TOKENS)


def final_frames(window: Window) -> tuple[int, int]:
    """Return the range of a window's final frames, in the whole piece."""
    return FRAMES_PER_TOKEN * window.begin, FRAMES_PER_TOKEN * window.final
