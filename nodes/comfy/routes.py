"""HTTP routes in ComfyUI's server: live audio, and the pack's web folder where ComfyUI cannot serve it.

They are registered while the pack is loaded, since ComfyUI 0.3.64 never calls an extension's `on_load`.
"""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from aiohttp import web

PACK = Path(__file__).absolute().parents[2]
_COPY = hashlib.sha256(str(PACK).encode()).hexdigest()[:12]
"""Makes the routes of two copies of the pack differ: a path can be registered only once."""
_STALLED_S = 60.0
"""A browser that reads nothing for this time is disconnected. The run is not affected."""
_WRITE_BYTES = 64 << 10


def live_path(stream_id: str) -> str:
    """Return the URL path of a live stream."""
    return f"/voxweft/{_COPY}/live/{stream_id}"


def register_routes() -> None:
    """Add this pack's routes to the host's server, if there is one."""
    server = getattr(getattr(sys.modules.get("server"), "PromptServer", None), "instance", None)
    routes: Any = getattr(server, "routes", None)
    if routes is None:
        return
    routes.get(live_path("{stream}"))(_live_audio)
    name = PACK.name
    if quote(name) != name:
        # aiohttp's static routes answer 404 for a folder whose name needs quoting.
        either = "|".join(re.escape(spelling) for spelling in (name, quote(name)))
        routes.get(f"/extensions/{{pack:{either}}}/{{file:.+}}")(_web_file)


async def _live_audio(request: web.Request) -> web.StreamResponse:
    """Send a stream from its beginning while it is generated."""
    from aiohttp import web

    from ...utils.timeouts import within
    from .live_stream import STREAMS

    stream = STREAMS.get(request.match_info["stream"])
    if stream is None:
        return web.Response(status=404, text="no such live stream, or it has expired")
    headers = {
        "Content-Type": "application/octet-stream",
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
        "X-Sample-Rate": str(stream.sample_rate),
    }
    response = web.StreamResponse(headers=headers)
    response.enable_chunked_encoding()
    await response.prepare(request)
    loop, new_data = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        # The loop may already be closed while the host shuts down.
        if not loop.is_closed():
            loop.call_soon_threadsafe(new_data.set)

    unsubscribe = stream.call_when_more(wake)
    number = 0
    try:
        while True:
            new_data.clear()
            read = stream.read(number)
            if read is None:
                break
            number = read.number
            for start in range(0, len(read.data), _WRITE_BYTES):
                await within(response.write(read.data[start : start + _WRITE_BYTES]), _STALLED_S)
            if read.ended:
                await response.write_eof()
                break
            await new_data.wait()
    except (ConnectionError, asyncio.TimeoutError):
        pass  # the browser disconnected
    finally:
        unsubscribe()
    return response


async def _web_file(request: web.Request) -> web.StreamResponse:
    """Serve a file of the pack's web folder, and nothing outside it."""
    from aiohttp import web

    root = (PACK / "web").resolve()
    file = (root / request.match_info["file"]).resolve()
    if not file.is_relative_to(root) or not file.is_file():
        return web.Response(status=404)
    kind = "text/javascript" if file.suffix in {".js", ".mjs"} else mimetypes.guess_type(file.name)[0]
    response = web.FileResponse(file)
    response.content_type = kind or "application/octet-stream"
    return response
