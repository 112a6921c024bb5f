"""`voices`, `engines`, `cache`, `doctor`, and the cost of starting the command."""

from __future__ import annotations

import json
import logging
import os
import platform
import signal
import subprocess
import sys
import wave
from pathlib import Path

import pytest
from fixtures_jobs import Command
from streaming_kit import child_pids

import voxweft

ENGINE_TOML = """schema = 1
name = "{name}"
title = "A third-party [/] engine"
task = "speech"
adapter = "adapter:Mine"
adapter_version = 1
license = "[red]MIT"
deterministic = true
native_sample_rate = 16000
"""


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Command:
    return Command(tmp_path_factory.mktemp("misc"))


def engine_folder(folder: Path, toml: str, adapter: str = "") -> Path:
    folder.mkdir(parents=True)
    (folder / "engine.toml").write_text(toml, encoding="utf-8")
    (folder / "adapter.py").write_text(adapter, encoding="utf-8")
    return folder


def test_version(command: Command) -> None:
    assert command.fine("--version").out == f"{voxweft.__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["dub", "--help"], ["engines", "--help"]])
def test_a_start_is_light(arguments: list[str]) -> None:
    """Heavy packages are imported only by the commands that need them."""
    code = (
        "import sys\n"
        "from voxweft.cli import main\n"
        f"sys.argv = ['voxweft', *{arguments!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'msgspec', 'soxr', 'psutil', 'xxhash', 'asyncio', 'sqlite3'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout
    assert done.stderr.decode().strip() == "[]"


def test_a_command_in_this_process_equals_one_in_a_separate_process(command: Command) -> None:
    """The same output, and nothing left: logging, environment, folder, streams, signal handlers, processes."""

    def state() -> tuple[object, ...]:
        root = logging.getLogger()
        levels = {name: logging.getLogger(name).level for name in logging.Logger.manager.loggerDict}
        handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        streams = (sys.stdin, sys.stdout, sys.stderr)
        return root.handlers[:], root.level, levels, dict(os.environ), Path.cwd(), streams, handlers, child_pids()

    arguments = ("--verbose", "say", "Hello.", "-o", "x.wav", "--json", "-e", "tone", "-p", "chunks=1")
    command.fine_here(*arguments)  # so that its loggers exist
    before = state()
    for failing in ((), ("-p", "fault=raise"), ("-p", "no=1")):
        here = command.here(*arguments, *failing)
        assert state() == before
        if failing:
            own = command(*arguments, *failing)
            assert (here.code, here.out) == (own.code, own.out)
            assert here.err.splitlines()[-1] == own.err.splitlines()[-1]
            assert ("Traceback" in here.err) == ("Traceback" in own.err)


def test_unknown_command(command: Command) -> None:
    done = command.here("sing [/]")
    assert (done.code, done.out) == (2, "")
    assert "No such command 'sing [/]'" in done.err


def test_voices(command: Command) -> None:
    every = json.loads(command.fine_here("voices", "--json").out)
    assert len(every) == 242
    portuguese = json.loads(command.fine_here("voices", "-l", "PT", "--json").out)
    assert [voice["name"] for voice in portuguese] == ["pt", "pt-br"]
    table = command.fine_here("voices", "-l", "pt").out.splitlines()
    assert [line.split("│")[0].strip() for line in table[2:]] == ["pt", "pt-br"]
    none = command.here("voices", "-l", "x[/]y")
    assert (none.code, none.out, none.err) == (1, "", "error: engine 'espeak' has no voice for 'x[/]y'\n")
    unknown = command.here("voices", "-e", "espek")
    assert (unknown.code, unknown.err) == (
        2,
        "error: there is no engine 'espek'; did you mean 'espeak'?\n",
    )


def test_voices_of_an_engine_that_needs_a_recording(command: Command, tmp_path: Path) -> None:
    """It has no voices: the voice library is listed instead."""
    explained = "engine 'cloner' has no voices; it speaks in the voice of a recording:\n"
    done = command.fine_here("voices", "-e", "cloner")
    assert (done.out, done.err.startswith(explained)) == ("", True)
    assert "set VOXWEFT_VOICES to a folder with recordings" in done.err
    with wave.open(str(tmp_path / "alice.wav"), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(bytes(range(256)) * 250)
    (tmp_path / "alice.txt").write_text("Hello.", encoding="utf-8")
    done = command.fine_here("voices", "-e", "cloner", VOXWEFT_VOICES=str(tmp_path))
    assert done.err.startswith(explained)
    assert "library:NAME" in done.err
    (row,) = (line for line in done.out.splitlines() if line.startswith("alice"))
    assert [cell.strip() for cell in row.split("│")] == ["alice", "alice.wav", "alice.txt", ""]
    assert json.loads(command.fine_here("voices", "-e", "cloner", "--json").out) == []


def test_a_table_in_a_pipe_is_not_folded(command: Command) -> None:
    environment = {name: value for name, value in command.environment.items() if name != "COLUMNS"}
    done = subprocess.run([sys.executable, "-m", "voxweft", "voices"], env=environment, capture_output=True, check=True)
    assert len(done.stdout.decode().splitlines()) == 242 + 2


@pytest.mark.skipif(sys.platform == "win32", reason="pipes as Unix has them")
@pytest.mark.parametrize("arguments", [["voices"], ["cache", "stats", "--json"], ["cache", "verify"]])
def test_the_reader_of_the_pipe_quits(command: Command, arguments: list[str]) -> None:
    with command.started(*arguments) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert (process.stderr.read(), process.wait(30)) == (b"", 141)


def test_engines(command: Command, tmp_path: Path) -> None:
    engine_folder(tmp_path / "own", ENGINE_TOML.format(name="own") + 'distributions = ["no-such-thing-here"]\n')
    engine_folder(tmp_path / "torn", "schema = 1\n[torn\n")
    done = command.fine_here("engines", VOXWEFT_ENGINES=str(tmp_path), COLUMNS="400")
    rows = {line.split("│")[0].strip(): line for line in done.out.splitlines() if "│" in line}
    names = ["own", "chatterbox", "espeak", "f5_tts", "faster_whisper", "kokoro", "mira_tts", "pocket_tts"]
    assert set(rows) == set(names)
    assert "A third-party [/] engine" in rows["own"]
    assert "[red]MIT" in rows["own"]
    assert "not ready: no-such-thing-here is missing; fix: voxweft engines install own" in rows["own"]
    assert "ready in the host's Python" in rows["espeak"]
    assert str(tmp_path / "torn" / "engine.toml") in done.err
    found = json.loads(command.fine_here("engines", "--json", VOXWEFT_ENGINES=str(tmp_path)).out)
    by_name = {engine["name"]: engine for engine in found["engines"]}
    assert list(by_name) == names
    own, espeak = by_name["own"], by_name["espeak"]
    assert own["location"] is None
    assert own["missing"] == {
        "what": "no-such-thing-here is missing",
        "fix": "voxweft engines install own",
        "only_weights": False,
    }
    assert own["host_problems"] == [{"kind": "missing", "what": "no-such-thing-here is missing"}]
    host = {"kind": "host", "interpreter": "", "python": platform.python_version()}
    assert espeak["location"] == {**host, "overlay": "", "torch": ""}
    assert (espeak["missing"], espeak["host_problems"]) == (None, [])
    assert len(found["broken"]) == 1


def test_cache(tmp_path: Path) -> None:
    folder = tmp_path / "a [/] folder"
    command = Command(tmp_path)
    command.cache = folder
    command.environment["VOXWEFT_CACHE_DIR"] = str(folder)
    assert command.fine_here("cache", "stats").out == f"{folder}: 0 segments, 0.0 MiB, maximum 4096.0 MiB\n"
    command.fine_here("say", "One. Two. Three.", "-o", "x.wav", "-e", "tone")
    figures = json.loads(command.fine_here("cache", "stats", "--json").out)
    assert (figures["folder"], figures["entries"], figures["max_bytes"]) == (str(folder), 3, 4 << 30)
    assert figures["bytes"] == sum(map(len, command.entries().values()))
    damaged = next(folder.glob("v1/*/*.seg"))
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)
    lines = command.fine_here("cache", "verify").out.splitlines()
    assert lines == ["2 segments intact, 0.7 MiB", f"1 segment damaged, removed: {damaged.stem}"]
    assert json.loads(command.fine_here("cache", "verify", "--json").out)["entries"] == 2
    assert command.fine_here("cache", "stats", VOXWEFT_CACHE_BYTES="0").out.endswith(
        "2 segments, 0.7 MiB, turned off (VOXWEFT_CACHE_BYTES=0)\n"
    )
    assert command.fine_here("cache", "clear").out == "removed 2 segments\n"
    assert json.loads(command.fine_here("cache", "clear", "--json").out) == {"removed": 0}
    assert command.entries() == {}


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    """The job runs without the cache, and `cache stats` prints the reason."""
    (tmp_path / "file").touch()
    command = Command(tmp_path, VOXWEFT_CACHE_DIR=str(tmp_path / "file" / "cache"))
    command.fine_here("say", "Hello.", "-o", "x.wav", "-e", "tone", "-p", "chunks=1")
    assert "not writable: " in command.fine_here("cache", "stats").out


def test_doctor(command: Command, tmp_path: Path) -> None:
    engine_folder(tmp_path / "own", ENGINE_TOML.format(name="own"), "raise RuntimeError('not [/] today')\n")
    well = command.fine_here("doctor", VOXWEFT_ENGINES="")
    assert "engine espeak: espeakng-loader " in well.out
    assert "its worker starts and has 242 voices" in well.out
    assert not [line for line in well.out.splitlines() if line.startswith("xx")]
    ill = command.here("doctor", VOXWEFT_ENGINES=str(tmp_path))
    assert ill.code == 1
    assert "xx  engine own: " in ill.out
    assert "not [/] today" in ill.out
    assert "ok  engine espeak: " in ill.out
    setting = command.here("doctor", "--json", VOXWEFT_IDLE_TIMEOUT_S="soon")
    assert setting.code == 1
    broken = [finding for finding in json.loads(setting.out) if finding["state"] == "broken"]
    assert [finding["subject"] for finding in broken] == ["settings"]
    assert "VOXWEFT_IDLE_TIMEOUT_S is 'soon'" in broken[0]["detail"]
