"""The engines on the how-to pages for authors of engines: copied from the pages, and checked."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures_jobs import Command
from paths import ROOT

pytestmark = pytest.mark.usefixtures("no_hang")

PAGES = ROOT / "docs" / "engines"


def files_of(page: str) -> dict[str, str]:
    """Return the files on a page by their paths."""
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^`([\w/.]+)`:\n\n```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def commands_of(page: str) -> list[str]:
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    return "".join(re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)).splitlines()


@pytest.fixture
def newcomer(tmp_path: Path) -> Command:
    return Command(tmp_path, VOXWEFT_ENGINES="", OMP_NUM_THREADS="1")


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("page", "engine", "passed"),
    [("batching", "choir", {"batch", "repeat", "state", "cancel"}), ("streaming", "siren", {"low latency"})],
)
def test_the_engine_of_a_page_keeps_the_rules(newcomer: Command, page: str, engine: str, passed: set[str]) -> None:
    write(newcomer.folder, files_of(page))
    out = newcomer.fine_here("engines", "test", engine, "--quick").out
    assert passed <= {line.split("  ")[1].strip() for line in out.splitlines() if line.startswith("passed")}


@pytest.mark.slow
def test_the_engine_on_pytorch_keeps_the_rules(newcomer: Command) -> None:
    pytest.importorskip("torch")
    write(newcomer.folder, files_of("torch"))
    program = [sys.executable, "make_weights.py"]
    subprocess.run(program, cwd=newcomer.folder, env=newcomer.environment, check=True, timeout=120)
    assert "voxweft engines test noise --model-path weights" in commands_of("torch")
    out = newcomer.fine_here("engines", "test", "noise", "--model-path", "weights", "--quick").out
    assert "passed  seed" in out


@pytest.mark.slow
def test_the_commands_on_the_page_about_cloning(newcomer: Command) -> None:
    commands = [command.split() for command in commands_of("cloning")]
    for line in commands_of("cloning"):
        program, *arguments = [part.strip('"') for part in re.findall(r'"[^"]*"|\S+', line)]
        assert program == "voxweft"
        out = newcomer.fine_here(*arguments).out
        assert "failed " not in out
    assert len(commands) == 5
    assert "passed  state          two recordings in turn, in both orders, leave no trace" in out


def test_the_policy_on_the_page_about_cloning_is_valid(newcomer: Command) -> None:
    newcomer.fine_here("engines", "new", "parrot", "--kind", "cloning")
    toml = newcomer.folder / "parrot" / "engine.toml"
    page = (PAGES / "cloning.md").read_text(encoding="utf-8")
    (policy,) = re.findall(r"^```toml\n.*?(^\[reference\]\n.*?)^```$", page, re.MULTILINE | re.DOTALL)
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text[: text.index("[reference]")] + policy, encoding="utf-8")
    assert "passed  state" in newcomer.fine_here("engines", "test", "parrot", "--only", "state").out
