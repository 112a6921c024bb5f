"""The pack as ComfyUI sees it: an extension with a list of nodes."""

from __future__ import annotations

from comfy_api.v0_0_2 import ComfyExtension, io

from .dub import SpeechloomDub
from .speak import SpeechloomSpeak


class SpeechloomExtension(ComfyExtension):
    """Speechloom's nodes."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """Return the classes of all nodes."""
        return [SpeechloomSpeak, SpeechloomDub]
