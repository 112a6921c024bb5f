"""Errors in the format of OpenAI's API, and how the package's exceptions map to them."""

from __future__ import annotations

import errno
import logging
import re
from collections.abc import Callable, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ...jobs.errors import CastError
from ...text.errors import TextError
from ...utils.streaming.contract.errors import (
    EngineRequestError,
    EngineStartError,
    Error,
    ModelMissingError,
    SegmentError,
    StreamingError,
    UnknownEngineError,
)
from .invalid_fields import field_of, problem_of, unreadable_json
from .private_paths import without_paths

_log = logging.getLogger(__name__)
_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_MAX_MESSAGE_CHARS = 2000
_MAX_PARAM_CHARS = 200
_MAX_QUOTED_CHARS = 100
_COMMAND = re.compile("`voxweft [^`]+`")
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class ClientGoneError(Error):
    """The client has disconnected, or accepts no more data."""


class ApiError(Error):
    """An error response.

    Args:
        status: The HTTP status.
        message: The problem, and its fix.
        code: A short identifier for programs.
        param: The invalid field, if the error is about one.
        headers: Further response headers.
    """

    def __init__(
        self, status: int, message: str, *, code: str, param: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = _encodable(without_paths(message[:_MAX_MESSAGE_CHARS]))
        self.code = code
        self.param = None if param is None else _encodable(param[:_MAX_PARAM_CHARS])
        self.headers = headers or {}

    @property
    def type(self) -> str:
        """OpenAI's error type."""
        return _TYPES.get(self.status, "server_error" if self.status >= 500 else "invalid_request_error")

    def body(self) -> dict[str, Any]:
        """Return the JSON content of the response."""
        return {"error": {"message": self.message, "type": self.type, "param": self.param, "code": self.code}}

    def response(self) -> JSONResponse:
        """Return the HTTP response."""
        return JSONResponse(self.body(), self.status, self.headers)


def _encodable(text: str) -> str:
    """Return a text with halves of surrogate pairs escaped: JSON may have them, and an answer in UTF-8 can't."""
    return text.encode("utf-8", "backslashreplace").decode()


def bad_request(message: str, param: str | None = None, code: str = "invalid_value") -> ApiError:
    """Return an error 400."""
    return ApiError(400, message, param=param, code=code)


def invalid_fields(errors: Sequence[Any]) -> ApiError:
    """Return the response for what pydantic found wrong in a request."""
    field = field_of(errors)
    message = problem_of(errors)
    return bad_request(f"{field}: {message}" if field else message, field or None)


def as_api_error(error: BaseException) -> ApiError:
    """Map an exception to an error response. An unexpected exception is logged, and its text is not sent."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, SegmentError):
        failure = error.failure
        message = f"engine '{failure.engine}': {failure.message}"
        # After the first attempt, the engine refused this input; a crash of the worker would have been retried.
        refused = failure.attempts == 1 and not failure.delivered_samples
        return (
            ApiError(422, message, code="engine_refused") if refused else ApiError(500, message, code="engine_failed")
        )
    if isinstance(error, ModelMissingError):
        return ApiError(404, _without_folders(str(error)), code="model_missing", param="model")
    if isinstance(error, UnknownEngineError):
        return ApiError(404, str(error), code="model_not_found", param="model")
    if isinstance(error, EngineRequestError):
        return ApiError(422, str(error).partition("\n")[0], code="engine_refused")
    if isinstance(error, EngineStartError):
        return ApiError(503, str(error).partition("\n")[0], code="engine_unavailable")
    if isinstance(error, StreamingError):
        return ApiError(500, str(error).partition("\n")[0], code="engine_failed")
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        _log.error("no space for temporary files: %s", error)
        return ApiError(
            507, "the server has no space for temporary files; free some there, then retry", code="insufficient_storage"
        )
    if isinstance(error, TextError):
        position = f"line {error.line}, column {error.column}: " if error.column else ""
        return bad_request(position + error.reason, "input", "invalid_script")
    if isinstance(error, CastError):
        return bad_request(str(error), "cast", "invalid_cast")
    if isinstance(error, ValueError):
        return bad_request(str(error))
    if isinstance(error, (ClientDisconnect, ClientGoneError)):
        return bad_request("the client disconnected", code="client_gone")
    _log.error("unexpected error", exc_info=error)
    return ApiError(500, f"internal server error ({type(error).__name__}); see the server's log", code="internal_error")


def _without_folders(problem: str) -> str:
    """Return what is missing and the command that gets it, without the folders that were searched."""
    command = _COMMAND.search(problem)
    return problem.partition(". Searched:")[0] + (f"; run {command[0]} on the server" if command else "")


def _of_router(request: Request, error: HTTPException) -> str:
    """Return the message of an error that routing found; its own ones name neither the path nor what there is."""
    path = request.url.path[:_MAX_QUOTED_CHARS]
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        return f"'{path}' doesn't take {request.method[:20]}" + (f"; use {allowed}" if allowed else "")
    if error.status_code == 404:
        return f"there is no route '{path}'; GET /docs describes all"
    return str(error.detail)


def install(app: FastAPI, note: Callable[[ApiError], ApiError]) -> None:
    """Install handlers that answer every exception with an ApiError's response. Each error passes through `note`."""

    async def known(_request: Request, error: Exception) -> JSONResponse:
        return note(as_api_error(error)).response()

    async def invalid(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return note(invalid_fields(error.errors())).response()

    async def http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        if isinstance(error.__cause__, (OSError, ClientDisconnect)):
            # FastAPI says that the body can't be parsed, also if it can't be stored.
            return note(as_api_error(error.__cause__)).response()
        if isinstance(error.__cause__, (RecursionError, ValueError)):
            return note(bad_request(unreadable_json(error.__cause__))).response()
        code = {404: "not_found", 405: "method_not_allowed", 408: "timeout", 413: "too_large"}.get(
            error.status_code, "http_error"
        )
        headers = dict(error.headers or {})
        return note(ApiError(error.status_code, _of_router(request, error), code=code, headers=headers)).response()

    for error_type in (ApiError, StreamingError, ModelMissingError, UnknownEngineError, ValueError):
        app.add_exception_handler(error_type, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, known)
