"""What is a message, what is text, and what is an error."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("fastapi")

from hypothesis import given
from hypothesis import strategies as st

from voxweft.server.routes.socket_messages import (
    CancelMessage,
    EndMessage,
    FlushMessage,
    Message,
    TextMessage,
    parse_message,
)
from voxweft.server.routes.ws_speech import SPEECH_MESSAGES
from voxweft.server.service.errors import ApiError


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ('{"type": "text", "text": "{}"}', TextMessage("{}")),
        ('{"text": "Hi"}', TextMessage("Hi")),
        ('{"text": "Hi", "type": null}', TextMessage("Hi")),
        (' {"type":"flush","text":null}\n', FlushMessage()),
        ('{"type": "end"}', EndMessage()),
        ('{"type": "cancel"}', CancelMessage()),
    ],
)
def test_messages(message: str, expected: Message) -> None:
    assert parse_message(message, SPEECH_MESSAGES) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}",
        "{a}",
        '{"type"',
        '{"level": "loud"}',
        '["type"]',
        '"type"',
        "{'type': 'stop'}",
        'So {"type": "end"}',
        '{"type": "end"} and more',
        "{" * 5000,
    ],
)
def test_text_that_only_looks_like_a_message_is_text(text: str) -> None:
    assert parse_message(text, SPEECH_MESSAGES) is None


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ('{"type": "stop"}', 'unknown message type "stop"; use text, flush, end or cancel'),
        ('{"type": "Flush"}', 'unknown message type "Flush"'),
        ('{"type": 5}', "unknown message type 5"),
        ('{"type": ["text"], "text": "Hi"}', "unknown message type"),
        ('{"type": "finish"}', "unknown message type"),
        ('{"type": "flush", "now": true}', "a message of type 'flush' has no field 'now'; its fields are type"),
        ('{"type": "end", "text": "Bye"}', "a message of type 'end' has no field 'text'"),
        ('{"text": "Hi", "speed": NaN}', "a message of type 'text' has no field 'speed'; its fields are type, text"),
        ('{"type": "text"}', "a message of type 'text' must have 'text' as text"),
        ('{"type": null}', "a message of type 'text' must have 'text' as text"),
        ('{"type": "text", "text": 5}', "must have 'text' as text"),
        ('{"type": ' + '{"a": ' * 5000 + "1" + "}" * 5001, "nested too deeply"),
        ('{"type": "text", "n": ' + "9" * 5000 + "}", "too many digits"),
    ],
)
def test_an_invalid_message_is_an_error(message: str, problem: str) -> None:
    with pytest.raises(ApiError, match=r".") as raised:
        parse_message(message, SPEECH_MESSAGES)
    assert problem in raised.value.message
    assert raised.value.status == 400


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["type", "text", "speed", "x"]) | st.text(max_size=3), JSON, max_size=4))
def test_an_object_with_type_or_text_is_never_spoken(fields: dict[str, object]) -> None:
    try:
        found = parse_message(json.dumps(fields), SPEECH_MESSAGES)
    except ApiError:
        assert fields.keys() & {"type", "text"}
    else:
        assert (found is None) == (not fields.keys() & {"type", "text"})
