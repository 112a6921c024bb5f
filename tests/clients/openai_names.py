"""Run by the Python that has the package openai: every name of a voice or model that it knows. Prints JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, get_args

import openai
from openai.types import AudioModel
from openai.types.audio.speech_create_params import Voice
from openai.types.audio.speech_model import SpeechModel


def literals(alias: Any) -> list[str]:
    """Return the texts that a type allows."""
    found = [value for argument in get_args(alias) for value in (get_args(argument) or (argument,))]
    return [value for value in found if isinstance(value, str)]


def main(url: str, token: str, recording: str) -> None:
    client = openai.OpenAI(base_url=f"{url}/v1", api_key=token, max_retries=0)
    found: dict[str, Any] = {"voices": {}, "speech": {}, "recognition": {}}
    for voice in literals(Voice):
        spoken = client.audio.speech.with_raw_response.create(
            model="tts-1", voice=voice, input="One two.", response_format="pcm"
        )
        found["voices"][voice] = [len(spoken.content), spoken.headers["x-voice-used"]]
    for model in literals(SpeechModel):
        spoken = client.audio.speech.with_raw_response.create(model=model, voice="alloy", input="One.")
        found["speech"][model] = [spoken.headers["x-voxweft-model"], client.models.retrieve(model).id]
    for model in literals(AudioModel):
        heard = client.audio.transcriptions.with_raw_response.create(model=model, file=Path(recording))
        notes = heard.headers.get("x-voxweft-notes", "")
        found["recognition"][model] = [heard.http_response.json()["text"], client.models.retrieve(model).id, notes]
    found["listed"] = [model.id for model in client.models.list()]
    try:
        client.audio.speech.create(model="kokoro", voice="alloy", input="One.")
    except openai.NotFoundError as error:
        found["missing"] = error.message
    print(json.dumps(found))


main(*sys.argv[1:])
