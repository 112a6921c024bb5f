"""What an engine doesn't declare is refused or replaced, in the same way wherever it is asked for.

Each row is a request; each column is an interface. The engine `polyglot` has models of several languages, speed, seed
and low latency; `still` has none of these.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
import pytest

pytest.importorskip("fastapi")

from fixtures_jobs import Command, read_wav
from fixtures_server import Served, message, open_runtime, serving
from pack_folder import ROOT, surroundings
from paths import ENGINES, SUPPORT
from websockets.sync.client import connect

import voxweft as vw
from voxweft.jobs.narrate.settings import BookPauses, NarrateSettings
from voxweft.media.books import book_from_texts
from voxweft.media.subtitles import Cue
from voxweft.utils.streaming.runtime import Runtime

TEXT = "Hello there."
LENGTH_S = 0.1 * len(TEXT)
"""Both engines take a tenth of a second for each letter."""
ENGLISH, WORLD, IBERIA, STILL = 220, 330, 440, 300


class Heard(NamedTuple):
    """What an interface gave for a request."""

    samples: np.ndarray
    rate: int
    notes: list[str]
    error: str = ""

    @property
    def pitch_hz(self) -> float:
        spectrum = np.abs(np.fft.rfft(self.samples * np.hanning(self.samples.size)))
        return float(np.argmax(spectrum)) * self.rate / self.samples.size


class Request(NamedTuple):
    """A request, and what it must give: a pitch, a length, a first sample, notes, or an error."""

    engine: str
    options: dict[str, Any]
    pitch_hz: int = 0
    length_s: float = LENGTH_S
    clicks: bool = False
    note: str = ""
    error: str = ""


REQUESTS = {
    "the default model": Request("polyglot", {}, ENGLISH),
    "the default model has the language": Request("polyglot", {"language": "en-GB"}, ENGLISH),
    "the language picks the model": Request("polyglot", {"language": "de-AT"}, WORLD),
    "the language picks the only model": Request("polyglot", {"language": "pt"}, IBERIA),
    "a named model": Request("polyglot", {"model": "world", "language": "en"}, WORLD),
    "an alias of a model": Request("polyglot", {"model": "multilingual"}, WORLD),
    "a named model without the language": Request(
        "polyglot",
        {"model": "english", "language": "de"},
        error="model 'english' of engine 'polyglot' doesn't have language 'de'; use model world",
    ),
    "no model has the language": Request(
        "polyglot", {"language": "ja"}, error="engine 'polyglot' doesn't speak the language 'ja'; these do: "
    ),
    "a speed": Request("polyglot", {"speed": 2.0}, ENGLISH, LENGTH_S / 2),
    "a speed by tempo change": Request(
        "still",
        {"speed": 1.25},
        STILL,
        LENGTH_S / 1.25,
        note="speed 1.25 by tempo change: engine 'still' has no speed control",
    ),
    "a speed beyond tempo changes": Request(
        "still", {"speed": 2.5}, error="speed 2.5 is out of range for engine 'still', which has no speed control"
    ),
    "a seed": Request("polyglot", {"seed": 3}, ENGLISH + 30),
    "a seed without effect": Request(
        "still", {"seed": 7}, STILL, note="seed 7 has no effect: engine 'still' has no seed"
    ),
    "the default seed": Request("still", {}, STILL),
    "low latency": Request("polyglot", {"low_latency": True}, ENGLISH, clicks=True),
    "low latency without effect": Request("still", {"low_latency": True}, STILL),
}


class Interface(Protocol):
    """Speaks `TEXT` with the options of a request."""

    def __call__(self, engine: str, options: dict[str, Any]) -> Heard: ...


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with open_runtime(tmp_path_factory.mktemp("runtime")) as opened:
        yield opened


@pytest.fixture(scope="module")
def served(runtime: Runtime) -> Iterator[Served]:
    with serving(runtime) as server:
        yield server


def refused(error: Exception | str) -> Heard:
    return Heard(np.empty(0), 0, [], str(error))


def segment_notes(report: Any) -> list[str]:
    return list(dict.fromkeys(note for segment in report.segments for note in segment.notes))


@pytest.fixture(scope="module")
def python(runtime: Runtime) -> Interface:
    def speak(engine: str, options: dict[str, Any]) -> Heard:
        try:
            speech = vw.say(TEXT, runtime=runtime, engine=engine, **options)
        except ValueError as error:
            return refused(error)
        return Heard(speech.samples, speech.sample_rate, segment_notes(speech.report))

    return speak


@pytest.fixture(scope="module")
def dub(runtime: Runtime) -> Interface:
    def speak(engine: str, options: dict[str, Any]) -> Heard:
        cues = [Cue(index=0, start_ms=0, end_ms=100, text=TEXT, line=1)]
        try:
            speech = vw.dub(cues, mode="natural", runtime=runtime, engine=engine, **options)
        except ValueError as error:
            return refused(error)
        assert speech.report.cues[0].speed == options.get("speed", 1)
        return Heard(speech.samples, speech.sample_rate, list(speech.report.notes))

    return speak


@pytest.fixture(scope="module")
def narrate(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Interface:
    settings = NarrateSettings(format="wav", pauses=BookPauses(chapter_s=0))

    def speak(engine: str, options: dict[str, Any]) -> Heard:
        folder = tmp_path_factory.mktemp("book")
        book = book_from_texts([TEXT], "Book")
        try:
            report = vw.narrate(book, folder, settings=settings, runtime=runtime, engine=engine, **options)
        except ValueError as error:
            return refused(error)
        rate, samples = read_wav(folder / report.chapters[0].files[0])
        return Heard(samples / 32768, rate, list(report.notes))

    return speak


@pytest.fixture(scope="module")
def command_line(tmp_path_factory: pytest.TempPathFactory) -> Interface:
    command = Command(tmp_path_factory.mktemp("command"))

    def speak(engine: str, options: dict[str, Any]) -> Heard:
        arguments = ["-e", engine]
        for name, value in options.items():
            arguments += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
        done = command.here("say", TEXT, "-o", "x.wav", *arguments)
        if done.code:
            return refused(done.err)
        rate, samples = read_wav(command.folder / "x.wav")
        return Heard(samples / 32768, rate, [line for line in done.err.splitlines() if not line.startswith("x.wav: ")])

    return speak


@pytest.fixture(scope="module")
def cast_file(tmp_path_factory: pytest.TempPathFactory) -> Interface:
    command = Command(tmp_path_factory.mktemp("cast"))

    def speak(engine: str, options: dict[str, Any]) -> Heard:
        cast = {"members": {"Anna": {"engine": engine, **options}}, "narrator": {"engine": "espeak"}}
        (command.folder / "cast.json").write_text(json.dumps(cast))
        done = command.here(
            "say", f"[Anna] {TEXT}", "-o", "x.wav", "--cast", "cast.json", "--json", "--sample-rate", "16000"
        )
        if done.code:
            return refused(done.err)
        rate, samples = read_wav(command.folder / "x.wav")
        return Heard(samples / 32768, rate, list(json.loads(done.out)["segments"][0]["notes"]))

    return speak


@pytest.fixture(scope="module")
def http(served: Served) -> Interface:
    def speak(engine: str, options: dict[str, Any]) -> Heard:
        fields = {**options, "model": f"{engine}/{options['model']}" if "model" in options else engine}
        response = served.speech(TEXT, response_format="pcm", sample_rate=16_000, **fields)
        if response.status_code != 200:
            assert response.status_code == 400
            return refused(message(response))
        samples = np.frombuffer(response.content, "<i2") / 32768
        notes = response.headers.get("X-Voxweft-Notes", "")
        return Heard(samples, 16_000, notes.split("; ") if notes else [])

    return speak


@pytest.fixture(scope="module")
def websocket(served: Served) -> Interface:
    def speak(engine: str, options: dict[str, Any]) -> Heard:
        fields = {**options, "model": f"{engine}/{options['model']}" if "model" in options else engine}
        with connect(f"{served.socket_url}/ws/tts/live") as socket:
            socket.send(json.dumps(fields))
            ready = json.loads(socket.recv(30))
            if ready["type"] == "error":
                return refused(ready["message"])
            socket.send(TEXT)
            socket.send(json.dumps({"type": "end"}))
            audio = b""
            while isinstance(received := socket.recv(30), bytes) or json.loads(received)["type"] != "end":
                audio += received if isinstance(received, bytes) else b""
        samples = np.frombuffer(audio, "<i2") / 32768
        return Heard(samples, ready["sample_rate"], ready.get("notes", []))

    return speak


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Interface:
    """All requests run in one process, which has the fakes of ComfyUI's API."""
    if importlib.util.find_spec("torch") is None:
        pytest.skip("torch isn't installed (it is with the extra 'test'); ComfyUI brings it for users")
    requests = [(request.engine, request.options) for request in REQUESTS.values()]
    cases = []
    for engine, options in requests:
        of_speak = {name: value for name, value in options.items() if name in ("speed", "seed")}
        of_engine = {name: value for name, value in options.items() if name not in of_speak}
        cases.append({"engine": {"name": engine, **of_engine}, "speak": {"text": TEXT, **of_speak}})
    environment = os.environ | surroundings(tmp_path_factory.mktemp("node")) | {"VOXWEFT_ENGINES": str(ENGINES)}
    ran = subprocess.run(
        [sys.executable, str(SUPPORT / "run_speak_node.py"), str(ROOT)],
        env=environment, input=json.dumps(cases), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    heard = [
        Heard(np.array(result["samples"]), result["rate"], result["notes"], result["error"])
        for result in json.loads(ran.stdout)
    ]

    def speak(engine: str, options: dict[str, Any]) -> Heard:
        return heard[requests.index((engine, options))]

    return speak


@pytest.mark.parametrize("row", REQUESTS)
@pytest.mark.parametrize(
    "interface", ["python", "dub", "narrate", "command_line", "cast_file", "http", "websocket", "node"]
)
def test_each_interface_answers_alike(interface: str, row: str, request: pytest.FixtureRequest) -> None:
    speak: Interface = request.getfixturevalue(interface)
    expected = REQUESTS[row]
    heard = speak(expected.engine, expected.options)
    assert expected.error in heard.error
    assert bool(heard.error) is bool(expected.error), heard.error
    if expected.error:
        return
    assert heard.notes == ([expected.note] if expected.note else [])
    assert heard.samples.size / heard.rate == pytest.approx(expected.length_s, abs=0.03)
    assert heard.pitch_hz == pytest.approx(expected.pitch_hz, abs=2)
    assert bool(heard.samples[0] > 0.9) is expected.clicks
