"""The names of OpenAI's Realtime API before its release, which some clients still send and expect."""

from __future__ import annotations

from typing import Any

_FORMATS = {"pcm16": "audio/pcm", "g711_ulaw": "audio/pcmu", "g711_alaw": "audio/pcma"}
_OLDER_FORMATS = {kind: name for name, kind in _FORMATS.items()}
_INPUT = {
    "input_audio_format": "format",
    "input_audio_transcription": "transcription",
    "input_audio_noise_reduction": "noise_reduction",
    "turn_detection": "turn_detection",
}
_OUTPUT = {"output_audio_format": "format", "voice": "voice", "speed": "speed"}
_OLDER_EVENTS = {
    "conversation.item.added": "conversation.item.created",
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
}
_NEWER_EVENTS = frozenset({"conversation.item.done"})
_OLDER_CONTENT = {"output_audio": "audio", "output_text": "text"}


def current_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """Return a session's or a response's fields in their current names. Those that have them already are kept."""
    audio = dict(fields["audio"]) if isinstance(fields.get("audio"), dict) else {}
    current: dict[str, Any] = {}
    for name, value in fields.items():
        if name in _INPUT:
            audio["input"] = {
                **_object(audio.get("input")),
                _INPUT[name]: _format(value) if "format" in name else value,
            }
        elif name in _OUTPUT:
            audio["output"] = {
                **_object(audio.get("output")),
                _OUTPUT[name]: _format(value) if "format" in name else value,
            }
        elif name == "modalities":
            # Older clients name the text beside the audio: it is the transcript.
            both = isinstance(value, list) and "audio" in value
            current["output_modalities"] = ["audio"] if both else value
        elif name != "audio" or not isinstance(value, dict):
            current[name] = value
    return {**current, "audio": audio} if audio else current


def older_event(event: dict[str, Any]) -> dict[str, Any] | None:
    """Return a server's event in its older form; None if it has none."""
    if event["type"] in _NEWER_EVENTS:
        return None
    older = {**event, "type": _OLDER_EVENTS.get(event["type"], event["type"])}
    if isinstance(event.get("session"), dict):
        if event["session"]["type"] == "transcription":
            older["type"] = f"transcription_{event['type']}"
        older["session"] = _older_session(event["session"])
    if isinstance(event.get("item"), dict):
        older["item"] = _older_item(event["item"])
    if isinstance(event.get("response"), dict):
        older["response"] = _older_response(event["response"])
    return older


def _older_session(session: dict[str, Any]) -> dict[str, Any]:
    heard = session["audio"]["input"]
    older = {name: value for name, value in session.items() if name not in ("audio", "type", "output_modalities")}
    older |= {
        "input_audio_format": _OLDER_FORMATS[heard["format"]["type"]],
        "input_audio_transcription": heard["transcription"],
        "input_audio_noise_reduction": heard["noise_reduction"],
        "turn_detection": heard["turn_detection"],
    }
    if "output" in session["audio"]:
        spoken = session["audio"]["output"]
        older |= {
            "modalities": ["text", "audio"],
            "output_audio_format": _OLDER_FORMATS[spoken["format"]["type"]],
            "voice": spoken["voice"],
            "speed": spoken["speed"],
        }
    return older


def _older_response(response: dict[str, Any]) -> dict[str, Any]:
    older = {name: value for name, value in response.items() if name not in ("audio", "output_modalities")}
    spoken = response["audio"]["output"]
    return older | {
        "modalities": ["text", "audio"],
        "output": [_older_item(item) for item in response["output"]],
        "output_audio_format": _OLDER_FORMATS[spoken["format"]["type"]],
        "voice": spoken["voice"],
    }


def _older_item(item: dict[str, Any]) -> dict[str, Any]:
    if "content" not in item:
        return item
    return {
        **item,
        "content": [{**part, "type": _OLDER_CONTENT.get(part["type"], part["type"])} for part in item["content"]],
    }


def _format(value: object) -> object:
    return {"type": _FORMATS.get(value, value)} if isinstance(value, str) else value


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
