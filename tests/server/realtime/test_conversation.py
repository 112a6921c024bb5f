"""The conversation of a session is bounded, and knows what the next response is about."""

from __future__ import annotations

import pytest

pytest.importorskip("fastapi")

from voxweft.server.realtime.client_events import Content, Item
from voxweft.server.realtime.conversation import Conversation, item_of
from voxweft.server.realtime.server_events import FunctionOutput, Message
from voxweft.server.service.errors import ApiError


def text(words: str, item_id: str | None = None) -> Message:
    item = item_of(Item(id=item_id, role="user", content=(Content(type="input_text", text=words),)))
    assert isinstance(item, Message)
    return item


def test_items_are_in_order_and_can_be_placed() -> None:
    conversation = Conversation()
    assert conversation.add(text("one", "1")) is None
    assert conversation.add(text("three", "3")) == "1"
    assert conversation.add(text("two", "2"), "1") == "1"
    assert conversation.add(text("zero", "0"), "root") is None
    conversation.remove("1")
    assert conversation.add(text("four")) == "3"
    for bad in (lambda: conversation.add(text("again", "3")), lambda: conversation.add(text("x"), "none")):
        with pytest.raises(ApiError):
            bad()


def test_each_item_is_answered_once() -> None:
    conversation = Conversation()
    conversation.add(text("one"))
    conversation.add(text("two", "2"))
    newest = conversation.take_newest()
    assert newest is not None
    assert newest.text == "two"
    conversation.add(text("an answer"), is_answer=True)
    assert conversation.take_newest() is None


def test_the_oldest_items_are_dropped() -> None:
    conversation = Conversation()
    for number in range(300):
        conversation.add(text("a", str(number)))
    with pytest.raises(ApiError, match="there is no item '0'"):
        conversation.get("0")
    conversation.add(text("x" * 2_095_000))
    with pytest.raises(ApiError, match="there is no item '280'"):
        conversation.get("280")
    assert conversation.get("299").text == "a"


@pytest.mark.parametrize(
    "padded",
    [
        {"type": "function_call_output", "call_id": "a", "output": '{"text": "a", "more": "PADDING"}'},
        {"type": "function_call", "call_id": "PADDING"},
        {"type": "function_call", "call_id": "a", "name": "PADDING"},
    ],
)
def test_what_is_not_spoken_counts_too(padded: dict[str, str]) -> None:
    conversation = Conversation()
    fields = {name: value.replace("PADDING", "x" * 500_000) for name, value in padded.items()}
    for number in range(10):
        conversation.add(item_of(Item(id=str(number), **fields)))
    with pytest.raises(ApiError, match="there is no item '5'"):
        conversation.get("5")
    assert conversation.get("6").id == "6"
    # An item that grows.
    conversation.add(text("short", "grows"))
    conversation.replace(text("x" * 2_000_000, "grows"))
    with pytest.raises(ApiError, match="there is no item '9'"):
        conversation.get("9")


@pytest.mark.parametrize(
    ("output", "spoken"),
    [
        ("It rains.", "It rains."),
        ('{"status": "completed", "answer": "It rains."}', "It rains."),
        ('{"text": "It rains."}', "It rains."),
        ("[1, 2]", "[1, 2]"),
        ('{"sky": "gray"}', '{"sky": "gray"}'),
    ],
)
def test_what_is_spoken_of_the_output_of_a_function(output: str, spoken: str) -> None:
    assert FunctionOutput(id="1", call_id="2", output=output).text == spoken
