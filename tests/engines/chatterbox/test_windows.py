"""The windows of a piece that is decoded while it is drawn."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voxweft.engines.chatterbox.windows import LOOKAHEAD_TOKENS, Window, WindowPlan


def windows(n_tokens: int, plan: WindowPlan) -> list[Window]:
    found = [window for count in range(1, n_tokens + 1) if (window := plan.next(count)) is not None]
    return [*found, plan.last(n_tokens)]


def test_windows_grow() -> None:
    found = windows(400, WindowPlan(first=25, growth=2, longest=100, context=50))
    assert [window.end for window in found] == [28, 78, 178, 278, 378, 400]
    assert [window.new for window in found] == [0, 25, 75, 175, 275, 375]
    assert [window.begin for window in found] == [0, 0, 25, 125, 225, 325]
    assert [window.last for window in found] == [False] * 5 + [True]


def test_a_short_piece_is_one_window() -> None:
    assert windows(14, WindowPlan()) == [Window(0, 0, 14, last=True)]


def test_the_last_frames_wait_for_the_lookahead() -> None:
    assert Window(10, 60, 80, last=False).frames == (20, 2 * (80 - LOOKAHEAD_TOKENS))
    assert Window(10, 60, 80, last=True).frames == (20, 160)


@given(
    n_tokens=st.integers(1, 1000),
    first=st.integers(1, 60),
    growth=st.floats(1, 4),
    longest=st.integers(60, 200),
    context=st.integers(0, 100),
)
def test_every_frame_is_sent_once(n_tokens: int, first: int, growth: float, longest: int, context: int) -> None:
    plan = WindowPlan(first=first, growth=growth, longest=longest, context=context)
    sent = 0
    for window in windows(n_tokens, plan):
        assert 2 * window.new == sent
        assert window.new - window.begin <= context
        assert window.end - window.begin <= context + longest + LOOKAHEAD_TOKENS
        sent = window.frames[1]
    assert sent == 2 * n_tokens
