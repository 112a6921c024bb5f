"""Options that several commands share: one spelling, one meaning, and help that prints all of its text."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from fixtures_jobs import Command, read_wav
from typer.testing import CliRunner

from voxweft.cli import app, options, serve
from voxweft.media.audio.encode import AUDIO_FORMATS

SRT = "1\n00:00:00,500 --> 00:00:01,000\nGood morning.\n"
SPEAKING = {
    "say": ("say", "Good morning.", "-o", "x.wav"),
    "dub": ("dub", "in.srt", "-o", "x.wav"),
    "narrate": ("narrate", "book.txt", "-o", "x"),
}
ENGINE = """schema = 1
name = "duo"
title = "Two models"
task = "speech"
adapter = "adapter:Duo"
adapter_version = 1
license = "MIT"
deterministic = true
native_sample_rate = 16000
models = ["quiet", "loud"]
default_model = "quiet"
"""
ADAPTER = """import numpy as np

from voxweft.utils.streaming import AudioChunk, LoadedModel, StreamingAdapter


class Duo(StreamingAdapter):
    def load(self, context):
        self.level = {"quiet": 0.25, "loud": 0.5}[context.model]
        return LoadedModel(sample_rate=16000)

    def stream(self, segment, cancelled):
        yield AudioChunk(samples=np.full(1600, self.level, np.float32), sample_rate=16000)
"""


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Command:
    folder = tmp_path_factory.mktemp("options")
    (folder / "in.srt").write_text(SRT, encoding="utf-8")
    (folder / "book.txt").write_text("Chapter 1\n\nGood morning.\n", encoding="utf-8")
    return Command(folder)


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, group
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


COMMANDS = dict(commands(typer.main.get_command(app)))


def squeezed(text: str) -> str:
    """Return a text without white space, so that line breaks in help don't matter."""
    return "".join(text.split())


def test_every_command_is_listed() -> None:
    cache = {("cache",), ("cache", "stats"), ("cache", "verify"), ("cache", "clear")}
    engines = {
        ("engines",),
        *(("engines", name) for name in ("install", "update", "remove", "check", "show", "new", "test")),
    }
    models = {("models",), *(("models", name) for name in ("pull", "list", "path", "remove"))}
    jobs = {("say",), ("dub",), ("narrate",), ("transcribe",), ("serve",)}
    assert set(COMMANDS) == {(), *jobs, ("voices",), ("voices", "transcript"), ("doctor",), *cache, *engines, *models}


@pytest.mark.parametrize("path", COMMANDS)
@pytest.mark.parametrize("columns", ["60", "200"])
def test_help_prints_every_text(command: Command, path: tuple[str, ...], columns: str) -> None:
    """Brackets included: a library that draws help may take them for markup."""
    help_page = squeezed(command.fine_here(*path, "--help", COLUMNS=columns).out)
    texts = [COMMANDS[path].help]
    for parameter in COMMANDS[path].params:
        if parameter.param_type_name == "option":
            assert parameter.help, f"{parameter.opts} has no help"
            assert all(option in help_page for option in (*parameter.opts, *parameter.secondary_opts))
        texts.append(parameter.help)
    assert all(squeezed(text) in help_page for text in texts)
    for name, inner in getattr(COMMANDS[path], "commands", {}).items():
        assert name in help_page
        assert inner.help
    assert path != ("dub",) or "[doorslams],(sighs),lyrics" in help_page


@pytest.mark.parametrize("path", COMMANDS)
def test_one_spelling_everywhere(path: tuple[str, ...]) -> None:
    """A short option means the same in every command, and an option has the same short form in every command."""
    meanings = {
        "-e": "--engine",
        "-f": "--format",
        "-h": "--help",
        "-l": "--language",
        "-m": "--model",
        "-o": "--output",
        "-p": "--param",
        "-q": "--quiet",
        "-s": "--speed",
        "-v": "--voice",
        "-w": "--workers",
        "-y": "--yes",
    }
    for parameter in COMMANDS[path].params:
        short = [option for option in parameter.opts if re.fullmatch("-[a-z]", option)]
        for option in short:
            assert meanings[option] in parameter.opts
        assert short or not set(parameter.opts) & set(meanings.values())
        assert "--bitrate" not in parameter.opts
    if path and path[0] in SPEAKING:
        opts = {option for parameter in COMMANDS[path].params for option in parameter.opts}
        assert {"--model", "--bit-rate", "--format", "--on-failure", "--speed"} <= opts


def test_formats_of_the_help_are_those_of_the_encoder() -> None:
    assert get_args(options.AudioFormatName) == AUDIO_FORMATS


@pytest.mark.parametrize("job", SPEAKING)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-e", "cloner", "-s", "2.5"), "speed 2.5 is out of range for engine 'cloner', which has no speed control"),
        (("-e", "espeak", "-s", "9"), "speed 9 is out of range for engine 'espeak'"),
        (("-e", "duo", "-m", "load"), "engine 'duo' has no model 'load'; did you mean 'loud'"),
        (("--bit-rate", "64q"), "--bit-rate '64q': give kbit/s, such as 64k or 64 (maximum 1000)"),
        (("--bit-rate", "64000"), "--bit-rate '64000': give kbit/s, such as 64k or 64 (maximum 1000)"),
        (("-f", "midi"), "'midi'"),
        (("-p", "pitch"), "--param: expected name=value, not 'pitch'"),
    ],
)
def test_every_speaking_command_rejects(
    command: Command, duo: str, job: str, arguments: tuple[str, ...], message: str
) -> None:
    before = command.files()
    done = command.here(*SPEAKING[job], *arguments, VOXWEFT_ENGINES=duo)
    assert (done.code, done.out) == (2, ""), done.err
    assert message in done.err
    assert command.files() == before


@pytest.fixture(scope="module")
def duo(tmp_path_factory: pytest.TempPathFactory, command: Command) -> str:
    """A value of VOXWEFT_ENGINES with an engine that has two models."""
    folder = tmp_path_factory.mktemp("engines") / "duo"
    folder.mkdir()
    (folder / "engine.toml").write_text(ENGINE, encoding="utf-8")
    (folder / "adapter.py").write_text(ADAPTER, encoding="utf-8")
    return os.pathsep.join((str(folder), command.environment["VOXWEFT_ENGINES"]))


@pytest.mark.parametrize("job", SPEAKING)
def test_a_model_is_selected(command: Command, duo: str, tmp_path: Path, job: str) -> None:
    """The models differ in level, and have separate cache entries."""
    here = Command(tmp_path, VOXWEFT_ENGINES=duo)
    for file in ("in.srt", "book.txt"):
        (tmp_path / file).write_bytes((command.folder / file).read_bytes())
    levels = {}
    for model in ("quiet", "loud"):
        output = f"{model}.wav" if job != "narrate" else model
        chapter = ("-f", "wav") if job == "narrate" else ()
        here.fine_here(*SPEAKING[job][:-1], output, "-e", "duo", "-m", model, "-q", *chapter)
        file = tmp_path / output if job != "narrate" else next((tmp_path / output).glob("*.wav"))
        levels[model] = int(read_wav(file)[1].max())
    assert levels == {"quiet": 8192, "loud": 16384}
    assert len(here.entries()) >= 2


def test_a_model_folder_without_an_engine_needs_the_only_one_of_its_task(command: Command) -> None:
    failed = command.here("say", "Hello.", "-o", "hello.wav", "--model-path", ".")
    assert failed.code == 2
    assert "more than one engine for speech: chatterbox, f5_tts, kokoro, mira_tts, pocket_tts; choose one" in failed.err


def test_bit_rates_are_equal_in_every_command(command: Command, tmp_path: Path) -> None:
    """`16k` and `16` are 16 kbit/s; 0 is the format's default."""
    here = Command(tmp_path)
    for file in ("in.srt", "book.txt"):
        (tmp_path / file).write_bytes((command.folder / file).read_bytes())
    for job in ("say", "dub"):
        for value in ("16k", "16", "0"):
            here.fine_here(*SPEAKING[job][:-1], f"{job}{value}.mp3", "--bit-rate", value, "-e", "tone", "-q")
        sizes = {value: (tmp_path / f"{job}{value}.mp3").stat().st_size for value in ("16k", "16", "0")}
        assert sizes["16k"] == sizes["16"] < sizes["0"]
    sizes = {}
    for value in ("16k", "16", "0"):
        # The folder remembers its settings, so 0 resets the bit rate.
        here.fine_here("narrate", "book.txt", "-o", "out", "--bit-rate", value, "-e", "tone", "-q")
        sizes[value] = next((tmp_path / "out").glob("*.mp3")).stat().st_size
    assert sizes["16k"] == sizes["16"] < sizes["0"]


def test_every_option_of_serve_has_a_heading() -> None:
    command = typer.main.get_command(app).commands["serve"]  # type: ignore[attr-defined]
    named = [name for names in serve.HEADINGS.values() for name in names]
    assert sorted(named) == sorted(str(parameter.name) for parameter in command.params)
    shown = CliRunner().invoke(app, ["serve", "--help"]).output
    assert [line for line in shown.splitlines() if line.endswith(":") and line[0] != " "] == [
        *(f"{heading}:" for heading in serve.HEADINGS),
        "Options:",
    ]
