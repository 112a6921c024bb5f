"""What this pack answers over the host's HTTP: live audio, and its own web folder where the host can't serve it.

Registered while the pack is loaded, before the host makes its routes: ComfyUI 0.3.64 calls no extension's `on_load`.
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
"""Two copies of the pack have routes of their own: a path can be registered once only."""
_STALLED_S = 60.0
"""A browser that takes nothing for so long is given up; the run never notices either way."""
_PIECE_BYTES = 64 << 10


def live_path(stream_id: str) -> str:
    """Return the path of a live stream, for the browser."""
    return f"/voxweft/{_COPY}/live/{stream_id}"


def register() -> None:
    """Add this pack's routes to the host's server, if there is one that can take them."""
    server = getattr(getattr(sys.modules.get("server"), "PromptServer", None), "instance", None)
    routes: Any = getattr(server, "routes", None)
    if routes is None:
        return
    routes.get(live_path("{stream}"))(_listen)
    name = PACK.name
    if quote(name) != name:
        # aiohttp's static routes answer 404 below a folder whose name must be quoted, whatever the pack.
        either = "|".join(re.escape(spelling) for spelling in (name, quote(name)))
        routes.get(f"/extensions/{{pack:{either}}}/{{file:.+}}")(_web_file)


async def _listen(request: web.Request) -> web.StreamResponse:
    """Send a stream from its beginning, as it is made."""
    from aiohttp import web

    from ...utils.timeouts import within
    from .live_stream import STREAMS

    stream = STREAMS.get(request.match_info["stream"])
    if stream is None:
        return web.Response(status=404, text="this audio isn't there, or no longer")
    headers = {
        "Content-Type": "application/octet-stream",
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
        "X-Sample-Rate": str(stream.sample_rate),
    }
    response = web.StreamResponse(headers=headers)
    response.enable_chunked_encoding()
    await response.prepare(request)
    loop, more = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        # The loop may be closed already where the host is about to end.
        if not loop.is_closed():
            loop.call_soon_threadsafe(more.set)

    leave = stream.call_when_more(wake)
    number = 0
    try:
        while True:
            more.clear()
            piece = stream.read(number)
            if piece is None:
                break
            number = piece.number
            for start in range(0, len(piece.data), _PIECE_BYTES):
                await within(response.write(piece.data[start : start + _PIECE_BYTES]), _STALLED_S)
            if piece.ended:
                await response.write_eof()
                break
            await more.wait()
    except (ConnectionError, asyncio.TimeoutError):
        pass  # the browser went away
    finally:
        leave()
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
