"""A request to transcribe a recording: OpenAI's fields and the recognizer's own, checked and resolved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, cast

import msgspec
from fastapi import Request, UploadFile

from ...jobs.requests.options import parse_params
from ...jobs.transcribe import Recognizer
from ...utils.streaming import ParamValue
from ...utils.streaming.contract.engine_spec import EngineSpec
from .errors import bad_request
from .model_choice import ModelChoice
from .recognition_request import recognizer_of, resolve_recognition
from .recording_upload import read_recording
from .request_fields import RequestFields
from .service import Service

Format = Literal["json", "text", "srt", "verbose_json", "vtt"]
Task = Literal["transcribe", "translate"]
FORMATS: tuple[Format, ...] = ("json", "text", "srt", "verbose_json", "vtt")
_STREAMED = ("json", "text", "verbose_json")
_WITH_LOGPROBS = ("json", "verbose_json")
_GRANULARITIES = frozenset({"word", "segment"})
_LOGPROBS = "logprobs"
_DIARIZED = "diarized_json"
_MAX_TEMPERATURE = 1.0
_TURNS: dict[str, ParamValue] = {"part_s": 60.0, "search_s": 20.0}
"""The length of a part, so that long recordings hold a worker for seconds only: jobs take turns by part."""
_OF_ROUTE = frozenset({"task", "temperature"})
"""Settings of recognizers that have a field or a route of their own."""


class TranscriptionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A checked request, with its model resolved. `ignored` are the names of fields without effect."""

    upload: UploadFile
    choice: ModelChoice
    recognizer: Recognizer
    response_format: Format
    granularities: frozenset[str]
    logprobs: bool
    stream: bool
    task: Task
    ignored: tuple[str, ...]


async def read_request(service: Service, request: Request, task: Task) -> TranscriptionRequest:
    """Return a request from its body.

    Raises:
        ApiError: A field is invalid, or the model unknown or not ready.
        OSError: The upload can't be stored.
    """
    upload, fields = await read_recording(request)
    try:
        return await _resolve(service, upload, fields, task)
    except BaseException:
        await upload.close()
        raise


async def _resolve(service: Service, upload: UploadFile, fields: RequestFields, task: Task) -> TranscriptionRequest:
    response_format = _response_format(fields)
    stream = fields.flag("stream") or False
    if stream and response_format not in _STREAMED:
        raise bad_request(
            f"response_format '{response_format}' can't be streamed; use json, text or verbose_json", "response_format"
        )
    granularities = _granularities(fields, response_format) if task == "transcribe" else frozenset()
    language = _language(fields) if task == "transcribe" else ""
    choice = await resolve_recognition(service, fields.text("model"), language)
    spec = choice.spec
    temperature = fields.number("temperature", 0, _MAX_TEMPERATURE) or 0.0
    params = _params(fields, spec)
    if temperature and "temperature" not in spec.params:
        fields.ignore("temperature")
    elif temperature:
        params = {"temperature": temperature, **params}
    logprobs = _logprobs(fields, spec, response_format) if task == "transcribe" else False
    recognizer = recognizer_of(
        service,
        choice,
        language=language,
        prompt=fields.text("prompt"),
        translate=task == "translate",
        words=logprobs or "word" in granularities or response_format in ("srt", "vtt"),
        params=params,
        # A sample at random differs from request to request, so it isn't taken from the cache.
        seed=None if temperature else 0,
    )
    return TranscriptionRequest(
        upload=upload,
        choice=choice,
        recognizer=recognizer,
        response_format=response_format,
        granularities=granularities,
        logprobs=logprobs,
        stream=stream,
        task=task,
        ignored=tuple(fields.unread),
    )


def _response_format(fields: RequestFields) -> Format:
    name = "response_format"
    if fields.text(name) == _DIARIZED:
        raise bad_request(f"{name} '{_DIARIZED}' isn't supported: no recognizer tells speakers apart; omit it", name)
    return cast("Format", fields.choice(name, FORMATS, "json"))


def _granularities(fields: RequestFields, response_format: Format) -> frozenset[str]:
    name = "timestamp_granularities"
    granularities = frozenset(fields.texts(name))
    for value in sorted(granularities - _GRANULARITIES):
        raise bad_request(f"{name} is '{value[:100]}'; it must be word, segment or both", name)
    if "word" in granularities and response_format != "verbose_json":
        raise bad_request(f"{name} 'word' requires response_format=verbose_json", name)
    return granularities


def _language(fields: RequestFields) -> str:
    """Return the language; of several possible ones, none can be preferred."""
    language = fields.text("language")
    candidates = fields.texts("languages")
    if len(candidates) == 1 and not language:
        return candidates[0]
    fields.ignore("languages")
    return language


def _logprobs(fields: RequestFields, spec: EngineSpec, response_format: Format) -> bool:
    """Return whether the probabilities of words are asked for, and the recognizer has them."""
    included = fields.texts("include")
    for value in included:
        if value != _LOGPROBS:
            raise bad_request(f"include is '{value[:100]}'; it must be {_LOGPROBS}", "include")
    if included and (response_format not in _WITH_LOGPROBS or not spec.can("word_timings")):
        fields.ignore("include")
        return False
    return bool(included)


def _params(fields: RequestFields, spec: EngineSpec) -> dict[str, ParamValue]:
    """Return the recognizer's settings: fields with their names, and those of the object `params`."""
    params: dict[str, ParamValue] = {name: value for name, value in _TURNS.items() if name in spec.params}
    keywords = fields.texts("keywords")
    if "hotwords" not in spec.params:
        fields.ignore("keywords")
    elif keywords:
        params["hotwords"] = ", ".join(keywords)
    for name in fields.present(set(spec.params) - _OF_ROUTE):
        if isinstance(spec.params[name].default, bool):
            params[name] = fields.flag(name) or False
        else:
            params |= parse_params([f"{name}={fields.scalar(name)}"], spec)
        _check(spec, name, {name: params[name]})
    given = fields.object("params")
    if "task" in given:
        raise bad_request("params has 'task'; use POST /v1/audio/translations to translate", "params")
    _check(spec, "params", given)
    return params | given


def _check(spec: EngineSpec, field: str, params: dict[str, Any]) -> None:
    try:
        spec.complete(params)
    except ValueError as error:
        raise bad_request(str(error), field) from None


def openapi_body(task: Task) -> dict[str, Any]:
    """Return the OpenAPI description of the body."""
    names = _FIELDS if task == "transcribe" else {name: _FIELDS[name] for name in _TRANSLATION_FIELDS}
    schema = {"type": "object", "required": ["file"], "properties": names}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def _text(description: str, **more: object) -> dict[str, object]:
    return {"type": "string", "description": description, **more}


def _list(description: str, items: Iterable[str] = ()) -> dict[str, object]:
    kind: dict[str, object] = {"type": "string"}
    choices = list(items)
    return {"type": "array", "items": kind | ({"enum": choices} if choices else {}), "description": description}


_FIELDS: dict[str, dict[str, object]] = {
    "file": _text("A recording: audio or video, in any format that FFmpeg reads.", format="binary"),
    "model": _text("whisper-1, an engine, or engine/model; see /v1/models."),
    "language": _text("A BCP-47 tag, a language's name, or auto; default: detected."),
    "prompt": _text("Preceding text, names and spellings, as a hint."),
    "response_format": _text("", enum=list(FORMATS), default="json"),
    "temperature": {
        "type": "number",
        "minimum": 0,
        "maximum": _MAX_TEMPERATURE,
        "default": 0,
        "description": "0 takes the most probable text, with fallbacks; higher ones vary it at random.",
    },
    "timestamp_granularities[]": _list("Times in verbose_json; default: segment.", sorted(_GRANULARITIES)),
    "include[]": _list("logprobs: the probabilities of words, in json and verbose_json.", [_LOGPROBS]),
    "keywords[]": _list("Expected words, such as names."),
    "stream": {"type": "boolean", "default": False, "description": "Send events while the recording is recognized."},
    "params": _text("Settings of the recognizer as a JSON object; see `voxweft engines show`. Each is also a field."),
}
_TRANSLATION_FIELDS = ("file", "model", "prompt", "response_format", "temperature", "stream", "params")
