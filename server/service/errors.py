"""Errors as OpenAI's API gives them, and which of ours is which."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from ...utils.models.located import ModelMissingError
from ...utils.streaming.contract.errors import EngineRequestError, EngineStartError, SegmentError, StreamingError
from ...utils.streaming.contract.registry import UnknownEngineError

_log = logging.getLogger(__name__)
_KINDS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_LONGEST_MESSAGE = 2000


class ApiError(Exception):
    """What a client is told. `param` is the field that is wrong, `code` a word for programs."""

    def __init__(
        self, status: int, message: str, *, code: str, param: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message[:_LONGEST_MESSAGE]
        self.code = code
        self.param = param
        self.headers = headers or {}

    @property
    def kind(self) -> str:
        """OpenAI's word for the kind of error."""
        return _KINDS.get(self.status, "server_error" if self.status >= 500 else "invalid_request_error")

    def body(self) -> dict[str, Any]:
        """Return the error as JSON's content."""
        return {"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}}

    def response(self) -> JSONResponse:
        """Return the error as a response."""
        return JSONResponse(self.body(), self.status, self.headers)


def bad_request(message: str, param: str | None = None, code: str = "invalid_value") -> ApiError:
    """Return the error for something that the client got wrong."""
    return ApiError(400, message, param=param, code=code)


def as_api_error(error: BaseException) -> ApiError:
    """Return what a client is told about an error. One that nobody expected is logged, and told without its insides."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, SegmentError):
        failure = error.failure
        said = f"engine '{failure.engine}': {failure.message}"
        # A worker that died has been tried twice; what the engine itself said no to, it would again.
        refused = failure.attempts == 1 and not failure.delivered_samples
        return ApiError(422, said, code="engine_refused") if refused else ApiError(500, said, code="engine_failed")
    if isinstance(error, ModelMissingError):
        return ApiError(503, str(error), code="model_missing")
    if isinstance(error, UnknownEngineError):
        return ApiError(404, str(error), code="model_not_found", param="model")
    if isinstance(error, EngineRequestError):
        return ApiError(422, str(error).partition("\n")[0], code="engine_refused")
    if isinstance(error, EngineStartError):
        return ApiError(503, str(error).partition("\n")[0], code="engine_unavailable")
    if isinstance(error, StreamingError):
        return ApiError(500, str(error).partition("\n")[0], code="engine_failed")
    if isinstance(error, ValueError):
        return bad_request(str(error))
    _log.error("not expected", exc_info=error)
    return ApiError(500, f"the server failed ({type(error).__name__}); its log says more", code="internal_error")


def install(app: FastAPI) -> None:
    """Make every error of an app one of these."""

    async def ours(_request: Request, error: Exception) -> JSONResponse:
        return as_api_error(error).response()

    async def invalid(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"] if part != "body")
        message = f"{place}: {first['msg']}" if place else str(first["msg"])
        return bad_request(message, place or None).response()

    async def http(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(error.status_code, "http_error")
        headers = dict(error.headers or {})
        return ApiError(error.status_code, str(error.detail), code=code, headers=headers).response()

    for kind in (ApiError, StreamingError, ModelMissingError, UnknownEngineError, ValueError):
        app.add_exception_handler(kind, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, ours)
