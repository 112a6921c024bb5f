"""The server's side of a node's line of text."""

from __future__ import annotations


class PromptServer:
    instance: PromptServer

    def __init__(self) -> None:
        self.client_id: str | None = "the client"
        self.texts: list[tuple[str, str, str | None]] = []

    def send_progress_text(self, text: bytes | bytearray | str, node_id: str, sid: str | None = None) -> None:
        assert isinstance(text, str)
        self.texts.append((text, node_id, sid))


PromptServer.instance = PromptServer()
