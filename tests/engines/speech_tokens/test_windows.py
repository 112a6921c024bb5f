"""The windows of a piece that is decoded while it is drawn."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voxweft.engines.speech_tokens.windows import Window, WindowPlan


def windows(n_tokens: int, plan: WindowPlan) -> list[Window]:
    found = [window for count in range(1, n_tokens + 1) if (window := plan.next(count)) is not None]
    return [*found, plan.last(n_tokens)]


def test_windows_grow() -> None:
    found = windows(400, WindowPlan(first=25, growth=2, longest=100, context=50, ahead=3))
    assert [window.end for window in found] == [28, 78, 178, 278, 378, 400]
    assert [window.final for window in found] == [25, 75, 175, 275, 375, 400]
    assert [window.new for window in found] == [0, 25, 75, 175, 275, 375]
    assert [window.begin for window in found] == [0, 0, 25, 125, 225, 325]
    assert [window.last for window in found] == [False] * 5 + [True]


def test_a_short_piece_is_one_window() -> None:
    assert windows(14, WindowPlan(first=12, longest=12, context=50, ahead=3)) == [Window(0, 0, 14, 14)]


@given(
    n_tokens=st.integers(1, 1000),
    first=st.integers(1, 60),
    growth=st.floats(1, 4),
    longest=st.integers(60, 200),
    context=st.integers(0, 100),
    ahead=st.integers(1, 60),
)
def test_every_token_is_sent_once(
    n_tokens: int, first: int, growth: float, longest: int, context: int, ahead: int
) -> None:
    plan = WindowPlan(first=first, growth=growth, longest=longest, context=context, ahead=ahead)
    sent = 0
    for window in windows(n_tokens, plan):
        assert window.new == sent
        assert window.new - window.begin <= context
        assert window.last or window.end - window.final == ahead
        assert window.end - window.begin <= context + longest + ahead
        sent = window.final
    assert sent == n_tokens
