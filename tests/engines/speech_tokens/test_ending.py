"""The end of speech tokens: found, or not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voxweft.engines.speech_tokens.ending import Ending, token_limit

SILENCE = 4299
RATE = 25
MOST = 1000


def faults(tokens: list[int], limit: int = MOST) -> tuple[Ending, list[object]]:
    ending = Ending(limit, RATE)
    return ending, [ending.push(token) for token in tokens]


def test_speech_that_varies_has_no_fault() -> None:
    ending, seen = faults([number * 7 % 6561 for number in range(500)])
    assert seen == [None] * 500
    assert ending.fault is None
    assert ending.n_good == 500


def test_two_seconds_of_silence_are_a_loop() -> None:
    ending, seen = faults([1, 2, 3] + [SILENCE] * 51)
    assert seen[-1] == "loop"
    assert seen[:-1] == [None] * 53
    # The tokens that don't repeat, and a short pause.
    assert ending.n_good == 3 + 1 + 6


def test_a_pause_of_a_second_is_none() -> None:
    _, seen = faults([1, *[SILENCE] * 25, 2, *[SILENCE] * 25, 3])
    assert seen == [None] * 53


def test_a_pattern_is_a_loop() -> None:
    ending, seen = faults([9, 8, 7] + [1, 2, 3, 4] * 14)
    assert "loop" in seen
    assert ending.n_good <= 3 + 4 + 6


def test_the_limit_is_endless() -> None:
    _, seen = faults(list(range(30)), 30)
    assert seen == [None] * 29 + ["endless"]


def test_seconds_not_tokens_decide() -> None:
    ending = Ending(MOST, 2 * RATE)
    assert [ending.push(SILENCE) for _ in range(101)] == [None] * 100 + ["loop"]
    assert ending.n_good == 1 + 12


def test_the_limit_follows_the_text() -> None:
    assert token_limit("Hi.", RATE, MOST) < token_limit("Hello there, how are you?", RATE, MOST) < MOST
    assert token_limit("word " * 56, RATE, MOST) == MOST
    assert token_limit("你好你好", RATE, MOST) == token_limit("a" * 12, RATE, MOST)
    assert token_limit("Hi.", 2 * RATE, MOST) == 2 * token_limit("Hi.", RATE, MOST)


@given(st.lists(st.integers(0, 3), max_size=200))
def test_what_is_good_is_never_more_than_there_is(tokens: list[int]) -> None:
    ending, _ = faults(tokens)
    assert 0 <= ending.n_good <= len(tokens)
