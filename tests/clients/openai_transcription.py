"""Run by a Python with OpenAI's package, which checks its types strictly. Prints JSON."""

import json
import sys
import typing
from pathlib import Path

import openai
from openai.types.audio import transcription_create_params, translation_create_params

url, token, recording = sys.argv[1:]
client = openai.OpenAI(base_url=f"{url}/v1", api_key=token, max_retries=0, _strict_response_validation=True)


def create(**fields):
    """Return a transcription of the recording."""
    return client.audio.transcriptions.create(model="whisper-1", file=Path(recording), **({"language": "en"} | fields))


def fields_of(params):
    """Return the names of a request's fields."""
    kinds = typing.get_args(params) or (params,)
    return sorted({name for kind in kinds for name in typing.get_type_hints(kind)})


verbose = create(response_format="verbose_json", timestamp_granularities=["word", "segment"])
plain = create(include=["logprobs"], timestamp_granularities=["segment"], language="English")
raw = client.audio.transcriptions.with_raw_response.create(
    model="whisper-1",
    file=Path(recording),
    language="en",
    chunking_strategy={"type": "server_vad", "threshold": 0.4},
    known_speaker_names=["agent"],
    known_speaker_references=["data:audio/wav;base64,UklGRg=="],
    keywords=["fox"],
    languages=["en", "de"],
)
events = list(create(stream=True))
print(
    json.dumps(
        {
            "verbose": verbose.model_dump(),
            "plain": plain.model_dump(),
            "ignored": raw.headers["x-voxweft-ignored"],
            "events": [event.model_dump() for event in events],
            "fields": fields_of(transcription_create_params.TranscriptionCreateParams),
            "translation_fields": fields_of(translation_create_params.TranslationCreateParams),
        }
    )
)
