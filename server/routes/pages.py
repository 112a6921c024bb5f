"""The page for trying the server, and the page of its API. Both load only from this server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from ..service.settings import ServerSettings
from .docs_page import docs_page

STATIC = Path(__file__).resolve().parents[1] / "static"
PLAYER = Path(__file__).resolve().parents[2] / "web" / "player"
"""The player's modules, which the nodes in ComfyUI use too."""
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "media-src 'self' blob:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_SCRIPTS = (".js", ".mjs")


def install_pages(app: FastAPI, settings: ServerSettings) -> None:
    """Add the pages to an app."""

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return FileResponse(STATIC / "index.html", headers=_HEADERS)

    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> Response:
        forwarded = request.headers.get("x-forwarded-proto", "")
        scheme = "https" if forwarded == "https" else request.url.scheme
        address = f"{scheme}://{request.url.netloc}{settings.root_path}"
        page = docs_page(app.openapi(), address, has_token=bool(settings.token))
        return HTMLResponse(page, headers=_HEADERS)

    app.mount("/static/player", _Static(directory=PLAYER))
    app.mount("/static", _Static(directory=STATIC))


class _Static(StaticFiles):
    """Static files with the pages' security headers."""

    async def get_response(self, path: str, scope: Any) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(_HEADERS)
        if path.endswith(_SCRIPTS):
            # Whatever the machine's own list of types says: browsers run nothing else.
            response.headers["Content-Type"] = "text/javascript; charset=utf-8"
        return response
