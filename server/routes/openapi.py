"""The OpenAPI document: what FastAPI derives from the routes, with the errors and media types that they answer with."""

from __future__ import annotations

from typing import Any, get_args

from fastapi import FastAPI

from ..service.encoding import BodyFormat, media_type

ERRORS = {
    400: "A field is invalid; `param` names it.",
    401: "The token is missing or wrong.",
    403: "The Host or Origin isn't allowed, the license forbids the use, or uploads are disabled.",
    404: "The model or voice is unknown, or isn't on the server.",
    408: "The body paused for too long.",
    409: "The name is in use.",
    413: "The body or the recording is too large.",
    422: "The engine refuses this input.",
    429: "The queue is full; see the header `Retry-After`.",
    500: "The engine failed.",
    503: "Too many requests, or the engine isn't ready; see the header `Retry-After`.",
    504: "The request exceeded the time limit.",
    507: "The disk of the server is full.",
}
"""What each status of an error means."""
_ACCESS = (401, 403, 503)
_JOB = (400, 404, 408, 413, 422, 429, 500, 504)
_RECORDING = (*_JOB, 507)
_LISTING = (400, 404, 422, 500)
_STATUSES: dict[str, tuple[int, ...]] = {
    "POST /v1/audio/speech": (*_JOB, 507),
    "POST /v1/audio/speech-stream": _JOB,
    "POST /v1/audio/captioned_speech": (*_JOB, 507),
    "POST /v1/audio/transcriptions": _RECORDING,
    "POST /v1/audio/translations": _RECORDING,
    "POST /v1/audio/voices": (400, 408, 409, 413, 422, 500, 507),
    "POST /voices": (400, 408, 409, 413, 422, 500, 507),
    "DELETE /v1/audio/voices/{name}": (400, 404),
    "DELETE /voices/{name}": (400, 404),
    "GET /v1/models/{name}": (404,),
    "GET /v1/audio/voices": _LISTING,
    "GET /voices": _LISTING,
    "GET /voices/refresh": _LISTING,
    "POST /voices/refresh": _LISTING,
    "GET /voices/{name}": _LISTING,
    "POST /unload": (400, 404),
    "GET /health": (),
}
"""The errors of operations in addition to `_ACCESS`."""
_AUDIO = tuple(dict.fromkeys(media_type(name) for name in get_args(BodyFormat)))
_TRANSCRIPTS = ("application/json", "text/plain", "application/x-subrip", "text/vtt", "text/event-stream")
_MEDIA_TYPES = {
    "POST /v1/audio/speech": (*_AUDIO, "text/event-stream"),
    "POST /v1/audio/speech-stream": ("audio/pcm",),
    "POST /v1/audio/captioned_speech": ("application/x-ndjson", "application/json"),
    "POST /v1/audio/transcriptions": _TRANSCRIPTS,
    "POST /v1/audio/translations": _TRANSCRIPTS,
    "GET /ready": ("application/json",),
    "GET /metrics": ("text/plain",),
}
"""The media types of responses whose content FastAPI doesn't know."""
_NULLABLE = {"anyOf": [{"type": "string"}, {"type": "null"}]}
_ERROR_SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": _NULLABLE,
                "code": _NULLABLE,
            },
        }
    },
}


def install_openapi(app: FastAPI) -> None:
    """Complete the OpenAPI document of an app that has all its routes."""
    derive = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(derive())
        return derive()

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(schema: dict[str, Any]) -> None:
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Error"] = _ERROR_SCHEMA
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            key = operation_key(method, path)
            responses = operation["responses"]
            responses.pop("422", None)
            if key in _MEDIA_TYPES:
                responses["200"]["content"] = {kind: {} for kind in _MEDIA_TYPES[key]}
            # Some routes are also without /v1.
            known = _STATUSES.get(key, _STATUSES.get(operation_key(method, f"/v1{path}"), ()))
            statuses = (403,) if key == "GET /health" else sorted({*_ACCESS, *known})
            for status in statuses:
                responses.setdefault(str(status), {"description": ERRORS[status], "content": error})


def operation_key(method: str, path: str) -> str:
    """Return the name of an operation, such as `GET /health`."""
    return f"{method.upper()} {path}"
