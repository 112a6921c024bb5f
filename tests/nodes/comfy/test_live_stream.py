"""Live audio streams of nodes, and the routes that serve them."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pack_folder import FAKES, ROOT

from voxweft.nodes.comfy.live_stream import LiveStream, LiveStreams

BLOCK = np.linspace(-1, 1, 1000, dtype=np.float32)


def heard(data: bytes) -> np.ndarray:
    return np.frombuffer(data, "<i2").astype(np.float32) / 32768


def test_all_data_arrives_in_order_at_any_time() -> None:
    stream = LiveStream(8000)
    assert stream.read(0) == (b"", 0, False)
    stream.write(BLOCK)
    first = stream.read(0)
    stream.write(BLOCK[::-1].copy())
    second = stream.read(first.number)
    stream.end()
    late = stream.read(0)
    assert late.data == first.data + second.data
    assert late.ended
    assert np.abs(heard(first.data) - BLOCK).max() < 1e-4


def test_a_stream_is_bounded_and_a_slow_reader_gets_none() -> None:
    stream = LiveStream(8000, max_bytes=5000)
    stream.write(BLOCK)
    slow = stream.read(0)
    for _ in range(100):
        stream.write(BLOCK)
    assert stream.read(slow.number) is None, "the following blocks would leave a gap"
    assert len(stream.read(0).data) <= 5000


def test_old_streams_are_dropped_but_never_a_running_one() -> None:
    streams = LiveStreams(kept=2)
    running = streams.open(8000)
    ended = [streams.open(8000) for _ in range(5)]
    for stream in ended:
        stream.end()
    newest = streams.open(8000)
    assert streams.get(running.id) is running
    assert streams.get(newest.id) is newest
    assert sum(streams.get(stream.id) is not None for stream in ended) <= 1
    assert len({running.id, newest.id, *(stream.id for stream in ended)}) == 7
    assert len(running.id) >= 32


@pytest.fixture
def routes(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    pytest.importorskip("aiohttp", reason="aiohttp isn't installed (it is with the extra 'test'); ComfyUI brings it")
    monkeypatch.syspath_prepend(str(FAKES))
    from server import PromptServer

    monkeypatch.setattr(PromptServer, "instance", PromptServer())
    return PromptServer.instance.routes.taken


def serve(handlers: dict[str, Any], request: Any) -> Any:
    """Run `request(session, base)` against a real server with these handlers."""
    from aiohttp import ClientSession, web

    async def run() -> Any:
        app = web.Application()
        for path, handler in handlers.items():
            app.router.add_get(path, handler)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        try:
            async with ClientSession() as session:
                return await asyncio.wait_for(request(session, f"http://127.0.0.1:{port}"), 30)
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def test_a_stream_is_sent_while_it_is_generated(routes: dict[str, Any]) -> None:
    from voxweft.nodes.comfy.live_stream import STREAMS
    from voxweft.nodes.comfy.routes import live_path, register_routes

    register_routes()
    assert next(iter(routes)) == live_path("{stream}")
    stream = STREAMS.open(8000)

    async def request(session: Any, base: str) -> bytes:
        stream.write(BLOCK)
        async with session.get(base + live_path(stream.id)) as response:
            assert response.status == 200
            assert response.headers["X-Sample-Rate"] == "8000"
            first = await response.content.readexactly(2000)
            # A thread writes, as in the host.
            threading.Thread(target=lambda: (stream.write(BLOCK), stream.end())).start()
            return first + await response.content.read()

    assert np.abs(heard(serve(routes, request)) - np.tile(BLOCK, 2)).max() < 1e-4


def test_a_browser_that_disconnects_affects_no_other(routes: dict[str, Any]) -> None:
    from voxweft.nodes.comfy.live_stream import STREAMS
    from voxweft.nodes.comfy.routes import live_path, register_routes

    register_routes()
    stream = STREAMS.open(8000)

    async def request(session: Any, base: str) -> None:
        response = await session.get(base + live_path(stream.id))
        response.close()
        while stream._waiting:
            stream.write(BLOCK)
            await asyncio.sleep(0.01)

    serve(routes, request)
    assert not stream.ended


def test_an_unknown_id_is_404(routes: dict[str, Any]) -> None:
    from voxweft.nodes.comfy.routes import live_path, register_routes

    register_routes()

    async def request(session: Any, base: str) -> int:
        async with session.get(base + live_path("guessed")) as response:
            return response.status

    assert serve(routes, request) == 404


def test_the_web_folder_is_served_from_a_folder_with_a_space(
    routes: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from voxweft.nodes.comfy import routes as module

    folder = tmp_path / "vox weft-pack"
    folder.symlink_to(ROOT)
    monkeypatch.setattr(module, "PACK", folder)
    module.register_routes()

    async def request(session: Any, base: str) -> list[tuple[int, str]]:
        found = []
        for path in (
            "voxweft.js",
            "player/player-worklet.mjs",
            "docs/VoxweftSpeak.md",
            "%2e%2e/pyproject.toml",
            "docs",
        ):
            async with session.get(f"{base}/extensions/vox%20weft-pack/{path}") as response:
                found.append((response.status, response.headers.get("Content-Type", "").partition(";")[0]))
        return found

    script = (200, "text/javascript")
    assert serve(routes, request)[:2] == [script, script]
    assert [status for status, _ in serve(routes, request)[2:]] == [200, 404, 404]


def test_without_a_server_nothing_is_registered() -> None:
    from voxweft.nodes.comfy.routes import register_routes

    register_routes()
    assert Path(ROOT / "web" / "voxweft.js").is_file()
