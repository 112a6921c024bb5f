"""Sessions of the Realtime API over real sockets: turns by voice and by commit, responses, errors, access."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from optional import skip_without

skip_without("faster_whisper")
pytest.importorskip("fastapi")

from fixtures_server import Served, open_runtime, serving
from fixtures_whisper import FOX, resampled, silence, speech
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from voxweft.media.audio import g711
from voxweft.media.audio.pcm import to_int16_bytes

pytestmark = pytest.mark.usefixtures("no_hang")
TOKEN = "a-token-of-this-test"
RATE_HZ = 24_000
OLDER = {"OpenAI-Beta": "realtime=v1"}
TRANSCRIPTION = "conversation.item.input_audio_transcription"


class Client:
    """A client of one session."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.created = self.receive()

    def send(self, kind: str, **fields: Any) -> None:
        self.socket.send(json.dumps({"type": kind, **fields}))

    def receive(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.socket.recv(60))
        assert event["event_id"]
        return event

    def until(self, kind: str) -> list[dict[str, Any]]:
        """Return the events up to the first one of a type."""
        events = [self.receive()]
        while events[-1]["type"] != kind:
            events.append(self.receive())
        return events

    def update(self, **session: Any) -> dict[str, Any]:
        self.send("session.update", session=session)
        updated = self.receive()
        assert updated["type"] == "session.updated", updated
        found: dict[str, Any] = updated["session"]
        return found

    def say(self, audio: NDArray[np.float32], rate_hz: int = RATE_HZ) -> None:
        samples = resampled(audio, rate_hz)
        # Blocks that end within a sample.
        for data in pieces(to_int16_bytes(samples), 9_601):
            self.send("input_audio_buffer.append", audio=base64.b64encode(data).decode())

    def write(self, text: str, **item: Any) -> None:
        content = [{"type": "input_text", "text": text}]
        self.send("conversation.item.create", item={"type": "message", "role": "user", "content": content, **item})
        self.until("conversation.item.done")

    def respond(self, **response: Any) -> list[dict[str, Any]]:
        self.send("response.create", response=response)
        return self.until("response.done")

    def error(self) -> dict[str, Any]:
        event = self.receive()
        assert event["type"] == "error", event
        assert set(event["error"]) == {"message", "type", "param", "code", "event_id"}
        found: dict[str, Any] = event["error"]
        return found


@contextmanager
def session(served: Served, query: str = "", **headers: str) -> Iterator[Client]:
    url = f"{served.socket_url}/v1/realtime{query}"
    with connect(url, additional_headers={"Authorization": f"Bearer {TOKEN}", **headers}) as socket:
        yield Client(socket)


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


def one(events: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (event,) = [event for event in events if event["type"] == kind]
    return event


def spoken_bytes(events: list[dict[str, Any]], kind: str = "response.output_audio.delta") -> bytes:
    return b"".join(base64.b64decode(event["delta"]) for event in events if event["type"] == kind)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with open_runtime(tmp_path_factory.mktemp("realtime")) as runtime, serving(runtime, token=TOKEN) as running:
        yield running


def listening(turns: object = None, **more: Any) -> dict[str, Any]:
    heard = {"transcription": {"model": "recognizer"}, "turn_detection": turns, **more}
    return {"type": "transcription", "audio": {"input": heard}}


def speaking(**more: Any) -> dict[str, Any]:
    return {"type": "realtime", "audio": {"output": {"voice": "noise"}}, **more}


def test_voice_activity_makes_turns(served: Served) -> None:
    said = speech(FOX)
    audio = np.concatenate([silence(1.0), said, silence(1.5), said, silence(1.5)])
    with session(served, "?intent=transcription") as client:
        assert client.created["session"]["type"] == "transcription"
        turns = {"type": "server_vad", "prefix_padding_ms": 200, "silence_duration_ms": 400}
        updated = client.update(**listening(turns))
        assert updated["audio"]["input"]["transcription"]["model"] == "recognizer"
        client.say(audio)
        events = client.until(f"{TRANSCRIPTION}.completed") + client.until(f"{TRANSCRIPTION}.completed")
        starts = [event for event in events if event["type"].endswith("speech_started")]
        stops = [event for event in events if event["type"].endswith("speech_stopped")]
        done = [event for event in events if event["type"].endswith(".completed")]
        committed = [event for event in events if event["type"].endswith("committed")]
        said_s = len(said) / 22_050
        for number, (start, stop) in enumerate(zip(starts, stops, strict=True)):
            begins_s = 1.0 + number * (said_s + 1.5)
            assert start["audio_start_ms"] / 1000 == pytest.approx(begins_s - 0.2, abs=0.25)
            assert stop["audio_end_ms"] / 1000 == pytest.approx(begins_s + said_s + 0.4, abs=0.4)
        ids = [start["item_id"] for start in starts]
        assert len(ids) == 2
        assert ids == [event["item_id"] for event in done] == [event["item_id"] for event in committed]
        assert [event["previous_item_id"] for event in committed] == [None, ids[0]]
        for event in done:
            deltas = [
                one["delta"] for one in events if one["type"].endswith(".delta") and one["item_id"] == event["item_id"]
            ]
            assert event["transcript"] == "".join(deltas)
            assert event["transcript"].startswith("level")
            assert event["usage"]["type"] == "duration"
            assert said_s < event["usage"]["seconds"] < said_s + 1.2
        order = kinds(events)
        assert order.index("input_audio_buffer.speech_stopped") < order.index("input_audio_buffer.committed")
        client.send("conversation.item.retrieve", item_id=ids[0])
        assert client.receive()["item"]["content"] == [{"type": "input_audio", "transcript": done[0]["transcript"]}]


@pytest.mark.parametrize("form", ["audio/pcm", "audio/pcmu"])
def test_the_client_commits_its_turns(served: Served, form: str) -> None:
    with session(served, "?intent=transcription&model=gpt-realtime-whisper") as client:
        # Its default, which the client needn't send.
        assert client.created["session"]["audio"]["input"]["turn_detection"] is None
        client.update(
            **listening(format={"type": form}), include=[f"{TRANSCRIPTION.replace('conversation.', '')}.logprobs"]
        )
        client.send("input_audio_buffer.commit", event_id="early")
        refused = client.error()
        assert (refused["code"], refused["event_id"]) == ("input_audio_buffer_commit_empty", "early")
        if form == "audio/pcm":
            client.say(speech(FOX))
        else:
            data = g711.encode(resampled(speech(FOX), g711.RATE_HZ), "mu")
            client.send("input_audio_buffer.append", audio=base64.b64encode(data).decode())
        client.send("input_audio_buffer.commit")
        events = client.until(f"{TRANSCRIPTION}.completed")
        assert "input_audio_buffer.speech_started" not in kinds(events)
        assert events[-1]["transcript"].startswith("level")
        assert events[-1]["usage"]["seconds"] == pytest.approx(len(speech(FOX)) / 22_050, abs=0.1)
        tokens = [row["token"].strip() for row in events[-1]["logprobs"]]
        assert "".join(tokens) == events[-1]["transcript"].replace(" ", "")
        # What is cleared is never transcribed.
        client.say(speech(FOX))
        client.send("input_audio_buffer.clear")
        client.send("input_audio_buffer.commit")
        assert kinds(client.until("error")[-2:]) == ["input_audio_buffer.cleared", "error"]


def test_a_given_text_is_spoken(served: Served) -> None:
    with session(served, "?model=tone") as client:
        client.update(**speaking())
        client.write("one text")
        events = client.respond(metadata={"topic": "mine"})
        order = kinds(events)
        assert order[:5] == [
            "response.created",
            "response.output_item.added",
            "conversation.item.added",
            "response.content_part.added",
            "response.output_audio_transcript.delta",
        ]
        assert order[-6:] == [
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            "response.content_part.done",
            "response.output_item.done",
            "conversation.item.done",
            "response.done",
        ]
        done = events[-1]["response"]
        assert (done["status"], done["metadata"], done["audio"]["output"]["voice"]) == (
            "completed",
            {"topic": "mine"},
            "noise",
        )
        assert done["output"][0]["content"][0]["transcript"] == "one text"
        whole = served.speech("one text", model="tone", voice="noise", response_format="pcm").content
        assert spoken_bytes(events) == whole
        # Text of its own, in another format, out of the conversation.
        given = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "one text"}]}]
        other = client.respond(input=given, conversation="none", audio={"output": {"format": {"type": "audio/pcma"}}})
        assert "conversation.item.added" not in kinds(other)
        assert len(spoken_bytes(other)) == pytest.approx(len(whole) / 6, abs=8)
        assert all(len(event["delta"]) < 100_000 for event in events if event["type"].endswith("audio.delta"))
        # Spoken items can be cut and removed.
        item_id = done["output"][0]["id"]
        client.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=100)
        assert client.receive()["type"] == "conversation.item.truncated"
        client.send("conversation.item.delete", item_id=item_id)
        assert client.receive()["type"] == "conversation.item.deleted"


def test_a_response_can_be_cancelled_by_the_client_and_by_speech(served: Served) -> None:
    long = " ".join(f"This is sentence number {number}." for number in range(40))
    with session(served, "?model=tone") as client:
        client.send("response.cancel", event_id="none")
        assert client.error()["code"] == "response_cancel_not_active"
        client.update(**speaking(), tools=[])
        client.write(long)
        client.send("response.create")
        client.until("response.output_audio.delta")
        client.send("response.create", event_id="second")
        client.send("response.cancel")
        events = client.until("response.done")
        assert one(events, "error")["error"]["code"] == "conversation_already_has_active_response"
        done = events[-1]["response"]
        assert (done["status"], done["status_details"]["reason"]) == ("cancelled", "client_cancelled")
        assert done["output"][0]["status"] == "incomplete"


def test_speech_interrupts_the_response_and_is_given_to_the_function(served: Served) -> None:
    tool = {
        "type": "function",
        "name": "ask",
        "parameters": {"type": "object", "properties": {"request": {"type": "string"}}, "required": ["request"]},
    }
    with session(served, "?model=tone") as client:
        heard = {"transcription": {"model": "recognizer"}, "turn_detection": {"type": "server_vad"}}
        audio = {"input": heard, "output": {"voice": "noise"}}
        client.update(type="realtime", audio=audio, tools=[tool], instructions="Be kind.")
        client.say(np.concatenate([silence(0.3), speech(FOX), silence(1.0)]))
        said = client.until(f"{TRANSCRIPTION}.completed")[-1]["transcript"]
        events = client.respond(metadata={"input_item_id": "x"})
        call = events[-1]["response"]["output"][0]
        assert (call["type"], call["name"], json.loads(call["arguments"])) == (
            "function_call",
            "ask",
            {"request": said},
        )
        assert one(events, "response.function_call_arguments.done")["call_id"] == call["call_id"]
        answer = {"type": "function_call_output", "call_id": call["call_id"], "output": json.dumps({"answer": "Yes."})}
        client.send("conversation.item.create", item=answer)
        client.until("conversation.item.done")
        assert (
            one(client.respond(tools=[], tool_choice="none"), "response.output_audio_transcript.done")["transcript"]
            == "Yes."
        )
        # There is nothing to say for a language model that isn't there.
        failed = client.respond(instructions="Greet the caller.", input=[])[-1]["response"]
        assert failed["status"] == "failed"
        assert "no language model" in failed["status_details"]["error"]["message"]


def test_what_is_not_supported_is_refused_and_the_session_goes_on(served: Served) -> None:
    with session(served, "?model=tone") as client:
        refused = {
            "unknown": ({"type": "output_audio_buffer.clear"}, "unsupported event 'output_audio_buffer.clear'"),
            "field": ({"type": "input_audio_buffer.commit", "now": True}, "unknown or unsupported field 'now'"),
            "missing": ({"type": "input_audio_buffer.append"}, "missing field 'audio'"),
            "base64": ({"type": "input_audio_buffer.append", "audio": "%"}, "the audio isn't valid base64"),
            "voice": (
                {"type": "session.update", "session": {"audio": {"output": {"voice": "no such voice"}}}},
                "engine 'tone' has no voice 'no such voice'",
            ),
            "model": (
                {
                    "type": "session.update",
                    "session": listening() | {"audio": {"input": {"transcription": {"model": "x"}}}},
                },
                "unknown model 'x'",
            ),
            "item": ({"type": "conversation.item.delete", "item_id": "x"}, "there is no item 'x'"),
            "image": (
                {
                    "type": "conversation.item.create",
                    "item": {"type": "message", "content": [{"type": "input_image", "image_url": "x"}]},
                },
                "content of type 'input_image' isn't supported",
            ),
            "text": (
                {"type": "conversation.item.retrieve", "item_id": ["a"]},
                "item_id: must be text, not a list",
            ),
            "nothing": ({"type": "response.create"}, "there is no text to speak"),
        }
        for name, (event, message) in refused.items():
            client.send(event.pop("type"), event_id=name, **event)  # type: ignore[arg-type]
            error = client.error()
            assert error["message"].startswith(message), name
            assert (error["event_id"], error["type"]) == (name, "invalid_request_error")
        client.send("input_audio_buffer.commit", event_id="x" * 600)
        error = client.error()
        assert error["message"] == "event_id: must have at most 512 characters"
        assert len(error["event_id"]) == 512
        for raw in ("no json", "[]", "7", b"\x00\x01", '{"type": ' + "[" * 5000):
            client.socket.send(raw)
            client.error()
        client.write("still here")
        assert client.respond()[-1]["response"]["status"] == "completed"


def test_older_clients_get_older_names(served: Served) -> None:
    with session(served, "?model=tone", **OLDER) as client:
        assert client.created["session"]["input_audio_format"] == "pcm16"
        updated = client.update(voice="noise", modalities=["audio", "text"], turn_detection=None)
        assert (updated["voice"], updated["turn_detection"]) == ("noise", None)
        content = [{"type": "input_text", "text": "one text"}]
        client.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})
        assert client.receive()["type"] == "conversation.item.created"
        events = client.respond(modalities=["audio", "text"])
        assert events[-1]["response"]["output"][0]["content"][0]["type"] == "audio"
        whole = served.speech("one text", model="tone", voice="noise", response_format="pcm").content
        assert spoken_bytes(events, "response.audio.delta") == whole
    with session(served, "?intent=transcription", **OLDER) as client:
        client.send("transcription_session.update", session={"input_audio_transcription": {"model": "recognizer"}})
        assert client.receive()["type"] == "transcription_session.updated"


def test_the_token_is_needed_and_a_browser_sends_it_as_a_subprotocol(served: Served) -> None:
    url = f"{served.socket_url}/v1/realtime"
    with pytest.raises(InvalidStatus), connect(url):
        pass
    offered = [Subprotocol("realtime"), Subprotocol(f"openai-insecure-api-key.{TOKEN}")]
    with connect(url, subprotocols=offered) as socket:
        assert socket.subprotocol == "realtime"
        assert json.loads(socket.recv(10))["type"] == "session.created"
    wrong = [Subprotocol("realtime"), Subprotocol("openai-insecure-api-key.wrong")]
    with pytest.raises(InvalidStatus), connect(url, subprotocols=wrong):
        pass


def test_a_session_has_a_maximum_of_audio(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("limit")
    with (
        open_runtime(home) as runtime,
        serving(runtime, token=TOKEN, max_audio_s=2.0) as limited,
        session(limited, "?intent=transcription") as client,
    ):
        client.update(**listening())
        client.say(silence(3.0))
        assert client.until("error")[-1]["error"]["code"] == "too_long"
        with pytest.raises(ConnectionClosed):
            client.receive()
