"""A piece's windows in frames."""

from __future__ import annotations

from voxweft.engines.chatterbox.windows import LOOKAHEAD_TOKENS, final_frames, plan_windows
from voxweft.engines.speech_tokens.windows import Window


def test_the_last_frames_wait_for_the_lookahead() -> None:
    window = plan_windows().next(80)
    assert window is not None
    assert final_frames(window) == (0, 2 * (80 - LOOKAHEAD_TOKENS))
    assert final_frames(Window(10, 60, 80, 80)) == (20, 160)
