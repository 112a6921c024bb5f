"""Settings of a session: updates in current and older names, what takes effect, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("fastapi")

from voxweft.server.realtime.session_config import SessionSettings
from voxweft.server.service.errors import ApiError


def view(*updates: dict[str, Any], kind: str = "transcription", model: str | None = None) -> Any:
    settings = SessionSettings(type=kind, model=model)
    for update in updates:
        settings = settings.updated(update)
    return settings.config.view("id", "")


def heard(*updates: dict[str, Any], **session: Any) -> Any:
    return view(*({"audio": {"input": update}} for update in updates), **session)["audio"]["input"]


def test_a_field_left_out_keeps_its_value() -> None:
    first = {"transcription": {"model": "whisper-1", "language": "en", "prompt": "ships"}}
    after = heard(first, {"transcription": {"language": "de"}}, {"turn_detection": None})
    assert after["transcription"] == {"model": "whisper-1", "language": "de", "prompt": "ships"}
    assert after["turn_detection"] is None


def test_turns_are_detected_unless_the_client_commits_them() -> None:
    by_voice = heard()["turn_detection"]
    assert (by_voice["type"], by_voice["silence_duration_ms"], by_voice["prefix_padding_ms"]) == (
        "server_vad",
        500,
        300,
    )
    assert by_voice["create_response"] is False
    # Clients of these models commit, and send no `turn_detection`.
    assert heard({"transcription": {"model": "gpt-realtime-whisper"}})["turn_detection"] is None
    assert heard(model="gpt-live-transcribe")["turn_detection"] is None
    asked = {"turn_detection": {"type": "server_vad", "threshold": 0.7, "silence_duration_ms": 900}}
    assert heard(asked)["turn_detection"]["threshold"] == 0.7


def test_keywords_and_one_of_several_languages() -> None:
    given = heard({"transcription": {"prompt": "A call", "keywords": ["Voxweft", "Kokoro"], "languages": ["nl"]}})
    assert given["transcription"] == {"model": None, "language": "nl", "prompt": "A call. Voxweft, Kokoro"}
    assert heard({"transcription": {"languages": ["nl", "de"]}})["transcription"]["language"] is None


def test_a_session_that_speaks_transcribes_only_if_it_is_asked() -> None:
    assert view(kind="realtime")["audio"]["input"]["transcription"] is None
    assert view(kind="transcription")["audio"]["input"]["transcription"] is not None


def test_older_names_mean_the_same() -> None:
    older = {
        "modalities": ["text", "audio"],
        "voice": "alloy",
        "input_audio_format": "g711_ulaw",
        "output_audio_format": "pcm16",
        "input_audio_transcription": {"model": "whisper-1"},
        "turn_detection": {"type": "server_vad", "threshold": 0.6},
        "temperature": 0.8,
    }
    current = {
        "output_modalities": ["audio"],
        "audio": {
            "input": {
                "format": {"type": "audio/pcmu"},
                "transcription": {"model": "whisper-1"},
                "turn_detection": {"type": "server_vad", "threshold": 0.6},
            },
            "output": {"voice": "alloy", "format": {"type": "audio/pcm"}},
        },
    }
    assert view(older, kind="realtime") == view(current, kind="realtime")


def test_settings_of_a_language_model_and_fields_of_the_server_change_nothing() -> None:
    sent_back = {"id": "sess_1", "object": "realtime.session", "expires_at": 1, "max_output_tokens": 5, "tracing": None}
    assert view(sent_back) == view()


@pytest.mark.parametrize(
    ("update", "message"),
    [
        ({"sound": 1}, "unknown or unsupported field 'session.sound'; omit it"),
        ({"audio": {"input": {"gain": 1}}}, "unknown or unsupported field 'session.audio.input.gain'; omit it"),
        (
            {"audio": {"input": {"turn_detection": {"type": "semantic_vad"}}}},
            "session.audio.input.turn_detection.type: 'semantic_vad' isn't supported; use 'server_vad', or null",
        ),
        (
            {"output_modalities": ["text"]},
            "session.output_modalities[0]: 'text' isn't supported; use [\"audio\"]: the text is in its transcript",
        ),
        (
            {"audio": {"input": {"format": {"type": "audio/pcmu", "rate": 16000}}}},
            "'audio/pcmu' has 8000 Hz, not 16000",
        ),
        ({"audio": {"output": {"format": {"type": "audio/pcm", "rate": 5}}}}, "sample_rate must be between 8000 and"),
        ({"audio": {"input": {"turn_detection": {"threshold": 2}}}}, "session.audio.input.turn_detection.threshold: "),
        ({"instructions": "x" * 300_000}, "the session's settings have more than 256 KiB"),
    ],
)
def test_an_invalid_update_is_refused_by_its_field(update: dict[str, Any], message: str) -> None:
    settings = SessionSettings(type="realtime")
    with pytest.raises(ApiError) as caught:
        settings.updated(update)
    assert caught.value.message.startswith(message)
