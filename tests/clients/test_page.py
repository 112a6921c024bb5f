"""The page of the server in browsers: speech, voices, errors, files, transcripts, the microphone, accessibility."""

from __future__ import annotations

import base64
import json
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import BasePage
from browsers import NAMES, open_browser
from client_environments import node_file
from fixtures_server import Served, serving
from fixtures_whisper import KINDS, SHOW, open_runtime, speech, write_media

from voxweft.media.subtitles import read_subtitles
from voxweft.server.routes.docs_examples import EXAMPLES, expand
from voxweft.text.wer import word_error_rate

pytestmark = pytest.mark.clients
TOKEN = "a-token-of-this-test"
SIZES = [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark"), (320, "light")]
NO_WORKLET = "Object.defineProperty(BaseAudioContext.prototype, 'audioWorklet', { value: undefined });"
SAVED = (
    "window.saved = []; const address = URL.createObjectURL; let blob;"
    "URL.createObjectURL = (given) => address.call(URL, (blob = given));"
    "HTMLAnchorElement.prototype.click = function () {"
    " const name = this.download; blob.text().then((text) => window.saved.push([name, text])); };"
)
"""Keeps what the page would save: `[name, text]`."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with open_runtime(tmp_path_factory.mktemp("page")) as runtime, serving(runtime) as server:
        yield server


@pytest.fixture(scope="module", params=NAMES)
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BasePage]:
    with open_browser(request.param, tmp_path_factory.mktemp(request.param) / "profile") as opened:
        yield opened


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_media(tmp_path_factory.mktemp("said") / "said.wav", speech(SHOW), KINDS["wav"]).read_bytes()


def text_of(field: str) -> str:
    return f"document.getElementById({field!r}).textContent"


def open_page(page: BasePage, served: Served) -> None:
    page.open(f"{served.url}/")
    page.until("document.getElementById('voice-count')?.textContent === '242 voices'")


def speak(page: BasePage, text: str) -> None:
    page.run(f"document.getElementById('text').value = {text!r}; document.getElementById('speak').requestSubmit();")


def choose_file(page: BasePage, name: str, data: bytes) -> None:
    encoded = base64.b64encode(data).decode()
    page.run(
        f"const bytes = Uint8Array.from(atob({encoded!r}), (letter) => letter.charCodeAt(0));"
        f"const files = new DataTransfer(); files.items.add(new File([bytes], {name!r}));"
        "const input = document.getElementById('file'); input.files = files.files;"
        "input.dispatchEvent(new Event('change'));"
    )


def test_speech_with_the_keyboard(page: BasePage, served: Served) -> None:
    """With and without an audio worklet, which browsers have only on localhost and over HTTPS."""
    for without in ("", NO_WORKLET):
        open_page(page, served)
        page.run(
            f"{without} document.getElementById('text').value = {'One. Two. ' * 40!r};"
            "document.getElementById('text').focus();"
        )
        page.press("Enter", control=True)
        page.until(f"{text_of('speak-status')} === 'Playing.'")
        page.until(f"{text_of('first-sound')}.endsWith(' ms')")
        page.until("document.querySelector('#speech-player canvas').ariaValueNow >= 1")
        for reached in ("clear", "stop", "play"):
            page.press("Tab")
            assert page.run("return document.activeElement.id") == reached
        page.press("Escape")
        page.until(f"{text_of('speak-status')} === ''")
        assert page.run("return document.getElementById('stop').ariaDisabled") == "true"
        assert page.run("return document.activeElement.id") == "play"
        speak(page, "One. Two.")
        page.until(f"{text_of('speak-status')} === 'Played to the end.'")
        assert page.run(f"return {text_of('first-sound')}").endswith(" ms"), "the time stays visible"
        # What was spoken can be played again.
        page.run("document.querySelector('#speech-player button').click()")
        page.until("document.querySelector('.voxweft-player').dataset.playing === 'true'")
        page.until("document.querySelector('.voxweft-player').dataset.playing === 'false'")
        assert page.run("return document.documentElement.scrollWidth <= innerWidth")
    assert page.console == []


def test_an_invalid_field_is_marked(page: BasePage, served: Served) -> None:
    open_page(page, served)
    for field, value, words in (("voice", "nobody", "no voice 'nobody'"), ("text", " ", "Write a text")):
        page.run(f"document.getElementById({field!r}).value = {value!r};")
        page.run("document.getElementById('speak').requestSubmit()")
        page.until(f"document.getElementById({field!r}).ariaInvalid === 'true'")
        assert page.run("return document.activeElement.id") == field
        assert words in page.run(f"return {text_of(f'{field}-error')}")
        page.run(f"const field = document.getElementById({field!r}); field.value = 'en-us';"
                 "field.dispatchEvent(new Event('input'));")  # fmt: skip
        assert page.run("return document.querySelectorAll('[aria-invalid]').length") == 0


def test_voices_are_found_and_tried(page: BasePage, served: Served) -> None:
    open_page(page, served)
    choose = "const field = document.getElementById('{}'); field.value = '{}'; field.dispatchEvent(new Event('input'));"
    page.run(choose.format("voice-language", "fr"))
    page.run(choose.format("voice-gender", "female"))
    values = "return [...document.querySelectorAll('#voice-list input')].map((row) => row.value)"
    assert "fr-fr+Alicia" in page.run(values)
    page.run(choose.format("voice-search", "alic"))
    assert page.run(values) == ["fr-fr+Alicia"]
    page.run("document.querySelector('.listen').click()")
    page.until(f"{text_of('speak-status')} === 'Played to the end.'")
    page.run("document.querySelector('#voice-list input').click()")
    assert page.run("return document.getElementById('voice').value") == "fr-fr+Alicia"
    assert any(row["voice"] == "fr-fr+Alicia" for row in served.stats()["voices"])


def test_the_engines_limits_are_the_fields_limits(page: BasePage, served: Served) -> None:
    open_page(page, served)
    assert page.run(
        "const { min, max, value } = document.getElementById('speed'); return [min, max, value].map(Number)"
    )
    assert "of 100,000 characters" in page.run(f"return {text_of('text-count')}")
    assert "512 MiB" in page.run(f"return {text_of('upload-limit')}")
    assert "mix" not in page.run(f"return {text_of('voice-help')}"), "this engine mixes no voices"


def test_the_speech_is_saved(page: BasePage, served: Served) -> None:
    open_page(page, served)
    page.run(SAVED)
    page.run("document.getElementById('format').value = 'wav'; document.getElementById('download').click()")
    page.until("window.saved.length === 1")
    name, content = page.run("return window.saved[0]")
    assert name == "speech.wav"
    assert content.startswith("RIFF")


def test_a_recording_is_transcribed_and_its_words_are_shown_in_time(
    page: BasePage, served: Served, recording: bytes
) -> None:
    open_page(page, served)
    page.run(SAVED)
    choose_file(page, "said.wav", recording)
    page.until(f"{text_of('transcribe-status')} === 'Complete.'")
    assert word_error_rate(SHOW, page.run(f"return {text_of('transcript')}")).errors <= 3
    words = "[...document.querySelectorAll('.word')].map((it) => it.textContent)"
    n_words = page.run(f"return {words}.length")
    assert n_words >= 9
    page.run("document.querySelector('#recording-player button').click()")
    page.until("document.querySelector('.now') !== null")
    first = page.run("return document.querySelector('.now').textContent")
    page.until(f"(document.querySelector('.now')?.textContent ?? {first!r}) !== {first!r}")
    page.press("Escape")
    page.run("document.querySelectorAll('.word')[8].click()")
    page.until(f"document.querySelector('.now')?.textContent === {words}[8]")
    page.run("for (const button of document.querySelectorAll('[data-save]')) button.click()")
    page.until("window.saved.length === 3")
    files = dict(page.run("return window.saved"))
    assert set(files) == {"said.txt", "said.srt", "said.vtt"}
    for kind in ("srt", "vtt"):
        read = read_subtitles(files[f"said.{kind}"].encode())
        assert not read.notes
        assert " ".join(cue.text for cue in read.cues).split() == files["said.txt"].split()
        assert all(len(line) <= 60 for cue in read.cues for line in cue.text.splitlines())
    choose_file(page, "notes.txt", b"no recording")
    page.until("document.getElementById('file').ariaInvalid === 'true'")


def test_the_microphone(page: BasePage, served: Served) -> None:
    """The browsers' own microphone for tests, which hears tones."""
    open_page(page, served)
    page.run("document.getElementById('record').click()")
    page.until(f"{text_of('transcribe-status')} === 'Listening.'")
    page.until("document.querySelector('#recording-player canvas').ariaValueMax >= 1")
    page.run("document.getElementById('record').click()")
    page.until("document.getElementById('record').ariaPressed === 'false'")
    assert page.run(f"return {text_of('transcribe-status')}") in ("Complete.", "No speech was found.")
    page.run("document.querySelector('#recording-player button').click()")
    page.until("document.querySelector('#recording-player .voxweft-player').dataset.playing === 'true'")


def test_a_private_server_asks_for_its_token(tmp_path: Path) -> None:
    enter = "document.getElementById('token').value = '{}'; document.getElementById('access').requestSubmit();"
    with (
        open_runtime(tmp_path / "home") as runtime,
        serving(runtime, token=TOKEN, root_path="/speech") as private,
        open_browser("chromium", tmp_path / "profile") as page,
    ):
        page.open(f"{private.url}/speech/")
        page.until("document.activeElement.id === 'token'")
        page.run(enter.format("another-token-here"))
        page.until(f"{text_of('token-error')} === 'The server refuses this token.'")
        page.run(enter.format(TOKEN))
        page.until("document.getElementById('voice-count').textContent === '242 voices'")
        assert page.run("return document.getElementById('access').hidden")
        speak(page, "One.")
        page.until(f"{text_of('speak-status')} === 'Played to the end.'")


def violations(page: BasePage) -> Any:
    return page.run(
        "const found = await axe.run(document, { resultTypes: ['violations'] });"
        "return found.violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html.slice(0, 200))]);"
    )


def test_nothing_bars_anybody(tmp_path: Path, served: Served, recording: bytes) -> None:
    """In every state, at the sizes of desks and phones, in both color schemes."""
    axe = node_file("axe", "axe-core/axe.min.js").read_text(encoding="utf-8")

    def check(state: str) -> None:
        for width, scheme in SIZES:
            page.resize(width, 800, scheme)
            assert violations(page) == [], (state, width, scheme)
            assert page.run("return document.documentElement.scrollWidth <= innerWidth"), (state, width)

    with open_browser("chromium", tmp_path / "profile") as page:
        open_page(page, served)
        page.run(f"{axe}; window.axe = axe;")
        check("idle")
        speak(page, "One. Two. " * 200)
        page.until(f"{text_of('speak-status')} === 'Playing.'")
        check("playing")
        page.run("document.getElementById('voice').value = 'nobody'")
        speak(page, "One.")
        page.until("document.getElementById('voice').ariaInvalid === 'true'")
        check("an error")
        choose_file(page, "said.wav", recording)
        page.until(f"{text_of('transcribe-status')} === 'Complete.'")
        check("a transcript")
        page.run("document.getElementById('access').hidden = false")
        check("a private server")
        page.open(f"{served.url}/docs")
        page.until("document.querySelector('h1') !== null")
        page.run(f"{axe}; window.axe = axe; for (const part of document.querySelectorAll('details')) part.open = true;")
        check("the page of the API")


@pytest.mark.parametrize("example", [example for examples in EXAMPLES.values() for example in examples])
def test_the_examples_of_the_api(example: str, recording: bytes, tmp_path: Path, private_voices: Served) -> None:
    for name in ("talk.mp3", "grandpa.m4a"):
        (tmp_path / name).write_bytes(recording)
    if "DELETE" in example:
        data, files = {"name": "grandpa"}, {"audio_sample": ("grandpa.wav", recording)}
        private_voices.client.post("/v1/audio/voices", data=data, files=files)
    command = [*shlex.split(expand(example, private_voices.url)), "--fail-with-body", "--silent", "--show-error"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120)
    if "translations" in example:
        assert b"use a multilingual one" in done.stdout, "the tests' model knows English only"
        return
    assert done.returncode == 0, (done.stdout[-500:], done.stderr)
    if command[1] == "-o" or "speech.mp3" in command:
        assert (tmp_path / "speech.mp3").stat().st_size > 1000
    elif done.stdout[:1] == b"{":
        assert "error" not in json.loads(done.stdout.splitlines()[0])


@pytest.fixture(scope="module")
def private_voices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("voices")
    with open_runtime(home) as runtime, serving(runtime, voice_uploads=home / "uploads") as server:
        yield server
