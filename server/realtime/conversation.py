"""The items of a session, and the one that the next response is about."""

from __future__ import annotations

import msgspec

from ..service.errors import bad_request
from .client_events import Item
from .server_events import ConversationItem, FunctionCall, FunctionOutput, Message, Part, new_id

_MAX_ITEMS = 256
_MAX_BYTES = 2 << 20
_MAX_ID_CHARS = 64
_ROOT = "root"
"""The name of the place before the first item."""


class Conversation:
    """Items in their order. The oldest are dropped beyond 256 items or 2 MiB of JSON."""

    def __init__(self) -> None:
        self._items: list[ConversationItem] = []
        self._n_bytes: dict[str, int] = {}
        """The size of each item."""
        self.newest: str | None = None
        """The id of the newest item that no response was about."""

    def add(self, item: ConversationItem, after: str | None = None, *, is_answer: bool = False) -> str | None:
        """Add an item at the end, or after another one, and return the id of the item before it.

        Raises:
            ApiError: There is no item `after`, or one with the new item's id.
        """
        if any(item.id == other.id for other in self._items):
            raise bad_request(f"there is an item '{item.id}' already", "item.id", "item_exists")
        position = len(self._items)
        if after is not None:
            position = 0 if after == _ROOT else self._position(after, "previous_item_id") + 1
        self._items.insert(position, item)
        self._n_bytes[item.id] = _size_of(item)
        if not is_answer:
            self.newest = item.id
        previous = self._items[position - 1].id if position else None
        self._drop_oldest()
        return previous

    def get(self, item_id: str) -> ConversationItem:
        """Return an item. ApiError if there is none with this id."""
        return self._items[self._position(item_id)]

    def replace(self, item: ConversationItem) -> None:
        """Replace the item with the same id, unless it was removed."""
        if item.id in self._n_bytes:
            self._items = [item if other.id == item.id else other for other in self._items]
            self._n_bytes[item.id] = _size_of(item)
            self._drop_oldest()

    def remove(self, item_id: str) -> None:
        """Remove an item. ApiError if there is none with this id."""
        del self._items[self._position(item_id)]
        del self._n_bytes[item_id]
        if self.newest == item_id:
            self.newest = None

    def take_newest(self) -> ConversationItem | None:
        """Return the newest item that no response was about, once."""
        newest, self.newest = self.newest, None
        return next((item for item in self._items if item.id == newest), None)

    def _drop_oldest(self) -> None:
        while len(self._items) > 1 and (len(self._items) > _MAX_ITEMS or sum(self._n_bytes.values()) > _MAX_BYTES):
            del self._n_bytes[self._items.pop(0).id]

    def _position(self, item_id: str, param: str = "item_id") -> int:
        for position, item in enumerate(self._items):
            if item.id == item_id:
                return position
        raise bad_request(f"there is no item '{item_id[:100]}'", param, "item_not_found")


def _size_of(item: ConversationItem) -> int:
    return len(msgspec.json.encode(item))


def item_of(item: Item) -> ConversationItem:
    """Return a client's item as one of the conversation.

    Raises:
        ApiError: It isn't text.
    """
    item_id = item.id or new_id("item")
    if len(item_id) > _MAX_ID_CHARS:
        raise bad_request(f"the id of an item has maximum {_MAX_ID_CHARS} characters", "item.id")
    if item.type == "message":
        return Message(id=item_id, role=item.role or "user", content=_parts(item))
    if not item.call_id:
        raise bad_request("missing field 'item.call_id'", "item.call_id", "missing_required_parameter")
    if item.type == "function_call":
        return FunctionCall(id=item_id, call_id=item.call_id, name=item.name or "", arguments=item.arguments or "")
    return FunctionOutput(id=item_id, call_id=item.call_id, output=item.output or "")


def _parts(item: Item) -> tuple[Part, ...]:
    parts = []
    for part in item.content or ():
        if "text" not in part.type and part.transcript is None:
            raise bad_request(
                f"content of type '{part.type}' isn't supported in an item; use 'input_text', and "
                "input_audio_buffer.append for audio",
                "item.content",
                "unsupported_value",
            )
        if "text" in part.type:
            parts.append(Part(type=part.type, text=part.text or ""))
        else:
            parts.append(Part(type=part.type, transcript=part.transcript))
    if not parts:
        raise bad_request("missing field 'item.content'", "item.content", "missing_required_parameter")
    return tuple(parts)
