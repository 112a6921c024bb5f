"""`--commercial` and its setting: every command refuses weights that forbid it; reports name the licenses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fixtures_jobs import Command, Finished
from restricted_engine import REFUSED, put_engine
from streaming_kit import ENGINES

pytestmark = pytest.mark.usefixtures("no_hang")

SRT = "1\n00:00:00,500 --> 00:00:01,000\nGood morning.\n"


@pytest.fixture
def command(tmp_path: Path) -> Command:
    recognizer = put_engine(tmp_path / "engines") / "recognizer"
    recognizer.mkdir()
    for file in (ENGINES / "recognizer").glob("*.*"):
        text = file.read_text(encoding="utf-8").replace("GPL-3.0-or-later", "CC-BY-NC-SA-4.0")
        (recognizer / file.name).write_text(text, encoding="utf-8")
    (tmp_path / "in.srt").write_text(SRT, encoding="utf-8")
    (tmp_path / "book.txt").write_text("Chapter 1\n\nGood morning.\n", encoding="utf-8")
    empty = {name: str(tmp_path / "empty") for name in ("VOXWEFT_MODELS_HOME", "HF_HOME")}
    return Command(tmp_path, VOXWEFT_ENGINES=str(tmp_path / "engines"), **empty)


JOBS = {
    "say": ("say", "Good morning.", "-o", "x.wav", "--report", "report.json"),
    "dub": ("dub", "in.srt", "-o", "x.wav", "--report", "report.json"),
    "narrate": ("narrate", "book.txt", "-o", "book"),
}


def refused(done: Finished, message: str = f"error: {REFUSED}") -> bool:
    return done.code == 2 and message in done.err and not done.out


@pytest.mark.parametrize("name", JOBS)
def test_a_restricted_model_is_refused_for_commercial_use(command: Command, name: str) -> None:
    restricted = (*JOBS[name], "-e", "duo", "--model", "restricted")
    command.fine_here(*restricted)
    if name != "narrate":
        (report,) = json.loads((command.folder / "report.json").read_text())["licenses"]
        assert report == {"engine": "duo", "model": "restricted", "license": "CC-BY-NC-4.0", "commercial": False}
    # What the cache has of it is refused, too.
    assert refused(command.here(*restricted, "--commercial"))
    assert refused(command.here(*restricted, VOXWEFT_COMMERCIAL="1"))
    command.fine_here(*JOBS[name][:-1], "other", "-e", "duo", "--commercial")


def test_a_language_that_only_a_restricted_model_has(command: Command) -> None:
    assert refused(command.here("say", "Guten Morgen.", "-o", "x.wav", "-e", "duo", "-l", "de", "--commercial"))
    script = ("say", "[de:] Guten Morgen.", "-o", "x.wav", "-e", "duo", "--script", "-l", "en")
    command.fine_here(*script)
    assert refused(command.here(*script, "--commercial"), f"error: 1:6: {REFUSED}")


def test_a_cast_with_a_restricted_model(command: Command) -> None:
    (command.folder / "cast.yaml").write_text(
        "narrator: {engine: duo}\nmembers:\n  Anna: {engine: duo, model: restricted}\n", encoding="utf-8"
    )
    arguments = ("say", "[Anna] Hello.", "-o", "x.wav", "--cast", "cast.yaml")
    command.fine_here(*arguments)
    assert refused(command.here(*arguments, "--commercial"), "CC-BY-NC-4.0, forbids commercial use")


def test_recognition(command: Command) -> None:
    live = ("transcribe", "--live", "-", "--json")
    sound = bytes(32_000)
    command.fine_here(*live, "-e", "recognizer", stdin=sound)
    message = "error: the license of engine 'recognizer', CC-BY-NC-SA-4.0, forbids commercial use"
    assert refused(command.here(*live, "-e", "recognizer", "--commercial", stdin=sound), message)
    chosen = command.here(*live, "--commercial", stdin=sound)
    assert "error: there is no engine for recognition that is ready" in chosen.err, "it isn't the default engine either"


def test_a_server_does_not_start_with_a_restricted_engine(command: Command) -> None:
    pytest.importorskip("fastapi")
    message = "error: the license of engine 'recognizer', CC-BY-NC-SA-4.0, forbids commercial use"
    assert refused(command.here("serve", "--port", "0", "-e", "recognizer", "--commercial"), message)


def test_it_is_not_ready_in_the_lists(command: Command) -> None:
    listed = command.fine_here("engines", VOXWEFT_COMMERCIAL="1").out
    (row,) = (line for line in listed.splitlines() if line.startswith("recognizer"))
    assert "the license of its default model, CC-BY-NC-SA-4.0, forbids commercial use" in row
    (row,) = (line for line in listed.splitlines() if line.startswith("duo"))
    assert "weights: CC-BY-NC-4.0 (no commercial use)" in row
    assert "ready in the host's Python" in row


def test_an_invalid_setting(command: Command) -> None:
    done = command.here("say", "x", "-o", "x.wav", VOXWEFT_COMMERCIAL="perhaps")
    assert done.code == 2
    assert "VOXWEFT_COMMERCIAL is 'perhaps'; expected 0 or 1" in done.err
