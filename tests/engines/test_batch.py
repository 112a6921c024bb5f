"""The segments of one call of `stream_many`, some of which can't be spoken."""

from __future__ import annotations

import pytest

from voxweft.engines import StreamingSegment, TextPayload
from voxweft.engines.batch import jobs_of, raise_failures

SEGMENTS = [StreamingSegment(index=0, payload=TextPayload(text), engine="any") for text in ("3", "x", "5", "x")]


def number_of(segment: StreamingSegment) -> int:
    return int(segment.payload.text)


def test_the_others_keep_their_positions() -> None:
    jobs, failures = jobs_of(SEGMENTS, number_of, (ValueError,))
    assert jobs == {0: 3, 2: 5}
    assert failures == ["invalid literal for int() with base 10: 'x'"] * 2


def test_any_other_error_is_raised() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        jobs_of(SEGMENTS, number_of, (KeyError,))


def test_each_message_is_named_once() -> None:
    with pytest.raises(LookupError, match=r"\Aone; two\Z"):
        raise_failures(["one", "two", "one"], LookupError)
    raise_failures([], LookupError)
