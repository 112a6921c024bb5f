"""The reference of WebSockets names all settings and messages that there are, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

from voxweft.server.routes.docs_examples import SOCKETS
from voxweft.server.routes.ws_speech import SPEECH_MESSAGES
from voxweft.server.routes.ws_transcription import AUDIO_MESSAGES, TranscriptionSettings, VoiceSettings
from voxweft.server.service.speech_settings import SpeechSettings

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "reference" / "sockets.md").read_text(encoding="utf-8")
ROUTES = ROOT / "server" / "routes"
TYPES = re.compile(r'"type": "(\w+)"')


def sent() -> set[str]:
    """Return the types of the messages that the routes send."""
    text = "".join(file.read_text(encoding="utf-8") for file in [*ROUTES.glob("ws_*.py"), ROUTES / "websocket.py"])
    fixed = set(re.findall(r'\.send\(\s*"(\w+)"', text)) | set(re.findall(r'_frame\("(\w+)"', text))
    return fixed | {"audio", "committed", "partial", "error"}


def test_every_message_is_described() -> None:
    received = {str(kind.__struct_config__.tag) for kind in (*SPEECH_MESSAGES, *AUDIO_MESSAGES)}
    assert set(TYPES.findall(PAGE)) == received | sent()


def test_every_setting_is_described() -> None:
    for settings in (SpeechSettings, TranscriptionSettings, VoiceSettings):
        assert {name for name in settings.model_fields if f"`{name}`" not in PAGE} == set()


def test_the_page_of_the_api_has_no_other_messages() -> None:
    own = [socket for socket in SOCKETS if socket.path != "/v1/realtime"]
    assert {socket.path for socket in own} == set(re.findall(r"^## `(\S+)`", PAGE, re.MULTILINE))
    shown = {kind for socket in own for row in socket.messages for kind in TYPES.findall(row.message)}
    assert shown <= set(TYPES.findall(PAGE))
