"""The recording and the fields of a request for recognition: a form with a file, or JSON with base64."""

from __future__ import annotations

import base64
import binascii
import io
import json
from typing import Any

from fastapi import Request, UploadFile
from starlette.datastructures import UploadFile as FormFile

from .errors import ApiError, bad_request
from .request_fields import RequestFields

MAX_JSON_RECORDING_BYTES = 32 << 20
"""A recording in JSON is in memory, twice; a form is on disk."""
MAX_JSON_BYTES = MAX_JSON_RECORDING_BYTES * 4 // 3 + (64 << 10)
_FILE, _JSON_FILE = "file", "input_audio"
_MAX_FIELDS = 64
_MAX_FIELD_BYTES = 8 << 20
"""OpenAI's `known_speaker_references` are recordings of ten seconds."""
_HINT = "send a recording as multipart/form-data (curl: -F file=@talk.mp3), or in JSON as input_audio"


async def read_recording(request: Request) -> tuple[UploadFile, RequestFields]:
    """Return a request's recording, not yet checked, and its other fields.

    Raises:
        ApiError: There is no recording, or the body can't be read.
        OSError: The upload can't be stored.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return _from_json(await request.body())
    form = await request.form(max_files=2, max_fields=_MAX_FIELDS, max_part_size=_MAX_FIELD_BYTES)
    uploads = {name: value for name, value in form.multi_items() if isinstance(value, FormFile)}
    fields = RequestFields.from_form((name, value) for name, value in form.multi_items() if isinstance(value, str))
    upload = uploads.get(_FILE)
    if upload is not None:
        return UploadFile(upload.file, size=upload.size, filename=upload.filename, headers=upload.headers), fields
    await form.close()
    if _FILE in fields:
        raise bad_request(f"the field '{_FILE}' is a text; {_HINT}", _FILE)
    raise bad_request(f"the field '{_FILE}' is missing; {_HINT}", _FILE)


def _from_json(body: bytes) -> tuple[UploadFile, RequestFields]:
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        raise bad_request("the body isn't JSON", code="invalid_json") from None
    if not isinstance(values, dict):
        raise bad_request("the body must be a JSON object", code="invalid_json")
    data = _decoded(values.pop(_JSON_FILE, None))
    return UploadFile(io.BytesIO(data), size=len(data)), RequestFields.from_json(values)


def _decoded(audio: Any) -> bytes:
    data = audio.get("data") if isinstance(audio, dict) else None
    if not isinstance(data, str):
        raise bad_request(
            f'the recording is missing; send "{_JSON_FILE}": {{"data": BASE64, "format": "wav"}}', _JSON_FILE
        )
    if data.startswith("data:"):
        data = data.partition(",")[2]
    try:
        recording = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise bad_request(f"{_JSON_FILE}.data isn't base64", _JSON_FILE) from None
    if len(recording) > MAX_JSON_RECORDING_BYTES:
        raise ApiError(
            413,
            f"the recording is too large for JSON; maximum {MAX_JSON_RECORDING_BYTES >> 20} MiB; send it as "
            "multipart/form-data",
            code="too_large",
            param=_JSON_FILE,
        )
    return recording
