"""The documentation builds as a site, without a warning, from the code and the pages."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from paths import ROOT
from typer.core import TyperGroup

from voxweft.cli import app


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs", reason="mkdocs isn't installed (it is with the extra 'test')")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_is_in_the_navigation(site: Path) -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    pages = {page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")}
    assert set(re.findall(r"[\w/-]+\.md", navigation)) == pages


def test_the_command_reference_comes_from_the_commands(site: Path) -> None:
    page = (site / "reference" / "command-line.html").read_text(encoding="utf-8")
    for text in ("voxweft say", "voxweft engines install", "--model-path", "--on-failure"):
        assert text in page


def test_the_python_reference_comes_from_the_code(site: Path) -> None:
    page = (site / "reference" / "python.html").read_text(encoding="utf-8")
    for name in ("voxweft.say", "voxweft.dub", "voxweft.narrate", "voxweft.transcribe", "voxweft.Speaker"):
        assert f'id="{name}"' in page


def test_every_command_of_a_page_exists() -> None:
    """A page that names a command that there isn't, or an option of `serve` that there isn't, fails its reader."""
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    serve = {"--help"} | {name for parameter in root.commands["serve"].params for name in parameter.opts}
    unknown = []
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        for group, command in re.findall(r"\bvoxweft (engines|models|voices|cache) ([a-z][a-z-]*)\b", text):
            group_of = root.commands[group]
            assert isinstance(group_of, TyperGroup)
            if command not in group_of.commands:
                unknown.append(f"{page.name}: voxweft {group} {command}")
        for line in re.findall(r"voxweft serve ([^\n`|#]*)", text):
            unknown += [f"{page.name}: serve {o}" for o in re.findall(r"(?<!\S)--[a-z-]+", line) if o not in serve]
        for command in re.findall(r"`voxweft ([a-z][a-z-]*)", text):
            if command not in root.commands:
                unknown.append(f"{page.name}: voxweft {command}")
    assert unknown == []
