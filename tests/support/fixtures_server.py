"""Helpers for tests of the server: a real server on loopback, and clients for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
from streaming_kit import ENGINES

from voxweft.server.service.service import Service
from voxweft.server.service.settings import ServerSettings
from voxweft.server.serving import ServerThread, serve_in_thread
from voxweft.utils.settings import Settings
from voxweft.utils.streaming.runtime import Runtime

TONE = {"model": "tone", "voice": "noise"}


class Served:
    """A running server and an HTTP client for it."""

    def __init__(self, thread: ServerThread, client: httpx.Client) -> None:
        self.url = f"http://127.0.0.1:{thread.port}"
        self.socket_url = f"ws://127.0.0.1:{thread.port}"
        self.wyoming_port = thread.wyoming_port
        self.client = client
        self.service: Service = thread.app.state.service

    def speech(self, text: str, **fields: Any) -> httpx.Response:
        """Request speech and return the complete response."""
        return self.client.post("/v1/audio/speech", json={"input": text, **fields})

    def n_ended_jobs(self) -> int:
        """Return the number of jobs that have ended, with any outcome."""
        return sum(row["requests"] for row in self.stats()["voices"])

    def stats(self) -> Any:
        """Return the server's statistics."""
        return self.client.get("/stats").json()


@contextmanager
def open_runtime(home: Path, **settings: Any) -> Iterator[Runtime]:
    """Yield a runtime with all its files in `home`, and the tests' engines."""
    folders = {"cache_dir": home / "cache", "models_home": home / "models", "engine_folders": (ENGINES,)}
    values = folders | {"level_lufs": None} | settings
    with closing(Runtime(Settings(**values))) as runtime:
        yield runtime


@contextmanager
def serving(runtime: Runtime, **settings: Any) -> Iterator[Served]:
    """Run a server over a runtime, on a free port."""
    with serve_in_thread(runtime, ServerSettings(**({"port": 0} | settings))) as thread:
        token = settings.get("token", "")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with httpx.Client(base_url=f"http://127.0.0.1:{thread.port}", headers=headers, timeout=60) as client:
            yield Served(thread, client)


def message(response: httpx.Response) -> str:
    """Return the message of an error response."""
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return str(error["message"])
