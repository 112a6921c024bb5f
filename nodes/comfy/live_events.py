"""Notify the browser of a node's live audio stream and of its finished file."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...media.audio.wav import WavWriter
from .live_stream import STREAMS, LiveStream
from .routes import live_path

EVENT = "voxweft.live"
"""The type of the message to the browser. It is JSON: the front end throws on unknown binary messages."""


class LiveAudio:
    """A node's audio while it is generated, sent if the host has a server and a browser started the run."""

    def __init__(self, node_id: str | None, sample_rate: int) -> None:
        self._stream: LiveStream | None = None
        server = _server()
        client = getattr(server, "client_id", None)
        if server is None or client is None or node_id is None:
            return
        self._stream = STREAMS.open(sample_rate)
        event = {
            "node": node_id,
            "prompt_id": getattr(server, "last_prompt_id", ""),
            "path": live_path(self._stream.id),
            "sample_rate": sample_rate,
        }
        server.send_sync(EVENT, event, client)

    def __enter__(self) -> LiveAudio:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.end()

    def write(self, samples: NDArray[np.float32]) -> None:
        """Send float32 mono samples `[n_samples]`. Never blocks."""
        if self._stream is not None:
            self._stream.write(samples)


def finished_file(blocks: Sequence[NDArray[np.float32]], sample_rate: int) -> dict[str, Any]:
    """Write a node's finished audio to ComfyUI's temporary folder and return the UI output that names the file.

    The node's player uses the file where it could not play live. Empty without a server.
    """
    paths = sys.modules.get("folder_paths")
    if paths is None or _server() is None:
        return {}
    folder = Path(paths.get_temp_directory())
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"voxweft_{secrets.token_hex(8)}.wav"
    with file.open("xb") as sink, WavWriter(sink, sample_rate) as wav:
        for block in blocks:
            wav.write(block)
    return {"voxweft": [{"filename": file.name, "subfolder": "", "type": "temp"}]}


def _server() -> Any:
    # Looked up, not imported: nodes also run in hosts without a server.
    return getattr(getattr(sys.modules.get("server"), "PromptServer", None), "instance", None)
