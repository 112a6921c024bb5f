"""`voxweft engines new` and `voxweft engines test`: what a newcomer types, and the engines of this repository."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures_jobs import Command, read_wav
from paths import DATA, ENGINES

from voxweft.cli.engine_checks.contract import CHECKS

pytestmark = pytest.mark.usefixtures("no_hang")

BROKEN = DATA / "broken_engines" / "broken"


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


@pytest.fixture
def newcomer(tmp_path: Path) -> Command:
    """A user without engines, in an empty folder."""
    return Command(tmp_path, VOXWEFT_ENGINES="")


def lines_of(out: str) -> dict[str, tuple[str, str]]:
    """Return the state and the detail of each check."""
    found = {}
    for line in out.splitlines():
        if match := re.fullmatch(r"(passed|failed|skipped) +(.+?)  +(.*)", line):
            found[match[2]] = match[1], match[3]
    return found


# A new engine


@pytest.mark.parametrize("kind", ["speech", "cloning", "recognition"])
def test_a_new_engine_passes_its_own_test(newcomer: Command, kind: str) -> None:
    made = newcomer.fine_here("engines", "new", "my_first", "--kind", kind)
    first, second, third, fourth, fifth = made.out.splitlines()
    assert first == "my_first: README.md, adapter.py, engine.toml, test_engine.py"
    assert (second, third) == ("next:", "  voxweft engines test my_first")
    assert "-e my_first" in fourth
    assert fifth == f"The last one needs the variable VOXWEFT_ENGINES: {newcomer.folder / 'my_first'}"

    tested = newcomer.fine_here("engines", "test", "my_first")
    states = lines_of(tested.out)
    assert set(states) == {"engine.toml", *CHECKS}
    assert states["repeat"][0] == states["cancel"][0] == states["crash"][0] == "passed"
    assert re.fullmatch(r"my_first: 1\d passed, 0 failed, \d skipped", tested.out.splitlines()[-1])
    for name in ("ruff check", "ruff format --check"):
        program = [sys.executable, "-m", *name.split(), "--isolated", "--line-length", "120", "my_first"]
        done = subprocess.run(program, cwd=newcomer.folder, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout


def test_the_commands_of_a_new_engine_work(newcomer: Command) -> None:
    here = {"VOXWEFT_ENGINES": str(newcomer.folder)}
    newcomer.fine_here("engines", "new", "hum")
    newcomer.fine_here("say", "Hello there.", "-e", "hum", "-o", "hello.wav", **here)
    assert np_abs_max(newcomer.folder / "hello.wav") > 1000
    newcomer.fine_here("engines", "new", "parrot", "--kind", "cloning", **here)
    newcomer.fine_here("say", "Hello there, you over there.", "-e", "espeak", "-o", "recording.wav", **here)
    recorded = ("say", "Hello there.", "-e", "parrot", "--voice", "recording.wav", "-o", "imitated.wav")
    newcomer.fine_here(*recorded, **here)
    assert np_abs_max(newcomer.folder / "imitated.wav") > 1000
    newcomer.fine_here("engines", "new", "ear", "--kind", "recognition", **here)
    heard = newcomer.fine_here("transcribe", "hello.wav", "-e", "ear", **here)
    assert "sound" in heard.out


def np_abs_max(file: Path) -> int:
    return int(abs(read_wav(file)[1]).max())


def test_the_test_of_a_new_engine_runs_the_checks(newcomer: Command) -> None:
    newcomer.fine_here("engines", "new", "hum", "some where")
    folder = newcomer.folder / "some where" / "hum"
    program = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_engine.py"]

    def run() -> subprocess.CompletedProcess[str]:
        # Plug-ins of this environment's pytest take longer to import than the test takes.
        environment = newcomer.environment | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        return subprocess.run(
            program, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    done = run()
    assert done.returncode == 0, done.stdout
    adapter = folder / "adapter.py"
    code = adapter.read_text(encoding="utf-8")
    adapter.write_text(code.replace("0.4 * swell", "4.0 * swell"), encoding="utf-8")
    done = run()
    assert done.returncode == 1
    assert "they must be from -1 to 1" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Hum",), "'Hum' can't be the name of an engine: use up to 40 lower-case letters, digits and underscores"),
        (("../hum",), "'../hum' can't be the name of an engine"),
        (("7up",), "'7up' can't be the name of an engine"),
        (("",), "'' can't be the name of an engine"),
        (("a" * 41,), "can't be the name of an engine"),
        (("espeak",), "there is an engine 'espeak' already"),
        (("taken",), "taken exists already"),
        (("hum", "--kind", "singing"), "'singing'"),
    ],
)
def test_a_name_that_can_not_be_used(newcomer: Command, arguments: tuple[str, ...], message: str) -> None:
    (newcomer.folder / "taken").mkdir()
    before = newcomer.files()
    done = newcomer.here("engines", "new", *arguments)
    assert done.code == 2
    assert message in done.err
    assert newcomer.files() == before


# The checks of an engine


def test_a_fault_is_a_line_and_an_exit_code(command: Command) -> None:
    chosen = ("--model", "ignores-the-seed", "--only", "seed", "--only", "repeat")
    done = command.here("engines", "test", str(BROKEN), *chosen, "--json", "r")
    assert done.code == 1
    states = lines_of(done.out)
    assert list(states) == ["engine.toml", "load", "output", "repeat", "seed"]
    message = "seeds 1 and 2 give equal bits; remove the capability 'seed', or use segment.seed"
    assert states["seed"] == ("failed", message)
    assert done.out.splitlines()[-1] == "broken: 4 passed, 1 failed, 0 skipped"
    report = json.loads((command.folder / "r").read_text())
    assert (report["engine"], report["model"], report["folder"]) == ("broken", "ignores-the-seed", str(BROKEN))
    assert [(check["check"], check["state"], check["detail"]) for check in report["checks"]] == [
        (name, *state) for name, state in states.items()
    ]
    assert report["checks"][1]["took_s"] > 0


def test_an_engine_by_name_with_its_settings(command: Command) -> None:
    done = command.fine_here("engines", "test", "tone", "--only", "output", "--text", "One two.", "-p", "chunks=2")
    assert lines_of(done.out)["output"][1].startswith("1.00 s at -11 dB; 1.00 s at ")


def test_two_voices_by_name(newcomer: Command) -> None:
    newcomer.fine_here("engines", "new", "hum")
    only = ("--only", "state")
    done = newcomer.fine_here("engines", "test", "hum", "-v", "low", "-v", "high", *only)
    assert "two voices in turn" in lines_of(done.out)["state"][1]
    done = newcomer.here("engines", "test", "hum", "-v", "lo", *only)
    assert done.code == 1
    assert "unknown voice; this engine has low, high" in lines_of(done.out)["output"][1]


def test_an_invalid_engine_toml_is_the_first_fault(command: Command) -> None:
    for engine in ("wrong", "./wrong"):
        folder = command.folder / "wrong"
        shutil.copytree(ENGINES / "tone", folder, dirs_exist_ok=True)
        text = (folder / "engine.toml").read_text()
        (folder / "engine.toml").write_text(text.replace("deterministic = true", "deterministic = 1"))
        done = command.here("engines", "test", engine, VOXWEFT_ENGINES=str(command.folder))
        assert done.code == 1
        state, detail = lines_of(done.out)["engine.toml"]
        assert state == "failed"
        assert "Expected `bool`, got `int`" in detail


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("tome",), "there is no engine 'tome'; did you mean 'tone"),
        (("empty",), "there is no engine.toml in the folder 'empty'"),
        (("tone", "--only", "cancle"), "there is no check 'cancle'; did you mean 'cancel"),
        (("tone", "-p", "chunk=2"), "has no parameter 'chunk'"),
        (("tone", "--model", "nosuch"), "engine 'tone' has no choice of model"),
        (("tone", "-v", "a", "-v", "b", "-v", "c"), "--voice is given 3 times"),
        (("tone", "--model-path", "nowhere"), "'nowhere'"),
        (("cloner", "-v", "nowhere.wav"), "nowhere.wav"),
        (("recognizer", "-v", "a"), "engine 'recognizer' recognizes speech; leave out --voice"),
        (("espeak", "--language", "tlh"), "engine 'espeak' doesn't have language 'tlh'"),
        (("tone", "--json", "nowhere/report"), "nowhere"),
    ],
)
def test_invalid_arguments(command: Command, arguments: tuple[str, ...], message: str) -> None:
    (command.folder / "empty").mkdir()
    done = command.here("engines", "test", *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "Traceback" not in done.err


def test_espeak_keeps_the_rules(newcomer: Command) -> None:
    states = lines_of(newcomer.fine_here("engines", "test", "espeak").out)
    assert {name for name, (state, _) in states.items() if state == "skipped"} == {"seed", "low latency", "batch"}
