"""Scripts over HTTP: speakers, pronunciations and languages as `voxweft say` has them, in every form of the request."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")

import httpx
from fixtures_server import Served, open_runtime, serving
from websockets.sync.client import connect

from voxweft.server.client import SynthesisError, live_stream_synthesis

CAST = {
    "members": {
        "Anna": {"engine": "espeak", "voice": "en-gb+f2"},
        "Bob": {"engine": "espeak", "voice": "en-us+m3", "aliases": ["Robert"], "gain_db": -3},
    }
}
SCRIPT = "Anna: Good morning.\nBob: Hello, [pause:1s] Anna.\n\nThe end."


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("scripts")
    (home / "casts").mkdir()
    (home / "lexicons").mkdir()
    (home / "casts" / "The Play.json").write_text(json.dumps({**CAST, "narrator": "Anna"}))
    (home / "casts" / "broken.yaml").write_text("members: [1]")
    (home / "secret.json").write_text(json.dumps(CAST))
    (home / "lexicons" / "names.txt").write_text("Anna = Anastasia\n")
    (home / "server.txt").write_text("Bob = Robert Robertson\n")
    settings = {
        "casts": home / "casts",
        "lexicons": home / "lexicons",
        "lexicon": home / "server.txt",
        "language_voices": ("de=de+f3", "fr=espeak:fr+m1", "nl=nobody"),
    }
    with open_runtime(home) as runtime, serving(runtime, **settings) as server:
        yield server


def seconds(response: httpx.Response) -> float:
    assert response.status_code == 200, response.text
    with wave.open(io.BytesIO(response.content)) as file:
        return file.getnframes() / file.getframerate()


def words(response: httpx.Response) -> list[tuple[str, str | None]]:
    assert response.status_code == 200, response.text
    events = [json.loads(line[6:]) for line in response.text.split("\n\n") if line]
    assert events[-1]["type"] == "speech.audio.done", events[-1]
    found = [word for event in events if event["type"] == "speech.audio.words" for word in event["words"]]
    return [(word["word"], word.get("speaker")) for word in found]


def error_of(response: httpx.Response, status: int = 400) -> dict[str, Any]:
    assert response.status_code == status, response.text
    error: dict[str, Any] = response.json()["error"]
    return error


def test_every_form_names_the_speaker_of_each_word(shared: Served) -> None:
    expected = [
        ("Good", "Anna"),
        ("morning.", "Anna"),
        ("Hello,", "Bob"),
        ("Anna.", "Bob"),
        ("The", ""),
        ("end.", ""),
    ]
    fields = {"input": SCRIPT, "cast": CAST, "model": "espeak"}
    sse = shared.speech(SCRIPT, stream_format="sse", word_timestamps=True, cast=CAST, model="espeak")
    assert [(word.strip(".,"), who) for word, who in words(sse)] == [(word.strip(".,"), who) for word, who in expected]
    for stream in (True, False):
        captioned = shared.client.post("/v1/audio/captioned_speech", json=fields | {"stream": stream})
        lines = [json.loads(line) for line in captioned.text.splitlines()]
        found = [word for line in lines for word in line["timestamps"]]
        assert [word["speaker"] for word in found] == [who for _, who in expected]
        assert SCRIPT[found[2]["start_char"] : found[2]["end_char"]] == "Hello"
        assert found[3]["start_time"] - found[2]["end_time"] > 0.9
        assert base64.b64decode(lines[0]["audio"])
    for response_format in ("wav", "mp3", "pcm"):
        assert shared.speech(SCRIPT, response_format=response_format, cast=CAST).status_code == 200
    assert shared.client.post("/v1/audio/speech-stream", json=fields).status_code == 200
    # Without a cast there is one speaker.
    plain = shared.speech("Hello.", stream_format="sse", word_timestamps=True)
    assert words(plain)[0][1] is None


def test_script_is_read_as_say_reads_it(shared: Served) -> None:
    text = "One. [pause:3s] Two."
    tagged = seconds(shared.speech(text, script=True, response_format="wav", stream=False))
    assert tagged - seconds(shared.speech("One. Two.", response_format="wav", stream=False)) == pytest.approx(
        2.8, abs=0.05
    )
    for script in ({}, {"script": "auto"}, {"script": False}, {"script": None}):
        plain = shared.speech(text, response_format="wav", stream=False, **script)
        assert abs(seconds(plain) - tagged) > 0.5, "the tag is text"
    ssml = '<speak>One. <break time="3s"/> Two.</speak>'
    assert seconds(shared.speech(ssml, script=True, response_format="wav", stream=False)) == pytest.approx(
        tagged, abs=0.01
    )
    # auto: a cast makes it a script.
    assert seconds(shared.speech(text, cast=CAST, response_format="wav", stream=False)) == pytest.approx(
        tagged, abs=0.01
    )


def test_what_a_script_skips_is_in_the_notes(shared: Served) -> None:
    response = shared.speech(
        "Hello.\n[Nobody] is here. [laughs] Right.", cast=CAST, response_format="wav", stream=False
    )
    notes = response.headers["X-Voxweft-Notes"]
    assert "2:1: [Nobody] is not a speaker in the cast; read as text" in notes
    assert "[laughs] is left out: engine 'espeak' doesn't perform it" in notes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Anna: Hi.\n\nAna: Hello.", "line 3, column 1: 'Ana' is not in the cast; did you mean 'Anna'?"),
        ("Hi.\n[Bob|sped:2] Hello.", "line 2, column 1: unknown parameter 'sped'; did you mean 'speed'"),
        ("Hi. [Bob|speed:99] Hello.", "line 1, column 19: speed 99 is out of range"),
        ("[pause:1h] Hi.", "line 1, column 1: invalid pause '1h'"),
    ],
)
def test_errors_in_a_script_name_its_line(shared: Served, text: str, message: str) -> None:
    error = error_of(shared.speech(text, cast=CAST))
    assert (error["param"], error["code"], error["type"]) == ("input", "invalid_script", "invalid_request_error")
    assert message in error["message"]


def test_a_cast_by_name(shared: Served) -> None:
    # The narrator of the cast speaks, whatever voice the request names; a client of OpenAI's must name one.
    for name in ("The Play", "the play", "THE PLAY"):
        response = shared.speech(
            "The end.", cast=name, voice="alloy", model="tts-1", response_format="wav", stream=False
        )
        assert seconds(response) > 0.3
        assert response.headers["X-Voice-Used"] == "en-gb+f2"
        assert "has a narrator, which speaks in place of voice 'alloy'" in response.headers["X-Voxweft-Notes"]
    error = error_of(shared.speech("Hi.", cast="The Plan"), 404)
    assert (error["param"], error["code"]) == ("cast", "unknown_cast")
    assert "did you mean 'The Play'?" in error["message"]
    assert "broken.yaml" in error_of(shared.speech("Hi.", cast="broken"))["message"]


@pytest.mark.parametrize("field", ["cast", "lexicon"])
@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "../secret.json",
        "/etc/passwd",
        "casts/The Play",
        ".",
        "..",
        "The Play.json",
        "http://127.0.0.1/x",
        "x\0y",
        "C:\\x",
    ],
)
def test_no_name_is_a_path(shared: Served, field: str, name: str) -> None:
    error = error_of(shared.speech("Hi.", **{field: name}), 404)
    assert (error["param"], error["code"]) == (field, f"unknown_{field}")
    assert "/tmp" not in error["message"]


@pytest.mark.parametrize(
    ("cast", "message"),
    [
        ({}, "not a cast"),
        ({"members": []}, "expected keys with values"),
        ({"members": {"Bob": {"voise": "x"}}}, "'Bob': unknown key 'voise'; did you mean 'voice'"),
        ({"members": {"Bob": {"voice": "nobody at all"}}}, "'Bob': engine 'espeak' has no voice 'nobody at all'"),
        ({"members": {"Bob": {"voice": "/etc/passwd.wav"}}}, "'Bob': "),
        ({"members": {"Bob": {"voice": "../x.pt"}}}, "'Bob': "),
        ({"members": {"Bob": {"engine": "nothing"}}}, "'Bob': there is no engine 'nothing'"),
        ({"members": {"Bob": {"speed": 100}}}, "'Bob': speed 100 is out of range"),
        ({"members": {"Bob": {"speed": "fast"}}}, "'Bob': speed: must be a number, not text"),
        ({"members": {"Bob": {"gain_db": 99}}}, "'Bob': gain 99 dB is out of range"),
        ({"members": {"Bob": {}, "bob ": {}}}, "is both"),
        ({"members": {str(number): {} for number in range(1001)}}, "1001 speakers (maximum 1000)"),
        ({"members": {"Bob": {"aliases": [str(number) for number in range(101)]}}}, "too many aliases"),
        ({"members": {"Bob": {"params": {"x": "y" * 300_000}}}}, "(maximum 262144)"),
        ({"members": {"Bob": {"params": json.loads("[" * 30 + "]" * 30)}}}, "nested too deeply"),
        ({"narrator": "Nobody", "members": {"Bob": {}}}, "'Nobody' isn't in the cast"),
    ],
)
def test_a_cast_that_is_wrong_is_explained(shared: Served, cast: dict[str, Any], message: str) -> None:
    error = error_of(shared.speech("Hi.", model="espeak", cast=cast))
    assert error["param"] == "cast"
    assert message in error["message"]


def test_lexicons_of_the_request_and_of_the_server(shared: Served) -> None:
    def said(**fields: Any) -> str:
        response = shared.speech("Anna and Bob.", stream_format="sse", word_timestamps=True, model="espeak", **fields)
        return " ".join(word for word, _ in words(response))

    # The words are those of the text; how they are spoken shows in their number.
    durations = {
        name: seconds(shared.speech("Anna and Bob.", response_format="wav", stream=False, model="espeak", **fields))
        for name, fields in {
            "server": {},
            "name": {"lexicon": "names"},
            "object": {"lexicon": {"Anna": "Anastasia"}},
            "text": {"lexicon": "Anna = Anastasia"},
            "list": {"lexicon": ["names", {"Anna": "A", "Bob": "Bob"}]},
            "language": {"lexicon": {"en": {"Bob": "Bob"}, "de": {"Anna": "Anastasia Anastasia"}}},
        }.items()
    }
    assert durations["name"] == durations["object"] == durations["text"] > durations["server"] + 0.1
    assert durations["list"] < durations["language"] < durations["server"]
    assert said()


@pytest.mark.parametrize(
    ("lexicon", "message"),
    [
        ({"x": 1}, "the pronunciation of 'x' must be text"),
        ("x = /a(b/", "line 1: invalid phonemes"),
        ("Anna: Hi\nno entry", "line 1: expected 'word = pronunciation'"),
        ([["x"]], "lexicon: must be"),
        (3, "lexicon: must be"),
        (["names"] * 9, "9 lexicons; maximum 8"),
        ({"x" * 300: "y"}, "is too long"),
    ],
)
def test_a_lexicon_that_is_wrong_is_explained(shared: Served, lexicon: object, message: str) -> None:
    error = error_of(shared.speech("Hi.", lexicon=lexicon))
    assert error["param"] == "lexicon"
    assert message in error["message"]


def test_each_sentence_in_its_own_language(shared: Served) -> None:
    text = "Good morning to all of you. Guten Morgen, das ist schön. C'est la vie, mes amis. Dank u wel, dat is goed."
    job = shared.speech(text, language="auto", model="espeak", voice="en-us+f2", response_format="wav", stream=False)
    assert seconds(job) > 4
    voices = {row["voice"] for row in shared.stats()["voices"]}
    assert "en-us+f2" in voices
    german = seconds(
        shared.speech("Guten Morgen, das ist schön.", language="auto", response_format="wav", stream=False)
    )
    assert german == seconds(
        shared.speech("Guten Morgen, das ist schön.", voice="de+f3", response_format="wav", stream=False)
    )
    assert error_of(shared.speech("Hi.", model="espeak", language="xx"))["param"] == "language"


def test_a_server_without_folders_says_how_to_name_one(make_runtime: Any) -> None:
    with serving(make_runtime()) as server:
        for field in ("cast", "lexicon"):
            error = error_of(server.speech("Hi.", **{field: "play"}))
            assert error["param"] == field
            assert f"--{field}s FOLDER" in error["message"]


def test_settings_are_checked(tmp_path: Path) -> None:
    from voxweft.server.service.settings import ServerSettings

    for wrong in ({"language_voices": ("de",)}, {"language_voices": ("german=x",)}, {"casts": tmp_path / "none"}):
        with pytest.raises(ValueError, match=r"voice of a language|no folder"):
            ServerSettings(**wrong).check()
    settings = ServerSettings(language_voices=("de=library:eva", "fr=espeak:fr+f2", "pt-BR=kokoro/v1:pf_dora", "it=im"))
    assert settings.check().voices_by_language == (
        ("de", "", "library:eva"),
        ("fr", "espeak", "fr+f2"),
        ("pt-BR", "kokoro/v1", "pf_dora"),
        ("it", "", "im"),
    )


def live(served: Served, text: str, size: int, **fields: Any) -> tuple[float, list[dict[str, Any]], dict[str, Any]]:
    """Speak a text in parts of a size. Return the seconds of audio, the words, and the last message."""
    found: list[dict[str, Any]] = []
    n_bytes = 0
    with connect(f"{served.socket_url}/ws/tts/live") as socket:
        socket.send(json.dumps({"model": "espeak", "word_timestamps": True, **fields}))
        ready = json.loads(socket.recv(30))
        assert ready["type"] == "ready", ready
        for at in range(0, len(text), size):
            socket.send(json.dumps({"type": "text", "text": text[at : at + size]}))
        socket.send("")
        while (event := json.loads(socket.recv(30)))["type"] == "audio":
            found += event["words"]
            n_bytes += len(socket.recv(30))
    return n_bytes / 2 / ready["sample_rate"], found, event


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_script_may_arrive_in_parts(shared: Served, size: int) -> None:
    fields = {"cast": CAST, "lexicon": {"Anna": "Anastasia"}}
    whole = seconds(shared.speech(SCRIPT, model="espeak", response_format="wav", stream=False, **fields))
    duration_s, found, end = live(shared, SCRIPT, size, **fields)
    assert (end["type"], end.get("notes")) == ("end", None)
    # Sentences are cut at clauses, to be spoken early.
    assert duration_s == pytest.approx(whole, abs=0.5)
    assert [word["speaker"] for word in found] == ["Anna"] * 2 + ["Bob"] * 2 + [""] * 2
    assert found[3]["start_s"] - found[2]["end_s"] > 0.9


def test_errors_and_notes_of_a_live_script(shared: Served) -> None:
    _, _, failed = live(shared, "Anna: Hi.\n[Bob|sped:2] Hello.", 3, cast=CAST)
    assert (failed["type"], failed["param"], failed["code"]) == ("error", "input", "invalid_script")
    assert failed["message"].startswith("line 2, column 1: unknown parameter 'sped'")
    _, _, end = live(shared, "Hi.\n[Nobody] is here. [laughs] Right.", 5, script=True)
    assert "2:1: [Nobody] is not a speaker in the cast; read as text" in end["notes"]
    assert any("[laughs] is left out" in note for note in end["notes"])
    for field, value in (("cast", "none"), ("lexicon", "none"), ("cast", {"members": {"B": {"voice": "nobody"}}})):
        with connect(f"{shared.socket_url}/ws/tts/live") as socket:
            socket.send(json.dumps({"model": "espeak", field: value}))
            error = json.loads(socket.recv(30))
            assert (error["type"], error["param"]) == ("error", field)


def test_the_live_socket_speaks_each_sentence_in_its_language(shared: Served) -> None:
    text = "Good morning to you all. Guten Morgen, das ist schön."
    duration_s, _, _ = live(shared, text, 4, language="auto", voice="en-us")
    parts = [
        seconds(shared.speech(part, model="espeak", voice=voice, response_format="wav", stream=False))
        for part, voice in (("Good morning to you all.", "en-us"), ("Guten Morgen, das ist schön.", "de+f3"))
    ]
    assert duration_s == pytest.approx(sum(parts) + 0.3, abs=0.5)


@pytest.mark.parametrize("mode", ["live", "buffered"])
def test_the_client_in_the_package_sends_scripts(shared: Served, mode: Any) -> None:
    async def parts(text: str) -> AsyncIterator[str]:
        for at in range(0, len(text), 5):
            yield text[at : at + 5]

    async def spoken(text: str, **fields: Any) -> float:
        settings = {"model": "espeak", "sample_rate": 22_050, **fields}
        audio = live_stream_synthesis(parts(text), url=shared.url, mode=mode, **settings)
        return len(b"".join([part async for part in audio])) / 2 / 22_050

    plain_s = asyncio.run(spoken("One. Two.", script=False))
    assert asyncio.run(spoken("One. [pause:2s] Two.", script=True)) == pytest.approx(plain_s + 1.8, abs=0.1)
    assert asyncio.run(spoken(SCRIPT, cast="The Play", lexicon=["names"])) > 2
    with pytest.raises(SynthesisError, match="'Ana' is not in the cast"):
        asyncio.run(spoken("Ana: Hi.", cast=CAST))
