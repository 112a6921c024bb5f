"""What the page of the API shows of each route: examples for curl, and the messages of WebSockets."""

from __future__ import annotations

from typing import NamedTuple

EXAMPLES: dict[str, tuple[str, ...]] = {
    "POST /v1/audio/speech": (
        """curl SERVER/v1/audio/speech JSON '{"input": "Good morning.", "response_format": "mp3"}' -o speech.mp3""",
        """curl -N SERVER/v1/audio/speech JSON '{"input": "Good morning.", "stream_format": "sse"}'""",
    ),
    "POST /v1/audio/speech-stream": (
        """curl -N SERVER/v1/audio/speech-stream JSON '{"input": "Good morning.", "speed": 1.2}' -o speech.pcm""",
    ),
    "POST /v1/audio/captioned_speech": (
        """curl -N SERVER/v1/audio/captioned_speech JSON '{"input": "Good morning."}'""",
    ),
    "POST /v1/audio/transcriptions": (
        "curl SERVER/v1/audio/transcriptions -F file=@talk.mp3 -F model=whisper-1",
        "curl -N SERVER/v1/audio/transcriptions -F file=@talk.mp3 -F stream=true",
        "curl SERVER/v1/audio/transcriptions -F file=@talk.mp3 -F response_format=srt",
    ),
    "POST /v1/audio/translations": ("curl SERVER/v1/audio/translations -F file=@talk.mp3",),
    "GET /limits": ("curl SERVER/limits",),
    "GET /v1/models": ("curl SERVER/v1/models",),
    "GET /v1/models/{name}": ("curl SERVER/v1/models/tts-1",),
    "GET /v1/audio/models": ("curl SERVER/v1/audio/models",),
    "GET /v1/audio/voices": ("""curl "SERVER/v1/audio/voices?model=tts-1\"""",),
    "GET /voices": ("curl SERVER/voices",),
    "GET /voices/{name}": ("curl SERVER/voices/alloy",),
    "POST /v1/audio/voices": ("curl SERVER/v1/audio/voices -F name=grandpa -F audio_sample=@grandpa.m4a",),
    "DELETE /v1/audio/voices/{name}": ("curl -X DELETE SERVER/v1/audio/voices/library:grandpa",),
    "POST /voices/refresh": ("curl -X POST SERVER/voices/refresh",),
    "POST /voices/clear-cache": ("curl -X POST SERVER/voices/clear-cache",),
    "GET /health": ("curl SERVER/health",),
    "GET /ready": ("curl SERVER/ready",),
    "GET /stats": ("curl SERVER/stats",),
    "GET /metrics": ("curl SERVER/metrics",),
    "POST /unload": ("""curl -X POST "SERVER/unload?engine=espeak\"""",),
}
"""Examples by operation, for `expand`. An operation of another name for the same has none."""


def expand(example: str, address: str) -> str:
    """Return an example with a server's address for SERVER, and the options of a body of JSON for JSON."""
    return example.replace("SERVER", address).replace("JSON", '-H "Content-Type: application/json" -d')


class SocketMessage(NamedTuple):
    """A message, from the client or from the server, and what it means."""

    sender: str
    message: str
    meaning: str


class Socket(NamedTuple):
    """A WebSocket, its purpose, and its messages in their order."""

    path: str
    purpose: str
    messages: tuple[SocketMessage, ...]


_TEXT = (
    SocketMessage("client", "any text", "Is spoken; each clause as soon as it is complete."),
    SocketMessage("client", '{"type": "text", "text": "..."}', "Text that looks like a message."),
    SocketMessage("client", '{"type": "flush"}', "Speak the text so far without waiting for the end of its sentence."),
    SocketMessage("client", 'empty text, or {"type": "end"}', "End the utterance; the next text starts another one."),
    SocketMessage("client", '{"type": "cancel"}', "Stop speaking; the server answers with cancelled."),
)
_AUDIO = (
    SocketMessage(
        "server", '{"type": "audio", "chunk_id": 1, "size": 19404}', "Is followed by one binary frame of that size."
    ),
    SocketMessage("server", '{"type": "end", "total_chunks": 7}', "The utterance is complete."),
)
_WORDS = (
    SocketMessage("server", '{"type": "speech_started", "start_s": 0.3}', "A voice is heard."),
    SocketMessage("server", '{"type": "speech_stopped", "end_s": 1.4}', "No voice any more."),
    SocketMessage("server", '{"type": "partial", "text": "...", "words": [...]}', "Words that may change."),
    SocketMessage("server", '{"type": "committed", "text": "...", "words": [...]}', "Words that don't change."),
)
_ERROR = SocketMessage(
    "server", '{"type": "error", "message": "...", "code": "..."}', "What is wrong; then the connection is closed."
)
SOCKETS = (
    Socket(
        "/ws/tts/live",
        "Speaks a text while it is being written.",
        (
            SocketMessage(
                "client", '{"voice": "...", "speed": 1.0}', "The first message: the settings of /v1/audio/speech."
            ),
            SocketMessage(
                "server",
                '{"type": "ready", "sample_rate": 24000, "format": "pcm_s16le", "model": "...", "voice": "..."}',
                "The model is loaded.",
            ),
            *_TEXT,
            *_AUDIO,
            _ERROR,
        ),
    ),
    Socket(
        "/tts/ws",
        "Speaks a text with binary frames alone: 16-bit PCM at 24 kHz. Settings are in the query.",
        (
            SocketMessage("client", "any text", "Is spoken."),
            SocketMessage("client", "empty text", "The text is complete."),
            SocketMessage("server", "binary frames", "The audio; the connection is closed after it."),
        ),
    ),
    Socket(
        "/ws/asr/live",
        "Transcribes live audio.",
        (
            SocketMessage(
                "client",
                '{"model": "whisper-1", "language": "", "sample_rate": 16000, "format": "s16le"}',
                "The first message; the format may be f32le.",
            ),
            SocketMessage("server", '{"type": "ready", "model": "..."}', "Send audio now."),
            SocketMessage("client", "binary frames", "Mono PCM."),
            *_WORDS,
            SocketMessage("client", '{"type": "finish"}', "The audio is complete."),
            SocketMessage("server", '{"type": "done", "text": "...", "duration": 12.3}', "The whole text."),
            _ERROR,
        ),
    ),
    Socket(
        "/ws/voice",
        "Speaks and transcribes at the same time, for voice bots.",
        (
            SocketMessage(
                "client", '{"speech": {...}, "recognition": {...}, "barge_in": true}', "The settings of both sides."
            ),
            SocketMessage("client", "binary frames, and text", "The microphone's audio, and the text to speak."),
            *_WORDS,
            SocketMessage("server", '{"type": "cancelled"}', "A person spoke: drop the audio that isn't played yet."),
            *_AUDIO,
            _ERROR,
        ),
    ),
    Socket(
        "/v1/realtime",
        "The events of OpenAI's Realtime API, for transcription and for speech of given texts.",
        (
            SocketMessage("server", '{"type": "session.created", "session": {...}}', "The settings in effect."),
            SocketMessage("client", '{"type": "session.update", "session": {...}}', "Changes settings."),
            SocketMessage("client", '{"type": "input_audio_buffer.append", "audio": "..."}', "Audio in base64."),
            SocketMessage(
                "server",
                '{"type": "input_audio_buffer.speech_started"}',
                "A person begins to speak; then speech_stopped.",
            ),
            SocketMessage(
                "server", '{"type": "conversation.item.input_audio_transcription.completed"}', "A turn's transcript."
            ),
            SocketMessage("client", '{"type": "conversation.item.create", "item": {...}}', "A text to speak."),
            SocketMessage("client", '{"type": "response.create"}', "Speak it."),
            SocketMessage(
                "server", '{"type": "response.output_audio.delta", "delta": "..."}', "Its audio; then response.done."
            ),
            SocketMessage("client", '{"type": "response.cancel"}', "Stop speaking."),
            SocketMessage(
                "server", '{"type": "error", "error": {...}}', "An event changed nothing; the session goes on."
            ),
        ),
    ),
)
"""The WebSockets, with the messages that a client needs first."""
