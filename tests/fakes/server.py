"""The host's server: progress texts, messages to the browser, and routes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Handler = Callable[[Any], Any]


class Routes:
    """Collects routes before the server starts."""

    def __init__(self) -> None:
        self.taken: dict[str, Handler] = {}

    def get(self, path: str) -> Callable[[Handler], Handler]:
        def take(handler: Handler) -> Handler:
            assert path not in self.taken, f"{path} twice: the real server would not start"
            self.taken[path] = handler
            return handler

        return take


class PromptServer:
    instance: PromptServer

    def __init__(self) -> None:
        self.client_id: str | None = "the client"
        self.last_prompt_id = "the prompt"
        self.texts: list[tuple[str, str, str | None]] = []
        self.messages: list[tuple[str, dict[str, Any], str | None]] = []
        self.routes = Routes()

    def send_progress_text(self, text: bytes | bytearray | str, node_id: str, sid: str | None = None) -> None:
        assert isinstance(text, str)
        self.texts.append((text, node_id, sid))

    def send_sync(self, event: str, data: dict[str, Any], sid: str | None = None) -> None:
        self.messages.append((event, data, sid))


PromptServer.instance = PromptServer()
