"""The page for trying the server, and the page of its API. Both load only from this server."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles

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
_SOCKETS = (
    ("/ws/tts/live", "Streaming text in, audio out. Each clause is spoken as soon as it is complete."),
    ("/tts/ws", "Speaks each message as a whole."),
    ("/ws/asr/live", "Live transcription: PCM in, partial and committed words out."),
    ("/ws/voice", "Speech and live transcription together, for voice bots, with barge-in."),
)


def install_pages(app: FastAPI) -> None:
    """Add the pages to an app."""

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return FileResponse(STATIC / "index.html", headers=_HEADERS)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return HTMLResponse(_docs(app.openapi()), headers=_HEADERS)

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


def _docs(schema: dict[str, Any]) -> str:
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Voxweft: API</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<link rel="icon" href="static/icon.svg"><link rel="stylesheet" href="static/page.css"></head><body>',
        '<header><h1>Voxweft: API</h1><nav aria-label="More"><a href="./">Try it</a> ',
        '<a href="openapi.json">OpenAPI document</a></nav></header><main>',
    ]
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            parts.append(_operation(schema, method, path, operation))
    parts.append("<h2>WebSockets</h2><table><tbody>")
    parts += [
        f"<tr><th scope='row'><code>{path}</code></th><td>{html.escape(text)}</td></tr>" for path, text in _SOCKETS
    ]
    parts.append("</tbody></table></main></body></html>")
    return "".join(parts)


def _operation(schema: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    rows = [
        (parameter["name"], _kind(schema, parameter["schema"]), parameter.get("description", ""))
        for parameter in operation.get("parameters", ())
    ]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        body = _resolved(schema, content["schema"])
        required = body.get("required", ())
        rows += [
            (f"{name}{' (required)' if name in required else ''}", _kind(schema, field), field.get("description", ""))
            for name, field in body.get("properties", {}).items()
        ]
    table = "".join(
        f"<tr><th scope='row'><code>{html.escape(name)}</code></th><td>{html.escape(kind)}</td>"
        f"<td>{html.escape(text)}</td></tr>"
        for name, kind, text in rows
    )
    description = html.escape(operation.get("description", ""))
    heading = f"<h3><code>{method.upper()} {html.escape(path)}</code></h3><p>{description}</p>"
    return heading + (f"<table><tbody>{table}</tbody></table>" if rows else "")


def _resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    name = part.get("$ref", "").rpartition("/")[2]
    return schema["components"]["schemas"][name] if name else part


def _kind(schema: dict[str, Any], part: dict[str, Any]) -> str:
    part = _resolved(schema, part)
    if "anyOf" in part:
        return " or ".join(dict.fromkeys(_kind(schema, choice) for choice in part["anyOf"]))
    if "enum" in part:
        return ", ".join(map(str, part["enum"]))
    kind = str(part.get("type", part.get("title", "")))
    return kind if "default" not in part or part["default"] in ("", None) else f"{kind}, {part['default']!r} by default"
